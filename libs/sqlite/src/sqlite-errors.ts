/** What SQLite's result codes (https://sqlite.org/rescode.html) mean to us: the same work may succeed later, or never. */

const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const FULL = 13
const CANNOT_OPEN = 14
const PROTOCOL = 15

/** Primary result code of an error thrown by `node:sqlite`, undefined for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  if (typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Another connection holds the lock now. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === BUSY || code === LOCKED
}

/** The file or its disk cannot be used now: locked, full, read-only, gone. */
export function isUnavailable(error: unknown): boolean {
  const code = sqliteCode(error)
  return (
    isBusy(error) ||
    code === READ_ONLY ||
    code === IO_ERROR ||
    code === FULL ||
    code === CANNOT_OPEN ||
    code === PROTOCOL
  )
}

/**
 * Runs synchronous `work` until the lock is free or `limitMs` is over. It waits outside of SQLite, because
 * its own busy time-out would stop the event loop, and with it the very transaction that holds the lock.
 */
export async function untilFree<T>(limitMs: number, work: () => T): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
