import { sql, type SelectQueryBuilder } from 'kysely'
import type { Value, ViewReader } from '@trunkline/ports'
import type { Database } from '../sql/database.js'
import { run } from '../sql/query-builder.js'
import { decodeKeyset, encodeKeyset } from './keyset-cursor.js'
import { pageRequest, type PageArguments } from './page-request.js'

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
  let paged = query.limit(limit + 1)
  for (const { column } of keyset.columns) paged = paged.orderBy(sql.ref(column), descending ? 'desc' : 'asc')
  if (cursor === undefined) return paged
  const values = decodeKeyset(
    keyset.list,
    cursor,
    keyset.columns.map((column) => column.kind),
  )
  return paged.where(beyond(keyset, values, descending))
}

/** Runs one page of a query and tells whether there is more on either side. */
export async function keysetPage<R extends object, N>(
  reader: ViewReader,
  request: { query: AnySelect<R>; keyset: Keyset; page: PageArguments },
  toNode: (row: R) => N,
): Promise<Connection<N>> {
  const { limit, backward, cursor } = pageRequest(request.page)
  const rows = await run(reader, keysetQuery(request.query, request.keyset, request.page))
  const more = rows.length > limit
  const page = more ? rows.slice(0, limit) : rows
  if (backward) page.reverse()
  const edges = page.map((row) => ({ cursor: cursorOf(request.keyset, row), node: toNode(row) }))
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

function cursorOf(keyset: Keyset, row: object): string {
  return encodeKeyset(
    keyset.list,
    keyset.columns.map(({ field }) => (row as Record<string, Value>)[field] ?? null),
  )
}

/**
 * (a, b) < (x, y) written so that both engines walk the index from that place: MySQL does not use an index for
 * row comparisons, so the first column is bounded on its own.
 */
function beyond({ columns }: Keyset, values: readonly Value[], descending: boolean) {
  const operator = sql.raw(descending ? '<' : '>')
  const bound = sql.raw(descending ? '<=' : '>=')
  const first = columns[0]!
  if (columns.length === 1) return sql<boolean>`${sql.ref(first.column)} ${operator} ${values[0]}`
  let rest = sql<boolean>`${sql.ref(columns.at(-1)!.column)} ${operator} ${values.at(-1)}`
  for (let i = columns.length - 2; i >= 0; i--) {
    const column = sql.ref(columns[i]!.column)
    rest = sql<boolean>`(${column} ${operator} ${values[i]} or (${column} = ${values[i]} and ${rest}))`
  }
  return sql<boolean>`${sql.ref(first.column)} ${bound} ${values[0]} and ${rest}`
}
