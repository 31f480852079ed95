/** Redis cannot be reached, hangs, or refuses; the same call may succeed later. */
export class EventStreamError extends Error {
  readonly code = 'EVENT_STREAM_UNAVAILABLE'
  readonly retryable = true

  constructor(
    message: string,
    /** What Redis said, when it said something. */
    readonly reason = message,
  ) {
    super(message)
  }
}

/** Waits for a command, but not for ever: a Redis that hangs never answers. Rejects with {@link EventStreamError}. */
export async function bounded<T>(work: Promise<T>, limit: { timeoutMs: number; what: string }): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EventStreamError(`${limit.what}: no answer in time`)), limit.timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    if (error instanceof EventStreamError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new EventStreamError(`${limit.what}: ${reason}`, reason)
  } finally {
    clearTimeout(timer)
  }
}
