/**
 * Collects the keys that resolvers ask for within one turn and reads them with one query. Results are kept for
 * the life of the loader, which is one operation.
 */
export class BatchLoader<V> {
  private readonly known = new Map<string, Promise<V | undefined>>()
  private waiting: { key: string; resolve: (value: V | undefined) => void; reject: (reason: unknown) => void }[] = []

  /** `read` gives what it found, by key; at most `size` keys at a time. */
  constructor(
    private readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
    private readonly size = 500,
  ) {}

  /** Resolves with undefined when there is nothing of that key. */
  load(key: string): Promise<V | undefined> {
    const known = this.known.get(key)
    if (known !== undefined) return known
    const promise = new Promise<V | undefined>((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.dispatch())
      this.waiting.push({ key, resolve, reject })
    })
    this.known.set(key, promise)
    return promise
  }

  private dispatch(): void {
    const all = this.waiting
    this.waiting = []
    for (let start = 0; start < all.length; start += this.size) {
      const part = all.slice(start, start + this.size)
      this.read(part.map((one) => one.key)).then(
        (found) => part.forEach((one) => one.resolve(found.get(one.key))),
        (reason: unknown) => part.forEach((one) => one.reject(reason)),
      )
    }
  }
}
