import type { RouteRule } from '@trunkline/domain'
import type { AnyThing, Things } from '@trunkline/provisioning-views'
import type { Numbers } from '../reactor/numbers.js'
import type { KamailioDatabase } from './database.js'
import { rowsOfRoutes } from './rows-of-routes.js'
import { compareRows, readKeys, writeDifference } from './table-rows.js'
import type { KamailioRow } from './tables.js'

interface DomainsParts {
  readonly database: KamailioDatabase
  readonly numbers: Numbers
  readonly things: Things
}

/**
 * The SIP domains in which something is provisioned. Each gets a number, and settings even before it has routes, since
 * Kamailio treats calls of a domain without them as the operator's own. A domain that had subscribers before is shared
 * with whoever made these: what is not known there is left alone.
 */
export class Domains {
  readonly #parts: DomainsParts
  readonly #greeted = new Set<string>()

  constructor(parts: DomainsParts) {
    this.#parts = parts
  }

  /** To be called before anything of these things is written. Gives the settings that were written now. */
  async greet(things: readonly AnyThing[]): Promise<KamailioRow[]> {
    const tenants = [...new Set(things.map(({ tenant }) => tenant))].filter((tenant) => tenant !== '*')
    const unknown = tenants.filter((tenant) => !this.#greeted.has(tenant))
    const rows: KamailioRow[] = []
    for (const tenant of unknown) rows.push(...(await this.#greet(tenant)))
    for (const tenant of unknown) this.#greeted.add(tenant)
    return rows
  }

  async isShared(domain: string): Promise<boolean> {
    return (await this.#parts.numbers.find('shared_domain', [domain])).has(domain)
  }

  async #greet(tenant: string): Promise<KamailioRow[]> {
    const { database, numbers, things } = this.#parts
    if (!(await numbers.find('domain', [tenant])).has(tenant)) {
      const there = await database.all('SELECT 1 FROM subscriber WHERE domain = ? LIMIT 1', [tenant])
      if (there.length > 0) await numbers.obtain('shared_domain', [tenant])
      await numbers.obtain('domain', [tenant])
    }
    // its own thing takes care of the settings of one that has routes
    if ((await things.get('route_set', tenant)) !== undefined) return []
    const rows = settingsWithoutRoutes(tenant)
    await database.transaction(async (tx) =>
      writeDifference(tx, 'tk_tenants', compareRows(rows, await readKeys(tx, 'tk_tenants', [tenant]))),
    )
    return rows
  }
}

/** Users call one another from the start, until routes are given that say otherwise. */
const LOCAL: readonly RouteRule[] = [{ kind: 'local', id: 'default' }]

/** Of a domain whose routes were never set. */
export function settingsWithoutRoutes(tenant: string): KamailioRow[] {
  const nobody = () => 0
  return rowsOfRoutes(tenant, LOCAL, {
    tenantNumber: nobody,
    trunkNumber: nobody,
    secret: () => undefined,
    nameOf: () => undefined,
    now: 0,
  })
}
