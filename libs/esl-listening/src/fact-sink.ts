/**
 * Takes facts from the socket at once and brings them to the log in order, in batches, one batch under way at a time.
 * While the log is away they go to the spool, and the spool is drained before anything newer.
 */
import type { Fact } from '@trunkline/domain'
import { STREAMS, type EventLogWriter, type NewRecord } from '@trunkline/ports'
import type { ListenerLogger } from './logger.js'
import { Spool } from './spool.js'

const BATCH = 500

export interface FactSinkOptions {
  readonly log: EventLogWriter
  readonly spool: Spool
  readonly logger: ListenerLogger
  /** Most facts held in memory; beyond it {@link FactSink.isFull}. 20,000 by default. */
  readonly maxQueue?: number
  /** Pause between attempts while the log is away, ms; 500 by default. */
  readonly retryMs?: number
}

export class FactSink {
  readonly #options: FactSinkOptions
  readonly #maxQueue: number
  #queue: NewRecord[] = []
  #wake: (() => void) | undefined
  #closing = false
  #away = false
  #published = 0
  readonly #running: Promise<void>

  constructor(options: FactSinkOptions) {
    this.#options = options
    this.#maxQueue = options.maxQueue ?? 20_000
    this.#running = this.#run()
  }

  push(fact: Fact): void {
    this.#queue.push(fact)
    this.#wake?.()
  }

  /** True when the log and the disk cannot keep up: whoever feeds must let go of its source. */
  get isFull(): boolean {
    return this.#queue.length >= this.#maxQueue
  }

  status(): { queued: number; spooledBytes: number; published: number; logAway: boolean } {
    return {
      queued: this.#queue.length,
      spooledBytes: this.#options.spool.bytes,
      published: this.#published,
      logAway: this.#away,
    }
  }

  /** Brings what is queued to the log, or to the spool when the log does not take it. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wake?.()
    await this.#running
    this.#options.spool.close()
  }

  async #run(): Promise<void> {
    for (;;) {
      if (!this.#options.spool.isEmpty) {
        if (!(await this.#drain())) {
          if (this.#closing) return
          await this.#pause(this.#options.retryMs ?? 500)
        }
      } else if (this.#queue.length > 0) {
        if (!(await this.#publish())) {
          if (this.#closing) return
          await this.#pause(this.#options.retryMs ?? 500)
        }
      } else if (this.#closing) return
      else await this.#pause(undefined)
    }
  }

  /** Publishes what is queued; what the log refuses goes to the spool, with all that came after it. */
  async #publish(): Promise<boolean> {
    const batch = this.#queue.slice(0, BATCH)
    if (await this.#append(batch)) {
      this.#queue.splice(0, batch.length)
      return true
    }
    this.#spoolQueue()
    return false
  }

  /** False when nothing could be brought to the log. */
  async #drain(): Promise<boolean> {
    this.#spoolQueue()
    const batch = this.#options.spool.peek(BATCH)
    if (batch.length === 0) return true
    if (!(await this.#append(batch))) return false
    this.#options.spool.take(batch.length)
    return true
  }

  #spoolQueue(): void {
    const { spool, logger } = this.#options
    try {
      spool.append(this.#queue)
      this.#queue = []
    } catch (error) {
      logger.error(
        { err: error, queued: this.#queue.length },
        'facts cannot be spooled to disk; they stay in memory as long as they fit',
      )
    }
  }

  async #append(batch: readonly NewRecord[]): Promise<boolean> {
    const { log, logger } = this.#options
    try {
      await log.append(STREAMS.switch, batch)
      this.#published += batch.length
      if (this.#away) logger.info({}, 'the log takes facts again')
      this.#away = false
      return true
    } catch (error) {
      if (!this.#away) logger.error({ err: error }, 'the log takes no facts; they go to disk until it does')
      this.#away = true
      return false
    }
  }

  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms)
      const wake = ms === undefined ? done : undefined
      this.#wake = wake
      function done() {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
