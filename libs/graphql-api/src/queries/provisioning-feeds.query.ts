import { auditTable, provisionedTable, provisioningItemsTable, THING_KINDS } from '@trunkline/provisioning-views'
import { ApiError } from '../errors/index.js'
import type { AtLeast, AuditFilter, ProvisioningItemsFilter } from '../inputs/provisioning.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { auditNode, provisioningItemNode } from '../nodes/provisioning.nodes.js'
import type { Keyset, PageArguments } from '../paging/index.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { tenantOf } from './provisioning-things.query.js'
import { atRevision } from './provisioning-wait.js'
import { scopeOf } from './scope.js'
import { indexedPage, is } from './served-page.js'
import { isUnindexed } from './served.js'

type Within = readonly (readonly [column: string, value: string])[]

const auditKeyset: Keyset = {
  list: 'audit',
  columns: [
    { column: 'provisioning_audit.at', field: 'at', kind: 'number' },
    { column: 'provisioning_audit.position', field: 'position', kind: 'string' },
  ],
  descending: true,
}

/** Who did what when, newest first. */
export async function findAudit(
  context: ApiContext,
  filter: AuditFilter & { readonly atLeast?: AtLeast | null },
  page: PageArguments,
) {
  checkRange(filter)
  const { reader, viewer } = context
  const { atLeast, stream, actor } = filter
  if (atLeast != null) await atRevision(() => revisionOf(context, atLeast.id), atLeast.revision)
  const tenant = tenantOf(viewer, filter.tenant)
  const table = 'provisioning_audit'
  const keyset = { ...auditKeyset, range: rangeOf(filter) }
  const by = (column: string, value: string) => [`${table}.${column}`, fitted(auditTable, value)] as const
  const unindexed = (column: string, value: string | null | undefined) =>
    value == null ? undefined : isUnindexed(`${table}.${column}`, fitted(auditTable, value))
  let within: Within = tenant === undefined ? [] : [by('tenant', tenant)]
  let rest = [unindexed('actor', actor)]
  if (stream != null) {
    within = [by('stream', stream)]
    rest = [unindexed('tenant', tenant), unindexed('actor', actor)]
  } else if (actor != null && tenant !== undefined) {
    within = [by('tenant', tenant), by('actor', actor)]
    rest = []
  }
  return indexedPage(reader, { table, keyset, within, rest, page }, auditNode)
}

const itemsBy = (...columns: readonly string[]): Keyset => ({
  list: `provisioningItems:${columns.join()}`,
  columns: columns.map((column) => ({ column: `provisioning_items.${column}`, field: column, kind: 'string' })),
  descending: false,
})
const itemsKeyset = itemsBy('kind', 'id', 'target')
const itemsOfKind = itemsBy('id', 'target')
const byTarget = itemsBy('target')

/** How far each thing has come at each target, by kind, id and target. */
export async function findProvisioningItems(
  context: ApiContext,
  filter: ProvisioningItemsFilter & { readonly atLeast?: AtLeast | null },
  page: PageArguments,
) {
  const { reader, viewer } = context
  const { atLeast, state, target, kind, id } = filter
  if ((id ?? target) != null && kind == null) throw new ApiError('BAD_USER_INPUT', 'give the kind of the thing, too')
  if (atLeast != null) await atRevision(() => wantedOf(context, atLeast.id), atLeast.revision)
  const tenant = tenantOf(viewer, filter.tenant)
  const table = 'provisioning_items'
  const column = (name: string) => `${table}.${name}`
  const fit = (value: string) => fitted(provisioningItemsTable, value)
  const of = (name: string, value: string | null | undefined) => is(column(name), value == null ? value : fit(value))
  const unindexed = (name: string, value: string | null | undefined) =>
    value == null ? undefined : isUnindexed(column(name), fit(value))
  if (id != null) {
    // few rows: one for each target
    const within = [[column('kind'), kind!] as const, [column('id'), fit(id)] as const]
    const rest = [unindexed('tenant', tenant), unindexed('state', state), of('target', target)]
    return indexedPage(reader, { table, keyset: byTarget, within, rest, page }, provisioningItemNode)
  }
  const given = [['tenant', tenant] as const, ['state', state] as const, ['kind', kind] as const]
  const within = given.flatMap(([name, value]) => (value == null ? [] : [[column(name), fit(value)] as const]))
  const keyset = kind == null ? itemsKeyset : itemsOfKind
  return indexedPage(reader, { table, keyset, within, rest: [of('target', target)], page }, provisioningItemNode)
}

/** Ids are unique among all kinds but for the ways people write them; what is newest counts. */
async function revisionOf(context: ApiContext, id: string): Promise<{ revision: number } | undefined> {
  const { reader } = context
  const query = builderFor(reader)
    .selectFrom('provisioned')
    .select(['revision', 'tenant'])
    .where('kind', 'in', [...THING_KINDS])
    .where('id', '=', fitted(provisionedTable, id))
  return newest(context, await run(reader, query))
}

async function wantedOf(context: ApiContext, id: string): Promise<{ revision: number } | undefined> {
  const { reader } = context
  const query = builderFor(reader)
    .selectFrom('provisioning_items')
    .select(['wanted_revision as revision', 'tenant'])
    .where('kind', 'in', [...THING_KINDS])
    .where('id', '=', fitted(provisioningItemsTable, id))
  return newest(context, await run(reader, query))
}

function newest({ viewer }: ApiContext, rows: readonly { readonly revision: number; readonly tenant: string }[]) {
  const { tenant } = scopeOf(viewer)
  const own = rows.filter((row) => tenant === undefined || row.tenant === tenant.toLowerCase())
  return own.length === 0 ? undefined : { revision: Math.max(...own.map((row) => Number(row.revision))) }
}
