import type { Drift } from '../reactor/target.js'
import type { KamailioDatabase } from './database.js'
import { row } from './row-rules.js'
import { compareRows, readScope, writeDifference } from './table-rows.js'
import { FREESWITCH_SET, PROBED, type KamailioRow } from './tables.js'

/** Set 1 of the dispatcher: the FreeSWITCH servers of the setting FREESWITCH_SIP. */
export function freeswitchRows(addresses: readonly string[]): KamailioRow[] {
  return addresses.map((destination) =>
    row('dispatcher', {
      setid: FREESWITCH_SET,
      destination,
      flags: PROBED,
      priority: 0,
      attrs: '',
      description: 'FreeSWITCH',
    }),
  )
}

/** Nothing is touched when no address is set: then the set is the operator's. */
export async function writeFreeswitchSet(database: KamailioDatabase, rows: readonly KamailioRow[]): Promise<Drift[]> {
  if (rows.length === 0) return []
  const scope = { table: 'dispatcher', column: 'setid', value: FREESWITCH_SET } as const
  const difference = await database.transaction(async (tx) => {
    const found = compareRows(rows, await readScope(tx, scope))
    await writeDifference(tx, 'dispatcher', found)
    return found
  })
  const [missing, surplus, different] = [difference.missing, difference.surplus, difference.different].map(
    (list) => list.length,
  ) as [number, number, number]
  return [{ table: 'dispatcher (FreeSWITCH)', place: 'database', missing, surplus, different, foreign: 0 }]
}
