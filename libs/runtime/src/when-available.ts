import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** What is waited for, in words. */
  readonly name: string
  readonly logger: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Pause between attempts, ms; 1000 by default. */
  readonly pauseMs?: number
  /** Errors that time may heal; by default those that say `retryable`. */
  readonly isLater?: (error: unknown) => boolean
}

/** Every how many attempts a line is logged. */
const LOG_EVERY = 10

/** Runs `work` until it succeeds: at start, what a process needs may come up after it. Rejects with what time cannot heal. */
export async function whenAvailable<T>(work: () => Promise<T>, options: WaitOptions): Promise<T> {
  const { name, logger, pauseMs = 1000, isLater = isRetryable } = options
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work()
      if (attempt > 0) logger.info({ waitedFor: name }, 'what was missing is there')
      return result
    } catch (error) {
      if (!isLater(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (attempt % LOG_EVERY === 0) logger.warn({ waitsFor: name, reason }, 'not there yet; trying again')
    }
    await sleep(pauseMs)
  }
}

function isRetryable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true
}
