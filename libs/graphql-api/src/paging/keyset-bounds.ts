import { sql, type RawBuilder } from 'kysely'
import type { Value } from '@trunkline/ports'
import type { Keyset } from './keyset-page.js'

export interface Stretch {
  /** Values of the sort columns after which to begin. */
  readonly after?: readonly Value[] | undefined
  /** Values of the sort columns with which to end, included. */
  readonly until?: readonly Value[] | undefined
  readonly descending: boolean
}

/**
 * The rows of one stretch of a list. The first sort column gets one lower and one upper bound, the tightest of all that
 * hold: of two bounds on one side an engine uses one for its index and walks through what the other leaves out, and
 * MySQL uses none for row comparisons such as (a, b) < (x, y).
 */
export function stretchOf(keyset: Keyset, { after, until, descending }: Stretch): RawBuilder<boolean> {
  const column = sql.ref(keyset.columns[0]!.column)
  const from = keyset.range?.from ?? (keyset.range === undefined ? undefined : 0)
  const to = keyset.range?.to == null ? undefined : keyset.range.to - 1
  const [low, high] = descending ? [until, after] : [after, until]
  const lower = tightest([from, low?.[0]], Math.max)
  const upper = tightest([to, high?.[0]], Math.min)
  const all: RawBuilder<boolean>[] = []
  if (lower !== undefined) all.push(sql<boolean>`${column} >= ${lower}`)
  if (upper !== undefined) all.push(sql<boolean>`${column} <= ${upper}`)
  if (after !== undefined) all.push(compare(keyset, after, descending ? '<' : '>', ''))
  if (until !== undefined) all.push(compare(keyset, until, descending ? '>' : '<', '='))
  return all.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`${sql.join(all, sql` and `)}`
}

function tightest(bounds: readonly (Value | undefined)[], pick: (...n: number[]) => number): Value | undefined {
  const given = bounds.filter((bound) => bound !== undefined && bound !== null)
  const numbers = given.filter((bound) => typeof bound === 'number')
  return numbers.length === given.length && numbers.length > 0 ? pick(...numbers) : given[0]
}

/** (a, b) < (x, y) without row comparison; `orEqual` on the last column takes the place itself in. */
function compare({ columns }: Keyset, values: readonly Value[], operator: '<' | '>', orEqual: '' | '=') {
  const last = columns.length - 1
  let rest = sql<boolean>`${sql.ref(columns[last]!.column)} ${sql.raw(operator + orEqual)} ${values[last]}`
  for (let i = last - 1; i >= 0; i--) {
    const column = sql.ref(columns[i]!.column)
    rest = sql<boolean>`(${column} ${sql.raw(operator)} ${values[i]} or (${column} = ${values[i]} and ${rest}))`
  }
  return rest
}
