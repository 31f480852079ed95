/** The memory of one node against the tables: what it loads at its start is what it should have now. */
import { KamailioRpcError } from '@trunkline/kamailio'
import type { Drift } from '../reactor/target.js'
import { compareAddresses, compareDialplans, compareDispatcher, compareTree } from './compare-loaded.js'
import { DriftCount, goOn, type CompareParts } from './compare-parts.js'
import { compareRegistrations } from './compare-registrations.js'
import type { KamailioNode } from './kamailio-node.js'
import { deletionOf, settingOf } from './plan.js'
import { readKeys, readPage, type FoundRow } from './table-rows.js'
import { HTABLES, keyOf, type HtableTable } from './tables.js'

const PAGE = 500
/** A node that lacks the memory to show all entries in one reply does not answer at all: more than these are asked for one by one. */
const DUMP_AT_MOST = 500

export async function compareNode(node: KamailioNode, parts: CompareParts): Promise<Drift[]> {
  const count = new DriftCount(node.name)
  for (const table of Object.keys(HTABLES) as HtableTable[]) {
    count.see(HTABLES[table])
    await compareHtable(table, { node, parts, count })
  }
  const comparing = { node, parts, count }
  await compareDispatcher(comparing)
  await compareAddresses(comparing)
  await compareDialplans(comparing)
  await compareTree(comparing)
  await compareRegistrations(comparing)
  return count.drift
}

export interface ComparingNode {
  readonly node: KamailioNode
  readonly parts: CompareParts
  readonly count: DriftCount
}

async function compareHtable(table: HtableTable, comparing: ComparingNode): Promise<void> {
  const { node, parts } = comparing
  const size = await sizeOf(node, HTABLES[table])
  const shown = size <= DUMP_AT_MOST ? await dump(node, HTABLES[table]) : undefined
  for (let after = 0; ;) {
    goOn(parts)
    const page = await readPage(parts.database, table, { where: '1 = 1', parameters: [], after, limit: PAGE })
    if (page.length === 0) break
    after = page.at(-1)!.id
    const suspects: string[] = []
    for (const row of page) {
      const value = shown === undefined ? await valueOf(node, table, keyOf(row)) : shown.get(keyOf(row))
      shown?.delete(keyOf(row))
      if (!isAlive(row, parts)) continue
      if (value !== String(row.cells['key_value'])) suspects.push(keyOf(row))
    }
    await repair(table, suspects, comparing)
  }
  if (shown !== undefined) await repair(table, [...shown.keys()], comparing)
  else await reloadSurplus(table, comparing)
}

/**
 * Which ones are too many cannot be seen, but all can be loaded anew. Nothing is changed meanwhile: what is set after the
 * node has read the table would be lost, and what is new taken for too many.
 */
async function reloadSurplus(table: HtableTable, { node, parts, count }: ComparingNode): Promise<void> {
  await parts.turn.take(async () => {
    const [row] = await parts.database.all<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)
    const surplus = (await sizeOf(node, HTABLES[table])) - Number(row?.n ?? 0)
    if (surplus <= 0) return
    count.add(HTABLES[table], 'surplus', surplus)
    await node.call('htable.reload', [HTABLES[table]])
  })
}

/** Looks once more, while nothing is changed, before it sets a key to what its row says, or takes it away. */
async function repair(
  table: HtableTable,
  keys: readonly string[],
  { node, parts, count }: ComparingNode,
): Promise<void> {
  if (keys.length === 0) return
  await parts.turn.take(async () => {
    const found = await readKeys(parts.database, table, keys)
    const rows = new Map(found.filter((row) => isAlive(row, parts)).map((row) => [keyOf(row), row]))
    for (const key of keys) {
      const row = rows.get(key)
      const value = await valueOf(node, table, key)
      if (value === (row === undefined ? undefined : String(row.cells['key_value']))) continue
      count.add(HTABLES[table], row === undefined ? 'surplus' : value === undefined ? 'missing' : 'different')
      const [problem] = await node.run([row === undefined ? [deletionOf(table, key)] : settingOf(row, parts.now())])
      if (problem !== undefined) throw problem
    }
  })
}

function isAlive({ cells }: FoundRow, { now }: CompareParts): boolean {
  const expires = Number(cells['expires'])
  return expires === 0 || expires * 1000 > now()
}

async function sizeOf(node: KamailioNode, name: string): Promise<number> {
  const stats = asList(await node.call('htable.stats')) as { name?: unknown; all?: unknown }[]
  return Number(stats.find((one) => one.name === name)?.all ?? 0)
}

interface Slot {
  readonly slot?: readonly { readonly name?: unknown; readonly value?: unknown }[]
}

async function dump(node: KamailioNode, name: string): Promise<Map<string, string>> {
  const entries = asList(await node.call('htable.dump', [name])) as Slot[]
  const items = entries.flatMap(({ slot }) => slot ?? [])
  return new Map(items.map((item) => [String(item.name), String(item.value)]))
}

async function valueOf(node: KamailioNode, table: HtableTable, key: string): Promise<string | undefined> {
  try {
    const found = (await node.call('htable.get', [HTABLES[table], key])) as { item?: { value?: unknown } } | null
    return found?.item?.value === undefined ? undefined : String(found.item.value)
  } catch (error) {
    if (error instanceof KamailioRpcError && /doesn't exist/i.test(error.message)) return undefined
    throw error
  }
}

/** Kamailio shows a list of one as the one, and an empty one as nothing. */
export function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? [value] : []
}
