import type { EventLog, NewRecord, ViewStore } from '@trunkline/ports'
import { messageOf } from './batch.js'
import {
  ensureOutbox,
  markPublished,
  OUTBOX_STREAMS,
  publishedAfter,
  readOutboxState,
  type OutboxState,
} from './outbox.js'
import { backoffMs, breathe, pause } from './pause.js'
import type { ProjectionLogger } from './projector-options.js'

export interface RelayHooks {
  published?(records: readonly NewRecord[]): void
  retried?(failures: number): void
}

export interface RelayOptions {
  readonly store: ViewStore
  readonly log: EventLog
  readonly logger: ProjectionLogger
  /** Most events in one append; 500 by default. */
  readonly batchSize?: number
  /** How often it looks when nobody wakes it, ms; 100 by default. */
  readonly pollMs?: number
  /** Whether it is this relay's turn to publish; always, by default. Of several on one store one is enough. */
  readonly isActive?: () => boolean
  readonly hooks?: RelayHooks
  readonly random?: () => number
}

export interface Relay {
  /** Something was committed to the outbox: look now. */
  wake(): void
  /** Resolves when all that the outbox holds now is published. */
  drained(): Promise<void>
  status(): RelayStatus
  close(): Promise<void>
}

export interface RelayStatus {
  readonly active: boolean
  /** Up to this number everything was published, by whichever relay. */
  readonly publishedSeq: number
  readonly failures: number
  readonly problem: string | undefined
  /** For how long events have waited without any being published, ms; whichever relay's turn it is. */
  readonly stuckMs: number
}

/**
 * Starts the relay: publishes outbox rows in the order of their numbers, then forgets them. After a crash between
 * the two it finds in the log what was published, so that one relay publishes nothing twice; while two are active, for
 * a moment, repetitions can happen, and are known by a `meta.seq` that is not greater than the last one seen.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  await ensureOutbox(options.store, options.log)
  return new RunningRelay(options)
}

/** Between two looks at where the streams end; each asks for every partition. */
const ENDS_MS = 1000

type OutboxEventRow = {
  readonly seq: number
  readonly stream: string
  readonly key: string
  readonly id: string
  readonly type: string
  readonly version: number
  readonly time_us: number
  readonly data: string
}

