import { randomUUID } from 'node:crypto'
import type { ViewStore } from '@trunkline/ports'
import { isGone, thisProcess } from './process-mark.js'
import { leasesTable } from './tables.js'

export interface TargetLeaseOptions {
  readonly store: ViewStore
  readonly target: string
  /** How long it lasts when it is not renewed, ms. */
  readonly lastsMs: number
  readonly now?: () => number
}

/**
 * The right to work on a target, which one process has at a time as long as it comes back for it. A process of this
 * machine that is gone is not waited for: after a crash and a restart work goes on at once.
 */
export class TargetLease {
  readonly #options: TargetLeaseOptions
  readonly #holder = `${thisProcess()} ${randomUUID()}`
  #sureUntilMs = -Infinity

  constructor(options: TargetLeaseOptions) {
    this.#options = options
  }

  /** Takes or renews the right, when nobody else has it. Asks the store again at a third of its life. */
  async held(): Promise<boolean> {
    if (performance.now() < this.#sureUntilMs) return true
    const askedAt = performance.now()
    const isOurs = await this.#ask()
    this.#sureUntilMs = isOurs ? askedAt + this.#options.lastsMs / 3 : -Infinity
    return isOurs
  }

  /** Gives it up, so that another need not wait. */
  async release(): Promise<void> {
    this.#sureUntilMs = -Infinity
    const { store, target } = this.#options
    await store.transaction((tx) =>
      tx.run('DELETE FROM provisioner_leases WHERE target = ? AND holder = ?', [target, this.#holder]),
    )
  }

  #ask(): Promise<boolean> {
    const { store, target, lastsMs, now = Date.now } = this.#options
    return store.transaction(async (tx) => {
      const nowMs = now()
      const [row] = await tx.all<{ holder: string; until_ms: number }>(
        'SELECT holder, until_ms FROM provisioner_leases WHERE target = ?',
        [target],
      )
      // one that ends far in the future was made by a clock that was wrong
      const runs = row !== undefined && row.until_ms > nowMs && row.until_ms <= nowMs + 2 * lastsMs
      if (runs && row.holder !== this.#holder && !isGone(row.holder.split(' ')[0]!)) return false
      await tx.upsert(leasesTable, [{ target, holder: this.#holder, until_ms: nowMs + lastsMs }])
      return true
    })
  }
}
