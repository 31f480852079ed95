import type { Fact } from '@trunkline/domain'
import {
  parseKamailioEvent,
  translateEvent,
  UnknownEventError,
  UnreadableEventError,
  type KamailioEvent,
  type RedisEventStream,
  type StreamEntry,
} from '@trunkline/kamailio'
import type { FactWriter } from './fact-writer.js'
import type { ListenerLogger } from './listener-logger.js'
import type { NodeFacts } from './node-facts.js'
import type { NodeWatch } from './node-watch.js'
import { pause } from './pause.js'
import type { Reconciler } from './reconciler.js'
import { SequenceTracker, type TrackerState } from './sequence-tracker.js'

export interface NodeListenerOptions {
  readonly name: string
  readonly stream: RedisEventStream
  readonly watch: NodeWatch
  readonly writer: FactWriter
  readonly facts: NodeFacts
  readonly reconciler: Reconciler
  readonly logger: ListenerLogger
  readonly signal: AbortSignal
  /** A missing number is lost when it stays away for so long, ms. */
  readonly windowMs: number
  readonly standbyMs: number
  readonly leaseMs: number
}

/** `reading`: holds the stream. `standby`: another listener does. `away`: Redis cannot be reached. */
export type ListenerRole = 'reading' | 'standby' | 'away'

const READ_AT_ONCE = 500
const BLOCK_MS = 300
/** Unknown kinds of events that are named in the log. */
const MOST_NAMES = 100

/** Reads one node's events in order, tells them as facts, and acknowledges what the log has taken. */
export class NodeListener {
  private tracker: SequenceTracker
  role: ListenerRole = 'away'
  problem: string | undefined
  unreadable = 0
  /** Events of kinds that this version does not know. */
  unknown = 0
  gaps = 0
  private readonly unknownNames = new Set<string>()

  constructor(private readonly options: NodeListenerOptions) {
    this.tracker = new SequenceTracker({ windowMs: options.windowMs })
  }

  get lastEventUs(): number | undefined {
    return this.tracker.lastTimeUs
  }

  /** Until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { stream, signal, logger, name } = this.options
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await stream.open()
        failures = 0
        await this.serve()
      } catch (error) {
        if (signal.aborted) break
        this.problem = error instanceof Error ? error.message : String(error)
        logger.warn({ node: name, reason: this.problem }, 'the event stream cannot be read')
        await this.options.watch.lost(this.problem, this.lastEventUs)
        this.leave('away')
        await pause(Math.min(5000, 250 * 2 ** Math.min(failures, 5)), signal)
      }
    }
    this.leave('away')
    await stream.close()
  }

  private async serve(): Promise<void> {
    const { stream, signal, standbyMs } = this.options
    while (!signal.aborted) {
      if (!(await stream.lease())) {
        this.leave('standby')
        this.problem = undefined
        await pause(standbyMs, signal)
        continue
      }
      if (this.role !== 'reading') await this.begin()
      const startedMs = performance.now()
      const entries = await stream.read({ count: READ_AT_ONCE, blockMs: BLOCK_MS })
      await this.take(entries, startedMs)
    }
  }

  private async begin(): Promise<void> {
    const { stream, watch, windowMs } = this.options
    await stream.takeOver()
    const noted = stateOf(await stream.note())
    const own = this.tracker.state()
    // our own memory is ahead when the last acknowledgement failed, or Redis forgot
    if (noted !== undefined && !(own?.boot === noted.boot && own.seq > noted.seq)) {
      this.tracker = new SequenceTracker({ state: noted, windowMs })
    }
    this.role = 'reading'
    this.problem = undefined
    watch.begin()
  }

  private leave(role: ListenerRole): void {
    if (this.role === 'reading') this.options.watch.end()
    this.role = role
  }

  private async take(entries: readonly StreamEntry[], startedMs: number): Promise<void> {
    const { stream, writer, facts, watch } = this.options
    const told: Fact[] = []
    for (const entry of entries) told.push(...this.read(entry))
    const gaps = this.tracker.due({ startedMs, drained: entries.length < READ_AT_ONCE })
    const clock = entries.length === 0 ? watch.takeClock(startedMs - this.options.windowMs) : undefined
    if (clock !== undefined) {
      // all that was written before the node named its newest number has been read
      const { started, gap } = this.tracker.expect({ ...clock, timeUs: clock.nowUs })
      if (started) told.push(facts.started(clock.boot, clock.nowUs))
      if (gap !== undefined) gaps.push(gap)
    }
    for (const gap of gaps) {
      this.gaps += 1
      this.options.logger.warn({ node: this.options.name, ...gap }, 'events are missing')
      told.push(facts.gap(gap))
      watch.wantSnapshot('gap')
    }
    await this.holding(writer.append(told))
    if (entries.length === 0 && gaps.length === 0) return
    await stream.acknowledge(
      entries.map(({ id }) => id),
      JSON.stringify(this.tracker.state() ?? null),
    )
  }

  /** Keeps the lease while the log is waited for: another listener could not do better, and would mix the order. */
  private async holding(work: Promise<void>): Promise<void> {
    const { stream, leaseMs } = this.options
    const timer = setInterval(() => void stream.lease().catch(() => undefined), leaseMs / 3)
    try {
      await work
    } finally {
      clearInterval(timer)
    }
  }

  private read({ id, payload, gone }: StreamEntry): Fact[] {
    const { name, facts, watch, logger } = this.options
    if (gone) return []
    let event: KamailioEvent | undefined
    try {
      if (payload === undefined) throw new UnreadableEventError('an entry without the field e')
      event = parseKamailioEvent(payload)
      const { started } = this.tracker.observe(event, performance.now())
      const fact = this.translated(event)
      if (fact?.type === 'gateway.changed') this.options.reconciler.heard(fact.data.gateway, fact.data.state)
      const told = fact === undefined ? [] : [fact]
      if (!started) return told
      watch.wantSnapshot('started')
      return fact?.type === 'switch.started' ? told : [facts.started(event.boot, event.timeUs), ...told]
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error
      this.unreadable += 1
      logger.error({ node: name, entry: id, reason: error.message }, 'an event cannot be read')
      watch.wantSnapshot('unreadable event')
      return [facts.unreadable({ id, reason: error.message, core: event?.boot })]
    }
  }

  private translated(event: KamailioEvent): Fact | undefined {
    const { name, logger } = this.options
    try {
      return translateEvent(event, name)
    } catch (error) {
      if (!(error instanceof UnknownEventError)) throw error
      this.unknown += 1
      if (this.unknownNames.size < MOST_NAMES && !this.unknownNames.has(error.eventName)) {
        this.unknownNames.add(error.eventName)
        logger.error({ node: name, reason: error.message }, 'events of a kind that is not known; they are counted')
      }
      return undefined
    }
  }
}

function stateOf(note: string | undefined): TrackerState | undefined {
  if (note === undefined) return undefined
  try {
    const state = JSON.parse(note) as TrackerState | null
    return state !== null && Array.isArray(state.holes) && Array.isArray(state.past) ? state : undefined
  } catch {
    return undefined
  }
}
