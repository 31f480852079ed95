/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Lets sockets and timers have their turn: work that only awaits settled promises would starve them. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Wait before attempt number `failures` (1, 2, …): doubled each time up to 5 s, with jitter; ms. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.min(5000, 50 * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2)
}
