import { gatewayNode, parkedRecordNode, switchNode } from '../nodes/other.nodes.js'
import { keysetPage, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { requireAllTenants } from './scope.js'

/** Switches serve every tenant; their state is shown to all who read reports, as it says how far to trust them. */
export async function findSwitches({ reader }: ApiContext) {
  const rows = await run(reader, builderFor(reader).selectFrom('switches').selectAll().orderBy('switch'))
  return rows.map(switchNode)
}

export async function findGateways({ reader }: ApiContext, switchName: string | null | undefined) {
  let query = builderFor(reader).selectFrom('gateways').selectAll().orderBy('switch').orderBy('gateway')
  if (switchName != null) query = query.where('switch', '=', switchName)
  return (await run(reader, query)).map(gatewayNode)
}

const parkedKeyset: Keyset = {
  list: 'parked',
  columns: [
    { column: 'stream', field: 'stream', kind: 'string' },
    { column: 'partition_no', field: 'partition_no', kind: 'number' },
    { column: 'position', field: 'position', kind: 'string' },
    { column: 'projection', field: 'projection', kind: 'string' },
  ],
  descending: false,
}

/** Records of all tenants, raw: for an admin of the platform only. */
export function findParkedRecords({ reader, viewer }: ApiContext, page: PageArguments) {
  requireAllTenants(viewer)
  const query = builderFor(reader).selectFrom('parked_records').selectAll() as AnySelect<Database['parked_records']>
  return keysetPage(reader, { query, keyset: parkedKeyset, page }, parkedRecordNode)
}
