import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { callNode, type CallNode } from '../nodes/call.node.js'
import {
  keysetPage,
  windowedPage,
  type AnySelect,
  type Connection,
  type Keyset,
  type PageArguments,
} from '../paging/index.js'
import type { CallRow, Database } from '../sql/database.js'
import { builderFor, dialectOf, type Builder } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { contains, startsWith } from './like.js'
import { fullUser, scopeOf } from './scope.js'
import { tenantIs, tenantIsUnindexed } from './tenant-is.js'

export type SortOrder = 'asc' | 'desc'
type CallsView = Database & { c: CallRow; p: Database['call_parties'] }
type Where = ExpressionBuilder<CallsView, 'c' | 'p'>

export interface CallsQuery {
  readonly query: AnySelect<CallRow>
  /** The same list with what its index serves alone; undefined when the index serves all. */
  readonly walked: AnySelect<object> | undefined
  readonly keyset: Keyset
}

/**
 * The list of calls that a viewer may see and a filter leaves. Lists about a user walk the index of
 * `call_parties`, all others an index of `calls` in time order.
 */
export function callsQuery(builder: Builder, viewer: Viewer, filter: CallsFilter, order: SortOrder): CallsQuery {
  checkRange(filter)
  const scope = scopeOf(viewer)
  const asked = filter.user == null ? undefined : fullUser(viewer, filter.user)
  const user = scope.ownUser ?? asked
  const time = user === undefined ? 'c.started_at' : 'p.started_at'
  const id = user === undefined ? 'c.id' : 'p.call_id'
  const list = (user === undefined ? allCalls(builder) : callsOf(builder, user)) as AnySelect<CallRow>
  const ofTenant = servedByIndex(filter) ? tenantIsUnindexed : tenantIs
  const query = list.where((untyped) => {
    const eb = untyped as unknown as Where
    const all = conditions(dialectOf(builder), eb, filter)
    if (scope.tenant !== undefined) all.push(ofTenant('c.tenant', scope.tenant))
    if (asked !== undefined && asked !== user) {
      const theirs = builder.selectFrom('call_parties').select('call_id').where('user', '=', asked)
      all.push(eb('c.id', 'in', theirs))
    }
    return eb.and(all)
  })
  const columns = [
    { column: time, field: 'started_at', kind: 'number' as const },
    { column: id, field: 'id', kind: 'string' as const },
  ]
  const walked = () => {
    if (user !== undefined) return callKeysOf(builder, user) as AnySelect<object>
    const { trunk } = filter
    const keys = trunk == null ? allCallKeys(builder) : allCallKeys(builder).where('c.trunk', '=', trunk)
    return (scope.tenant === undefined ? keys : keys.where(ofTenant('c.tenant', scope.tenant))) as AnySelect<object>
  }
  const keyset = { list: 'calls', columns, descending: order === 'desc', range: rangeOf(filter) }
  return { query, keyset, walked: searches(filter, user !== undefined) ? walked() : undefined }
}

export function findCalls(
  context: ApiContext,
  filter: CallsFilter,
  page: PageArguments & { readonly orderBy: SortOrder },
): Promise<Connection<CallNode>> {
  return callsPage(context.reader, callsQuery(builderFor(context.reader), context.viewer, filter, page.orderBy), page)
}

export function callsPage(reader: ViewReader, list: CallsQuery, page: PageArguments): Promise<Connection<CallNode>> {
  const { walked, query, keyset } = list
  if (walked === undefined) return keysetPage(reader, { query, keyset, page }, callNode)
  return windowedPage(reader, { query, walked, keyset, page }, callNode)
}

/** True when most rows of the walked index may fail the filter. */
function searches(filter: CallsFilter, byUser: boolean): boolean {
  const { from: _from, to: _to, user: _user, includeHops: _hops, conversationId, trunk, state, ...rest } = filter
  if (conversationId != null || isLiveOnly(state)) return false
  return [...Object.values(rest), state, byUser ? trunk : null].some((value) => value != null)
}

/** Filters whose own index finds few rows, or gives them in time order. */
function servedByIndex({ conversationId, trunk, state }: CallsFilter): boolean {
  return conversationId != null || trunk != null || isLiveOnly(state)
}

function isLiveOnly(state: CallsFilter['state']): boolean {
  return state != null && !state.includes('ended')
}

function allCalls(builder: Builder) {
  return builder.selectFrom('calls as c').selectAll('c')
}

function allCallKeys(builder: Builder) {
  return builder.selectFrom('calls as c').select(['c.started_at', 'c.id'])
}

function callKeysOf(builder: Builder, user: string) {
  return builder.selectFrom('call_parties as p').select(['p.started_at', 'p.call_id as id']).where('p.user', '=', user)
}

function callsOf(builder: Builder, user: string) {
  return builder
    .selectFrom('call_parties as p')
    .innerJoin('calls as c', 'c.id', 'p.call_id')
    .selectAll('c')
    .where('p.user', '=', user)
}

function conditions(dialect: ViewReader['dialect'], eb: Where, filter: CallsFilter): Expression<SqlBool>[] {
  const all: Expression<SqlBool>[] = []
  const { state, disposition, number, text } = filter
  if (filter.includeHops !== true) all.push(eb('c.kind', '=', 'call'))
  if (filter.conversationId != null) all.push(eb('c.conversation_id', '=', filter.conversationId))
  if (filter.fromNumber != null) all.push(startsWith(dialect, 'c.from_number', filter.fromNumber))
  if (filter.toNumber != null) all.push(startsWith(dialect, 'c.to_number', filter.toNumber))
  if (number != null)
    all.push(eb.or([startsWith(dialect, 'c.from_number', number), startsWith(dialect, 'c.to_number', number)]))
  if (filter.trunk != null) all.push(eb('c.trunk', '=', filter.trunk))
  if (filter.direction != null) all.push(eb('c.direction', '=', filter.direction))
  if (disposition != null) all.push(eb('c.disposition', 'in', disposition))
  if (filter.cause != null) all.push(eb('c.cause', '=', filter.cause))
  if (filter.minDurationMs != null) all.push(eb('c.talk_ms', '>=', filter.minDurationMs))
  if (filter.maxDurationMs != null) all.push(eb('c.talk_ms', '<=', filter.maxDurationMs))
  if (filter.minMos != null) all.push(eb('c.mos', '>=', filter.minMos))
  if (filter.maxMos != null) all.push(eb('c.mos', '<=', filter.maxMos))
  if (filter.queue != null) all.push(eb('c.queue_name', '=', filter.queue))
  if (filter.conference != null) all.push(eb('c.conference_name', '=', filter.conference))
  if (state != null) all.push(stateIs(eb, state))
  if (text != null && text !== '') all.push(eb.or(TEXT_COLUMNS.map((column) => contains(dialect, column, text))))
  return all
}

const TEXT_COLUMNS = ['c.from_number', 'c.from_name', 'c.from_user', 'c.to_number', 'c.to_name', 'c.to_user']
const STATES = ['started', 'ringing', 'answered', 'held', 'unknown', 'ended']

/** Nearly all calls have ended: a list that takes them and others must walk in time order, not sort what an index finds. */
function stateIs(eb: Where, states: readonly string[]) {
  if (states.length === 1) return eb('c.state', '=', states[0]!)
  if (!states.includes('ended')) return eb('c.state', 'in', states)
  return eb('c.state', 'not in', STATES.filter((state) => !states.includes(state)).concat(''))
}
