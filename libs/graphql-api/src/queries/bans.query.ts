import { sql, type RawBuilder } from 'kysely'
import type { BansFilter } from '../inputs/bans-filter.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { banNode } from '../nodes/ban.node.js'
import type { Keyset, PageArguments } from '../paging/index.js'
import type { ApiContext } from './context.js'
import { scopeOf } from './scope.js'
import { is, servedPage } from './served-page.js'

const newestFirst: Keyset = {
  list: 'bans',
  columns: [
    { column: 'bans.set_at', field: 'set_at', kind: 'number' },
    { column: 'bans.id', field: 'id', kind: 'string' },
  ],
  descending: true,
}

/** A tenant's people see the bans of its users; addresses that are silenced as a whole belong to the platform. */
export function findBans({ reader, viewer }: ApiContext, filter: BansFilter, page: PageArguments) {
  checkRange(filter)
  const now = Date.now()
  const keyset = { ...newestFirst, range: rangeOf(filter) }
  const rest = [is('bans.source', filter.source), is('bans.user', filter.user), activeAt(now, filter.active)]
  const within = ['bans.tenant', scopeOf(viewer).tenant] as const
  return servedPage(reader, { table: 'bans', keyset, within, rest, page }, (row) => banNode(row, now))
}

/** One whose end was never told is over when its time is. */
function activeAt(now: number, active: boolean | null | undefined): RawBuilder<boolean> | undefined {
  if (active == null) return undefined
  return active
    ? sql<boolean>`bans.lifted_at is null and bans.expires_at > ${now}`
    : sql<boolean>`(bans.lifted_at is not null or bans.expires_at <= ${now})`
}
