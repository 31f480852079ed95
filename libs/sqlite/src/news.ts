/** How often another process's commits are looked for, ms. */
const POLL_MS = 50

/**
 * Those who wait for something new in a file: told at once of commits of this process, and by polling of those of others.
 * `version` gives a number that changes when another process wrote to the file.
 */
export class News {
  readonly #version: () => number
  readonly #readers = new Set<() => void>()
  #poll: NodeJS.Timeout | undefined
  #seenVersion = 0

  constructor(version: () => number) {
    this.#version = version
  }

  /** Resolves when `isThere` may have become true, when the signal aborts, or on `close`. Rejects when the file cannot be read. */
  wait(isThere: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        this.#readers.delete(done)
        if (this.#readers.size === 0) this.#stopPolling()
        resolve()
      }
      try {
        // Listening starts before the check, so that no append falls between the two.
        this.#startPolling()
        this.#readers.add(done)
        signal.addEventListener('abort', done, { once: true })
        if (signal.aborted || isThere()) done()
      } catch (error) {
        done()
        reject(error as Error)
      }
    })
  }

  /** Something was written: all look again. */
  tell(): void {
    for (const done of [...this.#readers]) done()
  }

  close(): void {
    this.tell()
    this.#stopPolling()
  }

  #startPolling(): void {
    if (this.#poll !== undefined) return
    this.#seenVersion = this.#version()
    this.#poll = setInterval(() => this.#look(), POLL_MS)
    this.#poll.unref()
  }

  #look(): void {
    try {
      const version = this.#version()
      if (version === this.#seenVersion) return
      this.#seenVersion = version
    } catch {
      // Unreadable now: let the readers find out by reading.
    }
    this.tell()
  }

  #stopPolling(): void {
    clearInterval(this.#poll)
    this.#poll = undefined
  }
}
