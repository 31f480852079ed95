import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Value, ViewReader } from '@trunkline/ports'
import { run } from '../sql/query-builder.js'
import { stretchOf } from './keyset-bounds.js'
import { decodeKeyset } from './keyset-cursor.js'
import {
  connection,
  cursorOf,
  keysetPage,
  orderedBy,
  type AnySelect,
  type Connection,
  type Keyset,
} from './keyset-page.js'
import { pageRequest, type PageArguments } from './page-request.js'

/**
 * Rows of the index that one statement walks: a few ms, so that nobody else waits for a search that finds little; and
 * how many windows one request may walk before it answers with what it has, and a cursor to search on from.
 */
export const WINDOW = { rows: 5000, most: 100 }

export interface WindowedRequest<R> {
  /** The list with all conditions. */
  readonly query: AnySelect<R>
  /** The list with those conditions alone that its index serves: what is walked. Selects the columns of the keyset. */
  readonly walked: AnySelect<object>
  readonly keyset: Keyset
  readonly page: PageArguments
  /** Rows of a window, and windows of a request. */
  readonly window?: { readonly rows: number; readonly most: number }
}

/** A page of a list; `walked` is undefined when an index serves all its conditions. */
export function listPage<R extends object, N>(
  reader: ViewReader,
  { walked, ...request }: Omit<WindowedRequest<R>, 'walked'> & { readonly walked: AnySelect<object> | undefined },
  toNode: (row: R) => N,
): Promise<Connection<N>> {
  if (walked === undefined) return keysetPage(reader, request, toNode)
  return windowedPage(reader, { ...request, walked }, toNode)
}

/**
 * A page of a list whose conditions no index serves: walks the index in windows. The page may be shorter than asked
 * for, and even empty, with `hasNextPage` true: the search went as far as one request may.
 */
export async function windowedPage<R extends object, N>(
  reader: ViewReader,
  request: WindowedRequest<R>,
  toNode: (row: R) => N,
): Promise<Connection<N>> {
  const { keyset, query, walked, window = WINDOW } = request
  const { limit, backward, cursor } = pageRequest(request.page)
  const kinds = keyset.columns.map((column) => column.kind)
  const descending = keyset.descending !== backward
  const rows: R[] = []
  let after: readonly Value[] | undefined = cursor === undefined ? undefined : decodeKeyset(keyset.list, cursor, kinds)
  let stoppedAt: object | undefined
  for (let windows = 0; ; windows++) {
    if (windows === window.most) break
    const edge = walked
      .where(stretchOf(keyset, { after, descending }))
      .limit(1)
      .offset(window.rows - 1)
    const [last] = await run(reader, orderedBy(edge, keyset, descending))
    const until = last === undefined ? undefined : valuesOf(keyset, last)
    const inside = query.where(stretchOf(keyset, { after, until, descending })).limit(limit + 1 - rows.length)
    rows.push(...(await run(reader, orderedBy(inside, keyset, descending))))
    stoppedAt = last
    if (rows.length > limit || last === undefined) break
    after = until
    await nextTurn()
  }
  const found = connection({ rows, limit, backward, cursor, keyset }, toNode)
  if (rows.length > limit || stoppedAt === undefined) return found
  const place = cursorOf(keyset, stoppedAt)
  const more = backward ? { hasPreviousPage: true, startCursor: place } : { hasNextPage: true, endCursor: place }
  return { ...found, pageInfo: { ...found.pageInfo, ...more } }
}

function valuesOf({ columns }: Keyset, row: object): Value[] {
  return columns.map(({ field }) => (row as Record<string, Value>)[field] ?? null)
}
