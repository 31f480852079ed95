import { randomUUID } from 'node:crypto'
import type { TableDefinition, ViewStore } from '@trunkline/ports'

/** Who may do what only one at a time should. */
export const leasesTable = {
  name: 'provisioning_leases',
  key: ['name'],
  columns: { name: 'text', holder: 'text', until_ms: 'integer' },
} as const satisfies TableDefinition

export interface LeaseOptions {
  readonly store: ViewStore
  readonly name: string
  /** How long it lasts when it is not renewed, ms; 10 s by default. */
  readonly lastsMs?: number
  readonly now?: () => number
}

/**
 * A right that one process has at a time, as long as it comes back for it. It spares others the work; who must never do a
 * thing twice needs more than this, since a process may sleep between asking and doing.
 */
export class Lease {
  readonly #options: LeaseOptions
  readonly #holder = randomUUID()
  #sureUntilMs = -Infinity

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  /** Creates its table. Safe to run twice. */
  static prepare(store: ViewStore): Promise<void> {
    return store.createTables([leasesTable])
  }

  /** Takes or renews the right, when nobody else has it. Asks the store at a third of its life again. */
  async held(): Promise<boolean> {
    const { lastsMs = 10_000, now = Date.now } = this.#options
    if (performance.now() < this.#sureUntilMs) return true
    const askedAt = performance.now()
    const isOurs = await this.#ask(now(), lastsMs)
    this.#sureUntilMs = isOurs ? askedAt + lastsMs / 3 : -Infinity
    return isOurs
  }

  /** Gives it up, so that another need not wait. */
  async release(): Promise<void> {
    this.#sureUntilMs = -Infinity
    const { store, name } = this.#options
    await store.transaction((tx) =>
      tx.run('DELETE FROM provisioning_leases WHERE name = ? AND holder = ?', [name, this.#holder]),
    )
  }

  #ask(nowMs: number, lastsMs: number): Promise<boolean> {
    const { store, name } = this.#options
    return store.transaction(async (tx) => {
      const [row] = await tx.all<{ holder: string; until_ms: number }>(
        'SELECT holder, until_ms FROM provisioning_leases WHERE name = ?',
        [name],
      )
      // one that ends far in the future was made by a clock that was wrong
      const runs = row !== undefined && row.until_ms > nowMs && row.until_ms <= nowMs + 2 * lastsMs
      if (runs && row.holder !== this.#holder) return false
      await tx.upsert(leasesTable, [{ name, holder: this.#holder, until_ms: nowMs + lastsMs }])
      return true
    })
  }
}
