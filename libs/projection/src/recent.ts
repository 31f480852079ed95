const WINDOW_MS = 5 * 60_000
const MOST = 10_000

/** Counts what happened within the last five minutes. */
export class RecentCount {
  #times: number[] = []

  add(nowMs: number): void {
    this.#times.push(nowMs)
    if (this.#times.length > MOST) this.#times.shift()
  }

  count(nowMs: number): number {
    const first = this.#times.findIndex((time) => time > nowMs - WINDOW_MS)
    this.#times = first < 0 ? [] : this.#times.slice(first)
    return this.#times.length
  }
}
