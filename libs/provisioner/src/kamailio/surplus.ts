import type { CompareParts } from './compare-parts.js'
import { goOn, type DriftCount } from './compare-parts.js'
import type { NodeCommand } from './kamailio-node.js'
import { deletionOf, isHtable } from './plan.js'
import type { ReloadMethod } from './reload-window.js'
import { deleteRows, readPage, type Condition, type FoundRow } from './table-rows.js'
import { FIRST_TRUNK_SET, keyOf, TABLE_NAMES, TRUNK_GROUP, type TableName } from './tables.js'
import { isWanted } from './wanted.js'

const PAGE = 500
const ALL: Condition = { where: '1 = 1', parameters: [] }

/** Rows that are ours if anybody's. Those of subscribers depend on the domain. */
const OURS: Readonly<Record<Exclude<TableName, 'subscriber'>, Condition>> = {
  tk_names: ALL,
  tk_blocked: ALL,
  tk_dids: ALL,
  tk_trunks: ALL,
  // limits of the whole server are the operator's
  tk_tenants: { where: 'key_name <> ?', parameters: ['*'] },
  dispatcher: { where: 'setid >= ?', parameters: [FIRST_TRUNK_SET] },
  uacreg: { where: 'l_uuid LIKE ?', parameters: ['________-____-____-____-____________'] },
  address: { where: 'grp = ?', parameters: [TRUNK_GROUP] },
  dialplan: ALL,
  mtree: { where: 'tname = ?', parameters: ['routes'] },
}

const RELOADS: Partial<Record<TableName, ReloadMethod>> = {
  dispatcher: 'dispatcher.reload',
  address: 'permissions.addressReload',
  dialplan: 'dialplan.reload',
  mtree: 'mtree.reload',
}

/** Takes rows away that are ours and that nothing wants. Only tables with more rows than are wanted are walked through. */
export async function findSurplus(
  parts: CompareParts,
  count: DriftCount,
  wanted: ReadonlyMap<TableName, number>,
): Promise<void> {
  for (const table of TABLE_NAMES) {
    for (const condition of await conditionsOf(table, parts)) {
      goOn(parts)
      const [row] = await parts.database.all<{ n: number }>(
        `SELECT COUNT(*) AS n FROM \`${table}\` WHERE ${condition.where}`,
        condition.parameters,
      )
      // a row that is missing must not make up for one that is too many
      const most = table === 'subscriber' ? 0 : (wanted.get(table) ?? 0) - count.missing(table)
      if (Number(row?.n ?? 0) > most) await walk(table, { parts, count, condition })
    }
  }
}

/** Of subscribers, the domains in which something is provisioned. */
async function conditionsOf(table: TableName, { numbers }: CompareParts): Promise<Condition[]> {
  if (table !== 'subscriber') return [OURS[table]]
  const conditions: Condition[] = []
  for (let after = ''; ;) {
    const page = await numbers.names('domain', after, PAGE)
    if (page.length === 0) return conditions
    after = page.at(-1)!
    conditions.push({ where: `domain IN (${page.map(() => '?').join(', ')})`, parameters: page })
  }
}

interface Walk {
  readonly parts: CompareParts
  readonly count: DriftCount
  readonly condition: Condition
}

async function walk(table: TableName, { parts, count, condition }: Walk): Promise<void> {
  const { database, turn } = parts
  let reload = false
  for (let after = 0; ;) {
    goOn(parts)
    const page = await readPage(database, table, { ...condition, after, limit: PAGE })
    if (page.length === 0) break
    after = page.at(-1)!.id
    const suspects: FoundRow[] = []
    for (const row of page) if ((await isWanted(row, parts)) === false) suspects.push(row)
    if (suspects.length === 0) continue
    await turn.take(async () => {
      const surplus: FoundRow[] = []
      for (const row of suspects) {
        const verdict = (await isWanted(row, parts)) ? 'wanted' : await ownership(row, parts)
        if (verdict === 'foreign') count.add(table, 'foreign')
        if (verdict === 'ours') surplus.push(row)
      }
      count.add(table, 'surplus', surplus.length)
      await deleteRows(database, table, surplus)
      reload ||= surplus.length > 0
      await Promise.all(parts.nodes.map((node) => node.run(surplus.map(removalOf))))
    })
  }
  const method = RELOADS[table]
  if (reload && method !== undefined) await Promise.allSettled(parts.nodes.map((node) => node.reload(method)))
}

/** Unknown subscribers of a shared domain, and dialplans with numbers that we never gave, are of somebody else. */
async function ownership({ table, cells }: FoundRow, { domains, numbers }: CompareParts): Promise<'ours' | 'foreign'> {
  if (table === 'subscriber') return (await domains.isShared(String(cells['domain']))) ? 'foreign' : 'ours'
  if (table !== 'dialplan') return 'ours'
  return (await numbers.nameOf('tenant', Number(cells['dpid']))) === undefined ? 'foreign' : 'ours'
}

function removalOf(row: FoundRow): NodeCommand[] {
  const { table, cells } = row
  if (isHtable(table)) return [deletionOf(table, keyOf(row))]
  if (table === 'uacreg')
    return [{ method: 'uac.reg_remove', parameters: [String(cells['l_uuid'])], unless: /not found/i }]
  if (table !== 'subscriber') return []
  return [
    {
      method: 'ul.rm',
      parameters: ['location', `${String(cells['username']).toLowerCase()}@${String(cells['domain'])}`],
    },
  ]
}
