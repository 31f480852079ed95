import { sql, type RawBuilder } from 'kysely'
import type { ViewReader } from '@trunkline/ports'

/**
 * The rows of one value of the column that the list's index begins with; the list's keyset names it as `within`.
 *
 * MySQL takes an equality for a sign to look the value up and then walk all of its rows, and lets the bounds of the page
 * be, when another index has the bounds too: each page would walk from the newest row. It cannot do that with a range.
 */
export function isWithin(dialect: ViewReader['dialect'], column: string, value: string): RawBuilder<boolean> {
  const ref = sql.ref(column)
  if (dialect === 'sqlite') return sql<boolean>`${ref} = ${value}`
  return sql<boolean>`(${ref} >= ${value} and ${ref} <= ${value})`
}

/**
 * An equality kept from the planner: for queries that a better index serves. Knowing no figures, an engine takes an
 * index of tenants for selective, although most rows may belong to one tenant.
 */
export function isUnindexed(column: string, value: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${sql.ref(column)}, '') = ${value}`
}
