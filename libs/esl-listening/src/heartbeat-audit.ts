/**
 * Compares the switch's own count of sessions with the channels whose birth was seen. A session is counted a moment
 * before its event is out, so a lack counts only when the next heartbeat still shows it.
 */
export class HeartbeatAudit {
  #base: { sessions: number; seen: number } | undefined
  #seen = 0
  #reported = 0
  #suspected = 0

  /** After a new connection: what came before it is another gap's affair. */
  restart(): void {
    this.#base = undefined
    this.#seen = 0
    this.#reported = 0
    this.#suspected = 0
  }

  created(): void {
    this.#seen++
  }

  /** Returns how many sessions were newly found to be missed; 0 when all is well. */
  heartbeat(sessionsSinceStartup: number): number {
    if (this.#base === undefined || sessionsSinceStartup < this.#base.sessions) {
      this.restart()
      this.#base = { sessions: sessionsSinceStartup, seen: this.#seen }
      return 0
    }
    const lack = sessionsSinceStartup - this.#base.sessions - (this.#seen - this.#base.seen)
    const proven = Math.min(lack, this.#suspected)
    this.#suspected = lack
    if (proven <= this.#reported) return 0
    const fresh = proven - this.#reported
    this.#reported = proven
    return fresh
  }
}
