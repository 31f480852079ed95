import { sql, type SelectQueryBuilder } from 'kysely'
import type { Value, ViewReader } from '@trunkline/ports'
import type { Database } from '../sql/database.js'
import { run } from '../sql/query-builder.js'
import { stretchOf } from './keyset-bounds.js'
import { decodeKeyset, encodeKeyset } from './keyset-cursor.js'
import { pageRequest, type PageArguments, type PageRequest } from './page-request.js'

export interface SortColumn {
  /** `table.column` as the query names it. */
  readonly column: string
  /** Name of the value in the row. */
  readonly field: string
  readonly kind: 'string' | 'number'
}

/** How a list is sorted: all columns in one direction, the last one making the order total. */
export interface Keyset {
  /** Name that its cursors carry. */
  readonly list: string
  readonly columns: readonly SortColumn[]
  readonly descending: boolean
  /**
   * Columns that a condition of the list holds to one value each, and that the list's index begins with. They are named
   * in the order too, so that an engine that does not see that they are constant still takes the rows as they stand in
   * the index.
   */
  readonly within?: string | readonly string[]
  /** What the first sort column begins with, when it is text. */
  readonly prefix?: string | undefined
  /** For a list sorted by time, ms: `from` is included, `to` is not. */
  readonly range?: { readonly from?: number | null; readonly to?: number | null }
}

export interface Connection<N> {
  readonly edges: readonly { readonly cursor: string; readonly node: N }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- any table or join can be paged */
export type AnySelect<R> = SelectQueryBuilder<Database, any, R>

/** Adds order, start and limit to a query. Never OFFSET: a page costs the same wherever it lies. */
export function keysetQuery<R>(query: AnySelect<R>, keyset: Keyset, page: PageArguments): AnySelect<R> {
  const { limit, backward, cursor } = pageRequest(page)
  const descending = keyset.descending !== backward
  const kinds = keyset.columns.map((column) => column.kind)
  const after = cursor === undefined ? undefined : decodeKeyset(keyset.list, cursor, kinds)
  return orderedBy(query.where(stretchOf(keyset, { after, descending })).limit(limit + 1), keyset, descending)
}

export function orderedBy<R>(query: AnySelect<R>, { columns, within }: Keyset, descending: boolean): AnySelect<R> {
  let ordered = query
  const names = columns.map(({ column }) => column)
  for (const column of [within ?? [], names].flat())
    ordered = ordered.orderBy(sql.ref(column), descending ? 'desc' : 'asc')
  return ordered
}

/** Runs one page of a query and tells whether there is more on either side. */
export async function keysetPage<R extends object, N>(
  reader: ViewReader,
  request: { query: AnySelect<R>; keyset: Keyset; page: PageArguments },
  toNode: (row: R) => N,
): Promise<Connection<N>> {
  const { keyset, page } = request
  const rows = await run(reader, keysetQuery(request.query, keyset, page))
  return connection({ rows, keyset, ...pageRequest(page) }, toNode)
}

/** The connection of rows as they were read: in reading order, with one more than the page when there is more. */
export function connection<R extends object, N>(
  read: PageRequest & { readonly rows: readonly R[]; readonly keyset: Keyset },
  toNode: (row: R) => N,
): Connection<N> {
  const { rows, limit, backward, cursor, keyset } = read
  const more = rows.length > limit
  const page = rows.slice(0, limit)
  if (backward) page.reverse()
  const edges = page.map((row) => ({ cursor: cursorOf(keyset, row), node: toNode(row) }))
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? cursor !== undefined : more,
      hasPreviousPage: backward ? more : cursor !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

export function cursorOf(keyset: Keyset, row: object): string {
  return encodeKeyset(
    keyset.list,
    keyset.columns.map(({ field }) => (row as Record<string, Value>)[field] ?? null),
  )
}
