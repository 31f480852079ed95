import type { ViewStore } from '@trunkline/ports'
import { projectionStatesTable, projectionWritersTable } from './projection-states.js'
import { rebuildsTable } from './rebuild-state.js'
import { parkedRecordsTable } from './tables/node-tables.js'

/** Creates the tables that the work of projectors itself needs. */
export async function createSystemTables(store: ViewStore): Promise<void> {
  await store.createTables([projectionStatesTable, projectionWritersTable, rebuildsTable, parkedRecordsTable])
}
