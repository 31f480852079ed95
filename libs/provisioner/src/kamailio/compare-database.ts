import { THING_KINDS, type AnyThing, type ThingKind } from '@trunkline/provisioning-views'
import { UnfitError } from '../unfit-error.js'
import type { Drift } from '../reactor/target.js'
import { DriftCount, goOn, type CompareParts } from './compare-parts.js'
import { settingsWithoutRoutes } from './domains.js'
import { lookUp } from './look-up.js'
import { isKeyed, planOf, settingOf, type Plan } from './plan.js'
import { isOurs } from './scopes.js'
import { findSurplus } from './surplus.js'
import { compareRows, readKeys, readScope, writeDifference, type FoundRow } from './table-rows.js'
import { keyOf, TABLE_NAMES, type TableName } from './tables.js'

const PAGE = 500

/**
 * Compares all that is wanted with the tables, page by page, and has done once more what differs; then looks for rows
 * of ours that nothing wants.
 */
export async function compareDatabase(parts: CompareParts): Promise<Drift[]> {
  const count = new DriftCount('database')
  const wanted = new Map<TableName, number>()
  for (const table of TABLE_NAMES) count.see(table)
  for (const kind of THING_KINDS) {
    for (let after = ''; ;) {
      goOn(parts)
      const page = (await parts.things.list(kind, { after, limit: PAGE })) as AnyThing[]
      if (page.length === 0) break
      after = page.at(-1)!.id
      await comparePage(page, { parts, count, wanted })
    }
  }
  await compareSettings({ parts, count, wanted })
  await findSurplus(parts, count, wanted)
  return count.drift
}

interface Comparing {
  readonly parts: CompareParts
  readonly count: DriftCount
  /** Rows that are to be there. */
  readonly wanted: Map<TableName, number>
}

async function comparePage(page: readonly AnyThing[], { parts, count, wanted }: Comparing): Promise<void> {
  const first = await differencesOf(page, parts)
  for (const { plan } of first) {
    for (const { table } of plan.rows) wanted.set(table, (wanted.get(table) ?? 0) + 1)
  }
  const suspects = first.filter(({ differs }) => differs.length > 0).map(({ plan }) => plan.thing)
  if (suspects.length === 0) return
  // what was changed while we looked is no drift: only what differs twice, and has nothing to wait for, is
  const fresh: AnyThing[] = []
  for (const kind of new Set(suspects.map((thing) => thing.kind))) {
    const ids = suspects.filter((thing) => thing.kind === kind).map(({ id }) => id)
    fresh.push(...((await parts.things.getMany(kind as ThingKind, ids)) as AnyThing[]))
  }
  const settled = await parts.places.settledAmong(fresh)
  const again = (await differencesOf(settled, parts)).filter(({ differs }) => differs.length > 0)
  for (const { table, kind } of again.flatMap(({ differs }) => differs)) count.add(table, kind)
  await parts.places.again(
    again.map(({ plan }) => plan.thing),
    'differed from what is wanted',
  )
}

interface Differs {
  readonly table: TableName
  readonly kind: 'missing' | 'surplus' | 'different'
}

/** Of each thing, what of its rows is not there as it should be. Those that cannot be written at all are left out. */
async function differencesOf(
  things: readonly AnyThing[],
  parts: CompareParts,
): Promise<{ readonly plan: Plan; readonly differs: readonly Differs[] }[]> {
  const plans = await plansOf(things, parts)
  const keyed = await keyedRows(plans, parts)
  const all: { plan: Plan; differs: Differs[] }[] = []
  for (const plan of plans) {
    const differs: Differs[] = []
    for (const table of TABLE_NAMES) {
      const rows = plan.rows.filter((row) => row.table === table)
      const scope = plan.scopes.find((one) => one.table === table)
      if (rows.length === 0 && scope === undefined) continue
      const found = isKeyed(table)
        ? rows.flatMap((row) => keyed.get(`${table} ${keyOf(row)}`) ?? [])
        : (await readScope(parts.database, scope!)).filter(isOurs)
      const { missing, surplus, different } = compareRows(rows, found)
      differs.push(...missing.map(() => ({ table, kind: 'missing' }) as const))
      differs.push(...surplus.map(() => ({ table, kind: 'surplus' }) as const))
      differs.push(...different.map(() => ({ table, kind: 'different' }) as const))
    }
    all.push({ plan, differs })
  }
  return all
}

async function plansOf(things: readonly AnyThing[], parts: CompareParts): Promise<Plan[]> {
  const known = await lookUp(things, parts)
  const nothing = {
    target: 'kamailio',
    wantedRevision: 0,
    appliedRevision: null,
    state: 'applied',
    reason: null,
    attempts: 0,
    nextAttemptAt: 0,
    changedAt: 0,
    position: '',
    memory: {},
  } as const
  return things.flatMap((thing) => {
    const { kind, id, tenant, name } = thing
    try {
      return [planOf({ ...nothing, kind, id, tenant, name }, thing, known)]
    } catch (error) {
      if (error instanceof UnfitError) return []
      throw error
    }
  })
}

async function keyedRows(plans: readonly Plan[], { database }: CompareParts): Promise<Map<string, FoundRow[]>> {
  const found = new Map<string, FoundRow[]>()
  for (const table of TABLE_NAMES.filter(isKeyed)) {
    const keys = plans.flatMap(({ rows }) => rows.filter((row) => row.table === table).map(keyOf))
    for (const row of await readKeys(database, table, keys)) {
      const key = `${table} ${keyOf(row)}`
      found.set(key, [...(found.get(key) ?? []), row])
    }
  }
  return found
}

/** Settings of domains that have no routes: they are of no thing. */
async function compareSettings({ parts, count, wanted }: Comparing): Promise<void> {
  const { numbers, things, database, nodes, turn, now } = parts
  for (let after = ''; ;) {
    goOn(parts)
    const page = await numbers.names('domain', after, PAGE)
    if (page.length === 0) return
    after = page.at(-1)!
    const routed = new Set((await things.getMany('route_set', page)).map(({ id }) => id))
    const rows = page.filter((tenant) => !routed.has(tenant)).flatMap(settingsWithoutRoutes)
    wanted.set('tk_tenants', (wanted.get('tk_tenants') ?? 0) + rows.length)
    await turn.take(async () => {
      const difference = compareRows(rows, await readKeys(database, 'tk_tenants', rows.map(keyOf)))
      const { missing, different } = difference
      if (missing.length + different.length === 0) return
      count.add('tk_tenants', 'missing', missing.length)
      count.add('tk_tenants', 'different', different.length)
      await database.transaction((tx) => writeDifference(tx, 'tk_tenants', difference))
      const changed = [...missing, ...different.map((one) => one.wanted)]
      await Promise.all(nodes.map((node) => node.run(changed.map((row) => settingOf(row, now())))))
    })
  }
}
