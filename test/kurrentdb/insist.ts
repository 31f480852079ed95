/** Tries until it succeeds, as callers do with what may be retried; at most 50 times. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 50 || !(error as { retryable?: boolean }).retryable) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
