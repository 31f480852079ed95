/** One call of `append`: resolves when all its records are acknowledged, rejects once, whichever partition fails. */
export class PendingAppend {
  readonly done: Promise<void>
  #left: number
  #over = false
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(
    /** Order among the appends of the stream. */
    readonly number: number,
    records: number,
    /** By `performance.now()`. */
    readonly deadline: number,
  ) {
    this.#left = records
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Acknowledged or given up: what is left of it need not be sent. */
  get isOver(): boolean {
    return this.#over
  }

  acknowledge(records: number): void {
    this.#left -= records
    if (this.#left > 0 || this.#over) return
    this.#over = true
    this.#resolve()
  }

  fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#reject(error)
  }
}
