import type { KamailioDatabase, Statements } from './database.js'
import { isKeyed, keyOfRow, textOf, type Plan } from './plan.js'
import { isOurs } from './scopes.js'
import { compareRows, readKeys, readScope, writeDifference } from './table-rows.js'
import { keyOf, TABLE_NAMES, type KamailioRow, type TableName } from './tables.js'

/**
 * Makes the tables be as the plans want them, all or nothing; what is there already is not written again. `keep`: keys
 * that belong to things outside these plans by now.
 */
export async function writePlans(database: KamailioDatabase, plans: readonly Plan[], keep: ReadonlySet<string>) {
  await database.transaction(async (tx) => {
    for (const table of TABLE_NAMES) {
      if (isKeyed(table)) await writeKeyed(tx, table, plans, keep)
      else await writeScoped(tx, table, plans)
    }
  })
}

type Parts = [tx: Statements, table: TableName, plans: readonly Plan[]]

async function writeKeyed(...[tx, table, plans, keep]: [...Parts, ReadonlySet<string>]): Promise<void> {
  const wanted = rowsOf(table, plans)
  const keys = new Set(wanted.map(keyOf))
  for (const key of plans.flatMap((plan) => plan.keys)) {
    if (key.table === table && !keep.has(textOf(key))) keys.add(key.key)
  }
  if (keys.size === 0) return
  const found = await readKeys(tx, table, [...keys])
  await writeDifference(tx, table, compareRows(wanted, found))
}

async function writeScoped(...[tx, table, plans]: Parts): Promise<void> {
  for (const plan of plans) {
    for (const scope of plan.scopes.filter((one) => one.table === table)) {
      const found = await readScope(tx, scope)
      await writeDifference(tx, table, compareRows(rowsOf(table, [plan]), found.filter(isOurs)))
    }
  }
}

/** The last plan counts where two want a row of one key. */
function rowsOf(table: TableName, plans: readonly Plan[]): KamailioRow[] {
  const rows = plans.flatMap((plan) => plan.rows.filter((row) => row.table === table))
  return [...new Map(rows.map((row) => [textOf(keyOfRow(row)), row])).values()]
}
