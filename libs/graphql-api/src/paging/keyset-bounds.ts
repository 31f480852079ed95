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
  const lower = tightest([from, keyset.prefix, low?.[0]], 1)
  const upper = tightest([to, keyset.prefix && lastOf(keyset.prefix), high?.[0]], -1)
  const all: RawBuilder<boolean>[] = []
  if (lower !== undefined) all.push(sql<boolean>`${column} >= ${lower}`)
  if (upper !== undefined) all.push(sql<boolean>`${column} <= ${upper}`)
  if (after !== undefined) all.push(compare(keyset, after, descending ? '<' : '>', ''))
  if (until !== undefined) all.push(compare(keyset, until, descending ? '>' : '<', '='))
  return all.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`${sql.join(all, sql` and `)}`
}

/** The greatest (sign 1) or least (sign -1) of the bounds that are given; those of one column are of one kind. */
function tightest(bounds: readonly (Value | undefined)[], sign: 1 | -1): Value | undefined {
  const given = bounds.filter((bound) => bound !== undefined && bound !== null)
  return given.reduce<Value | undefined>((best, bound) => (isTighter(bound, best, sign) ? bound : best), undefined)
}

function isTighter(bound: string | number, best: Value | undefined, sign: 1 | -1): boolean {
  if (best === undefined || best === null) return true
  return sign === 1 ? bound > best : bound < best
}

/** After everything of this beginning that people type: no text that is kept holds the last character there is. */
function lastOf(prefix: string): string {
  return `${prefix}\u{10FFFF}`
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
