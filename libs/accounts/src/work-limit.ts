import { AccountError } from './account-error.js'

/** Runs a few at a time; a flood is refused rather than kept waiting without end. */
export class WorkLimit {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  /** Throws `UNAVAILABLE` when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.atOnce) {
      if (this.#waiting.length >= this.mostWaiting) throw new AccountError('UNAVAILABLE', { retryAfterSeconds: 2 })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // whoever waited takes over the place
      if (next === undefined) this.#running--
      else next()
    }
  }
}
