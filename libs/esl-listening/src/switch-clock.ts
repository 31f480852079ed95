const WINDOW_MS = 30_000

/** The switch's own clock, as its events tell it: facts of the listener carry it too, so that all can be ordered. */
export class SwitchClock {
  /**
   * Switch clock minus ours, µs, by the event that was the least late of this window and the one before: an event that
   * waited in a queue says that the switch's clock is behind, and a gap that ends by such a clock ends too early.
   */
  #offset = 0
  #best = -Infinity
  #bestBefore = -Infinity
  #windowAt = -Infinity
  #lag = 0
  #lastEventAt: number | undefined

  /** Time of the last event, µs. */
  get lastEventAt(): number | undefined {
    return this.#lastEventAt
  }

  /** Our clock minus the last event's time when it was heard, ms: its delay, and the difference of the clocks. */
  get lagMs(): number | null {
    return this.#lastEventAt === undefined ? null : Math.round(this.#lag / 1000)
  }

  heard(eventTime: number): void {
    const [now, offset] = [performance.now(), eventTime - Date.now() * 1000]
    if (now - this.#windowAt > WINDOW_MS) {
      this.#bestBefore = now - this.#windowAt > 2 * WINDOW_MS ? -Infinity : this.#best
      this.#best = -Infinity
      this.#windowAt = now
    }
    this.#best = Math.max(this.#best, offset)
    this.#offset = Math.max(this.#best, this.#bestBefore)
    this.#lastEventAt = eventTime
    this.#lag = -offset
  }

  /** Takes the switch's answer to `strepoch` (whole seconds) as long as no event told better. */
  told(seconds: number): void {
    if (this.#lastEventAt !== undefined || !Number.isFinite(seconds) || seconds <= 0) return
    const offset = seconds * 1_000_000 - Date.now() * 1000
    // within the second that the answer leaves open, the two clocks are held for equal
    if (Math.abs(offset) > 2_000_000) this.#offset = offset
  }

  /** Now by the switch's clock, µs. */
  now(): number {
    return Date.now() * 1000 + this.#offset
  }
}
