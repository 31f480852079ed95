import type { Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'
import type { Numbers } from '../reactor/numbers.js'
import type { Drift, ReconcilePlaces } from '../reactor/target.js'
import type { KamailioDatabase } from './database.js'
import type { Domains } from './domains.js'
import type { KamailioNode } from './kamailio-node.js'
import type { Turn } from './turn.js'

export interface CompareParts {
  readonly database: KamailioDatabase
  readonly nodes: readonly KamailioNode[]
  readonly things: Things
  readonly vault: Pick<Vault, 'secrets'>
  readonly numbers: Numbers
  readonly domains: Domains
  readonly turn: Turn
  readonly places: ReconcilePlaces
  readonly now: () => number
}

type Kind = 'missing' | 'surplus' | 'different' | 'foreign'

/** Counts what differs, place by place. */
export class DriftCount {
  readonly #place: string
  readonly #counts = new Map<string, Record<Kind, number>>()

  constructor(place: string) {
    this.#place = place
  }

  /** So that a table without differences is reported too. */
  see(table: string): void {
    if (!this.#counts.has(table)) this.#counts.set(table, { missing: 0, surplus: 0, different: 0, foreign: 0 })
  }

  add(table: string, kind: Kind, count = 1): void {
    this.see(table)
    this.#counts.get(table)![kind] += count
  }

  missing(table: string): number {
    return this.#counts.get(table)?.missing ?? 0
  }

  get drift(): Drift[] {
    return [...this.#counts].map(([table, counts]) => ({ table, place: this.#place, ...counts }))
  }
}

/** Throws when the process is to end. */
export function goOn({ places }: CompareParts): void {
  places.signal.throwIfAborted()
}
