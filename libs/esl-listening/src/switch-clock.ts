/** The switch's own clock, as its events tell it: facts of the listener carry it too, so that all can be ordered. */
export class SwitchClock {
  /** Switch clock minus ours, µs. */
  #offset = 0
  #lastEventAt: number | undefined

  /** Time of the last event, µs. */
  get lastEventAt(): number | undefined {
    return this.#lastEventAt
  }

  /** Our clock minus the last event's time when it was heard, ms: its delay, and the difference of the clocks. */
  get lagMs(): number | null {
    return this.#lastEventAt === undefined ? null : Math.round(-this.#offset / 1000)
  }

  heard(eventTime: number): void {
    this.#lastEventAt = eventTime
    this.#offset = eventTime - Date.now() * 1000
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
