import { sql, type RawBuilder } from 'kysely'

/** The rows of a tenant. */
export function tenantIs(column: string, tenant: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} = ${tenant}`
}

/**
 * The same, kept from the planner: for queries that a better index serves. Knowing no figures, an engine takes an index
 * of tenants for selective, although most rows may belong to one tenant.
 */
export function tenantIsUnindexed(column: string, tenant: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${sql.ref(column)}, '') = ${tenant}`
}
