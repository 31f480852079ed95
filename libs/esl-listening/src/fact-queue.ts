import type { NewRecord } from '@trunkline/ports'

/** Facts in memory, oldest first, bounded by number and by bytes; knows which were brought to safety. */
export class FactQueue {
  readonly #maxLength: number
  readonly #maxBytes: number
  #records: NewRecord[] = []
  #sizes: number[] = []
  #bytes = 0
  #pushed = 0
  #kept = 0
  #waiting: { readonly count: number; readonly resolve: () => void; readonly reject: (e: Error) => void }[] = []

  constructor(maxLength: number, maxBytes: number) {
    this.#maxLength = maxLength
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#records.length
  }

  /** 1 and more: full. */
  get fill(): number {
    return Math.max(this.#records.length / this.#maxLength, this.#bytes / this.#maxBytes)
  }

  push(record: NewRecord, bytes: number): void {
    this.#records.push(record)
    this.#sizes.push(bytes)
    this.#bytes += bytes
    this.#pushed++
  }

  all(): readonly NewRecord[] {
    return this.#records
  }

  /** Takes out up to `count` of the oldest. */
  take(count: number): NewRecord[] {
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size
    return this.#records.splice(0, count)
  }

  /** Puts back what {@link take} gave. */
  putBack(records: readonly NewRecord[]): void {
    this.#records.unshift(...records)
    // their sizes are not known any more; they leave memory next
    this.#sizes.unshift(...records.map(() => 0))
  }

  /** So many of the oldest are in the log or on disk. */
  kept(count: number): void {
    this.#kept += count
    const [done, still] = [
      this.#waiting.filter((one) => one.count <= this.#kept),
      this.#waiting.filter((one) => one.count > this.#kept),
    ]
    this.#waiting = still
    for (const { resolve } of done) resolve()
  }

  /** What is not kept now will not be. */
  giveUp(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed before all facts were kept'))
  }

  /** Resolves when all that was pushed so far is kept; rejects when that was given up. */
  whenKept(): Promise<void> {
    const count = this.#pushed
    if (this.#kept >= count) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ count, resolve, reject }))
  }
}
