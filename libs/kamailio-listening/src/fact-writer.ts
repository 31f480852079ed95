import type { Fact } from '@trunkline/domain'
import { STREAMS, type EventLogWriter } from '@trunkline/ports'
import type { ListenerLogger } from './listener-logger.js'
import { pause } from './pause.js'

/**
 * One way to the log for all that a node tells: one append after the other. A log that is away is tried again until
 * it takes the facts; meanwhile Redis keeps the events.
 */
export class FactWriter {
  private tail: Promise<void> = Promise.resolve()
  private failure: string | undefined

  constructor(
    private readonly options: {
      readonly log: EventLogWriter
      readonly logger: ListenerLogger
      readonly signal: AbortSignal
      readonly retryMs?: number
    },
  ) {}

  /** Why the log does not take facts just now. */
  get problem(): string | undefined {
    return this.failure
  }

  /** Resolves when the facts are durable; rejects only when the listener closes before that. */
  append(facts: readonly Fact[]): Promise<void> {
    if (facts.length === 0) return this.tail
    const done = this.tail.then(() => this.appendNow(facts))
    this.tail = done.catch(() => undefined)
    return done
  }

  private async appendNow(facts: readonly Fact[]): Promise<void> {
    const { log, logger, signal, retryMs = 500 } = this.options
    for (;;) {
      signal.throwIfAborted()
      try {
        await untilAborted(log.append(STREAMS.switch, facts), signal)
        this.failure = undefined
        return
      } catch (error) {
        signal.throwIfAborted()
        this.failure = error instanceof Error ? error.message : String(error)
        logger.error({ reason: this.failure, facts: facts.length }, 'the log does not take facts; trying again')
        await pause(retryMs, signal)
      }
    }
  }
}

/** A log that never answers must not keep the process from stopping: what it did not take, Redis still has. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
