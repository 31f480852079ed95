/**
 * Notices lost events. Kamailio numbers its events from 1 in each process (boot). Its workers race, so a number may
 * come a little late; one that stays away after `windowMs` is a gap. Pure: times arrive from outside.
 */
export interface EventMark {
  readonly boot: string
  readonly seq: number
  /** µs by Kamailio's clock. */
  readonly timeUs: number
}

/** Numbers `first` to `last` of a boot did not come. */
export interface SequenceGap {
  readonly boot: string
  readonly first: number
  readonly last: number
  readonly fromUs: number | undefined
  readonly toUs: number
}

interface Hole extends SequenceGap {
  /** Local clock, ms. */
  readonly noticedAtMs: number
}

export interface TrackerState {
  readonly boot: string
  readonly seq: number
  readonly timeUs: number
  readonly holes: readonly SequenceGap[]
  /** Boots before this one, newest first. */
  readonly past: readonly string[]
}

/** More holes than this at once are one event torn out of many: the oldest are told at once. */
const MOST_HOLES = 256
const MOST_PAST = 8
/** A number is never late by so many. */
const FAR = 5000

export class SequenceTracker {
  private last: EventMark | undefined
  private holes: Hole[] = []
  private past: readonly string[] = []
  private readonly windowMs: number

  constructor({ state, windowMs }: { state?: TrackerState | undefined; windowMs: number }) {
    this.windowMs = windowMs
    if (state === undefined) return
    this.last = { boot: state.boot, seq: state.seq, timeUs: state.timeUs }
    this.holes = state.holes.map((hole) => ({ ...hole, noticedAtMs: 0 }))
    this.past = state.past
  }

  /** What must be kept to go on after a restart; undefined before the first event. */
  state(): TrackerState | undefined {
    if (this.last === undefined) return undefined
    const { boot, seq, timeUs } = this.last
    return { boot, seq, timeUs, holes: this.holes.map(gapOf), past: this.past }
  }

  /** Boot id of the newest process that was heard of. */
  get boot(): string | undefined {
    return this.last?.boot
  }

  get lastTimeUs(): number | undefined {
    return this.last?.timeUs
  }

  /** Takes an event in. `started`: it is the first of a process that was not known. */
  observe(mark: EventMark, nowMs: number): { readonly started: boolean } {
    const last = this.last
    if (last === undefined || this.isNew(mark.boot)) {
      // nothing before the first event ever seen is missed: a snapshot covers it
      if (last !== undefined && mark.seq > 1) this.addHole({ ...mark, first: 1, fromUs: last.timeUs }, nowMs)
      this.begin(mark)
      return { started: true }
    }
    if (mark.boot !== last.boot) return { started: false }
    if (mark.seq > last.seq) {
      if (mark.seq > last.seq + 1) this.addHole({ ...mark, first: last.seq + 1, fromUs: last.timeUs }, nowMs)
      this.last = { ...markOf(mark), timeUs: Math.max(mark.timeUs, last.timeUs) }
    } else {
      this.fill(mark)
    }
    return { started: false }
  }

  /**
   * The node says that its newest event has this number. Call it only when everything that the stream held at that
   * moment was read, and `windowMs` passed since.
   */
  expect(mark: EventMark): { readonly started: boolean; readonly gap: SequenceGap | undefined } {
    const { last } = this
    if (last === undefined || (mark.boot === last.boot && mark.seq <= last.seq))
      return { started: false, gap: undefined }
    const started = this.isNew(mark.boot)
    if (mark.boot !== last.boot && !started) return { started: false, gap: undefined }
    const { boot, seq, timeUs } = mark
    if (started) this.begin(mark)
    else this.last = { boot, seq, timeUs: last.timeUs }
    const first = started ? 1 : last.seq + 1
    return { started, gap: { boot, first, last: seq, fromUs: last.timeUs, toUs: timeUs } }
  }

  /**
   * Holes that can no longer be filled, judged by a read of the stream that began at `startedMs`. While there is more to
   * read (`drained` is false) a late number may lie ahead: then a hole is due when far newer ones have come.
   */
  due({ startedMs, drained }: { startedMs: number; drained: boolean }): SequenceGap[] {
    const due = this.holes.filter(
      (hole, index) =>
        (hole.noticedAtMs + this.windowMs <= startedMs && (drained || this.isFarBehind(hole))) ||
        (hole.boot !== this.last?.boot && drained) ||
        index < this.holes.length - MOST_HOLES,
    )
    if (due.length > 0) this.holes = this.holes.filter((hole) => !due.includes(hole))
    return due.map(gapOf)
  }

  private isFarBehind(hole: SequenceGap): boolean {
    return hole.boot !== this.last?.boot || this.last.seq - hole.last > FAR
  }

  private isNew(boot: string): boolean {
    return boot !== this.last?.boot && !this.past.includes(boot)
  }

  private begin(mark: EventMark): void {
    if (this.last !== undefined) this.past = [this.last.boot, ...this.past].slice(0, MOST_PAST)
    this.last = markOf(mark)
  }

  private addHole({ boot, seq, first, fromUs, timeUs }: EventMark & { first: number; fromUs: number }, nowMs: number) {
    this.holes.push({ boot, first, last: seq - 1, fromUs, toUs: timeUs, noticedAtMs: nowMs })
  }

  private fill({ boot, seq }: EventMark): void {
    const index = this.holes.findIndex((hole) => hole.boot === boot && hole.first <= seq && seq <= hole.last)
    const hole = this.holes[index]
    if (hole === undefined) return
    const before = { ...hole, last: seq - 1 }
    const after = { ...hole, first: seq + 1 }
    this.holes.splice(index, 1, ...[before, after].filter((part) => part.first <= part.last))
  }
}

function markOf({ boot, seq, timeUs }: EventMark): EventMark {
  return { boot, seq, timeUs }
}

function gapOf({ boot, first, last, fromUs, toUs }: SequenceGap): SequenceGap {
  return { boot, first, last, fromUs, toUs }
}
