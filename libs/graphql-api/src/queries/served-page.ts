import type { ViewReader } from '@trunkline/ports'
import { sql, type RawBuilder } from 'kysely'
import { listPage, type AnySelect, type Connection, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor } from '../sql/query-builder.js'
import { isWithin } from './served.js'

/** A list of the rows of one table, in the order of one of its indexes. */
export interface ServedPage<T extends keyof Database> {
  readonly table: T
  readonly keyset: Keyset
  /** What the index begins with before the columns of the keyset, and its value; undefined: the index of the keyset alone. */
  readonly within: readonly [column: string, value: string | undefined]
  /** Conditions that the index does not serve: with any of them, the list is searched in windows. */
  readonly rest: readonly (RawBuilder<boolean> | undefined)[]
  readonly page: PageArguments
  /** The primary key has the columns of the keyset too, for all values of the index's first column: not to be walked. */
  readonly notByKey?: boolean
}

export function servedPage<T extends keyof Database, N>(
  reader: ViewReader,
  { within: [column, value], notByKey = false, ...list }: ServedPage<T>,
  toNode: (row: Database[T]) => N,
): Promise<Connection<N>> {
  const within = value === undefined ? [] : [[column, value] as const]
  return indexedPage(reader, { ...list, within, notByKey: notByKey && value !== undefined }, toNode)
}

/** A list of the rows of one table that have one value each in the columns that an index begins with. */
export interface IndexedPage<T extends keyof Database> extends Omit<ServedPage<T>, 'within'> {
  readonly within: readonly (readonly [column: string, value: string])[]
}

export function indexedPage<T extends keyof Database, N>(
  reader: ViewReader,
  { table, keyset, within, rest, page, notByKey = false }: IndexedPage<T>,
  toNode: (row: Database[T]) => N,
): Promise<Connection<N>> {
  const name = table as keyof Database
  const hint = notByKey && reader.dialect === 'mysql' ? sql` ignore index (primary)` : sql``
  const from = builderFor(reader).selectFrom(
    sql<Database[T]>`${sql.table(name)}`.as<typeof name>(sql`${sql.ref(name)}${hint}`),
  )
  const all = from.selectAll(name) as unknown as AnySelect<Database[T]>
  const keys = from.select(
    keyset.columns.map((one) => sql.ref(one.column).as(one.field)),
  ) as unknown as AnySelect<object>
  const conditions = rest.filter((condition) => condition !== undefined)
  const inside = within.map(([column, value]) => isWithin(reader.dialect, column, value))
  const where = <R>(query: AnySelect<R>, these: readonly RawBuilder<boolean>[]) =>
    these.reduce((filtered, condition) => filtered.where(condition), query)
  const list = {
    query: where(all, [...inside, ...conditions]),
    walked: conditions.length === 0 ? undefined : where(keys, inside),
    keyset: { ...keyset, within: within.map(([column]) => column) },
    page,
  }
  return listPage(reader, list, toNode as (row: object) => N)
}

/** `column` has this value, when one is given. */
export function is(column: string, value: string | null | undefined): RawBuilder<boolean> | undefined {
  return value == null ? undefined : sql<boolean>`${sql.ref(column)} = ${value}`
}