class RunningRelay implements Relay {
  readonly #options: RelayOptions
  readonly #abort = new AbortController()
  readonly #running: Promise<void>
  #published = 0
  #failures = 0
  #problem: string | undefined
  #active = false
  /** Since when there was something to publish, and nothing was. */
  #waitingSinceMs: number | undefined
  #woken = false
  #wakeUp: (() => void) | undefined
  #waiting: Array<() => void> = []
  /** Numbers that stood in the log although the store did not know; looked up at start and after a failure. */
  #ahead: Set<number> | undefined
  /** Ends of the streams when they were looked up last. */
  #known: { readonly ends: OutboxState['ends']; readonly atMs: number } | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  wake(): void {
    this.#woken = true
    this.#wakeUp?.()
  }

  async drained(): Promise<void> {
    const { store } = this.#options
    const [newest] = await store.all<{ seq: number | null }>('SELECT max(seq) AS seq FROM outbox')
    const last = newest?.seq ?? 0
    while (this.#published < last) {
      if (this.#abort.signal.aborted) throw new Error('the relay was closed before the outbox was empty')
      this.wake()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  status(): RelayStatus {
    return {
      active: this.#active,
      publishedSeq: this.#published,
      failures: this.#failures,
      problem: this.#problem,
      stuckMs: this.#waitingSinceMs === undefined ? 0 : performance.now() - this.#waitingSinceMs,
    }
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#wakeUp?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { logger, hooks, random = Math.random, pollMs = 100 } = this.#options
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        const worked = await this.#batch()
        this.#failures = 0
        this.#problem = undefined
        for (const resolve of this.#waiting.splice(0)) resolve()
        if (worked) await breathe()
        else await this.#idle(pollMs)
      } catch (error) {
        this.#failures += 1
        this.#problem = messageOf(error)
        // Whether the append arrived is not known: look into the log before the next one.
        this.#ahead = undefined
        logger.warn({ reason: this.#problem, failures: this.#failures }, 'publishing failed and is tried again')
        hooks?.retried?.(this.#failures)
        await pause(backoffMs(this.#failures, random), signal)
      }
    }
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #idle(ms: number): Promise<void> {
    if (!this.#active) {
      // whoever publishes cannot wake us
      await pause(ms, this.#abort.signal)
    } else if (!this.#woken) {
      const woken = new AbortController()
      this.#wakeUp = () => woken.abort()
      await pause(ms, AbortSignal.any([woken.signal, this.#abort.signal]))
      this.#wakeUp = undefined
    }
    this.#woken = false
  }

  /** Publishes one batch, when it is our turn. Tells whether there was any. */
  async #batch(): Promise<boolean> {
    const { store, batchSize = 500, isActive = () => true, hooks } = this.#options
    this.#takeTurn(isActive())
    const state = await readOutboxState(store)
    if (state === undefined) throw new Error('the outbox is gone')
    const rows = await store.all<OutboxEventRow>('SELECT * FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?', [
      state.publishedSeq,
      this.#active ? batchSize : 1,
    ])
    this.#watch(state.publishedSeq, rows.length)
    const last = rows.at(-1)
    if (last === undefined || !this.#active) return false
    const records = await this.#publish(rows, state)
    const ends = await this.#ends()
    await store.transaction((tx) => markPublished(tx, { publishedSeq: last.seq, ends }))
    this.#watch(last.seq, 0)
    hooks?.published?.(records)
    return true
  }

  /** Another relay may have published meanwhile: whoever begins looks into the log first. */
  #takeTurn(active: boolean): void {
    if (active !== this.#active) this.#ahead = this.#known = undefined
    this.#active = active
  }

  #watch(publishedSeq: number, waiting: number): void {
    if (waiting === 0) this.#waitingSinceMs = undefined
    else if (publishedSeq !== this.#published || this.#waitingSinceMs === undefined)
      this.#waitingSinceMs = performance.now()
    this.#published = publishedSeq
  }

  /** Gives those that were not published before. */
  async #publish(rows: readonly OutboxEventRow[], { ends }: OutboxState): Promise<NewRecord[]> {
    const { log } = this.#options
    const ahead = (this.#ahead ??= await publishedAfter(log, ends))
    const streams = byStream(rows.filter(({ seq }) => !ahead.has(seq)))
    for (const [stream, records] of streams) await log.append(stream, records)
    return [...streams.values()].flat()
  }

  /**
   * Places after which to look, after a crash, for what was published: earlier ones do as well and cost a longer look, so
   * that asking for them once a second is enough. What was appended after them is found there.
   */
  async #ends(): Promise<OutboxState['ends']> {
    const { log } = this.#options
    if (this.#known !== undefined && performance.now() - this.#known.atMs < ENDS_MS) return this.#known.ends
    const ends: Record<string, Record<string, string>> = {}
    for (const stream of OUTBOX_STREAMS) {
      const places: Record<string, string> = {}
      for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
        const end = await log.end(stream, partition)
        if (end !== undefined) places[partition] = end
      }
      ends[stream] = places
    }
    this.#known = { ends, atMs: performance.now() }
    return ends
  }
}

function byStream(rows: readonly OutboxEventRow[]): Map<string, NewRecord[]> {
  const streams = new Map<string, NewRecord[]>()
  for (const { seq, stream, key, id, type, version, time_us: time, data } of rows) {
    const records = streams.get(stream) ?? []
    records.push({ id, type, version, key, time, data: JSON.parse(data) as unknown, meta: { seq: String(seq) } })
    streams.set(stream, records)
  }
  return streams
}
