import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { callPartiesTable, callsTable } from '@trunkline/projection'
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { callNode, type CallNode } from '../nodes/call.node.js'
import { listPage, type AnySelect, type Connection, type Keyset, type PageArguments } from '../paging/index.js'
import type { CallRow, Database } from '../sql/database.js'
import { builderFor, dialectOf, type Builder } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { contains, startsWith } from './like.js'
import { fullUser, scopeOf } from './scope.js'
import { isUnindexed, isWithin } from './served.js'

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
  const asked = filter.user == null ? undefined : fitted(callPartiesTable, fullUser(viewer, filter.user))
  const own = scope.ownUser === undefined ? undefined : fitted(callPartiesTable, scope.ownUser)
  const user = own ?? asked
  const ofBoth = asked !== undefined && asked !== user
  const time = user === undefined ? 'c.started_at' : 'p.started_at'
  const id = user === undefined ? 'c.id' : 'p.call_id'
  const list = (user === undefined ? allCalls(builder) : callsOf(builder, user)) as AnySelect<CallRow>
  const within = user === undefined ? firstOfIndex(filter, scope.tenant) : undefined
  const query = list.where((untyped) => {
    const eb = untyped as unknown as Where
    const all = conditions(dialectOf(builder), eb, filter)
    if (within !== undefined) all.push(isWithin(dialectOf(builder), within.column, within.value))
    if (filter.trunk != null && within?.column !== 'c.trunk')
      all.push(eb('c.trunk', '=', fitted(callsTable, filter.trunk)))
    if (scope.tenant !== undefined && within?.column !== 'c.tenant') all.push(isUnindexed('c.tenant', scope.tenant))
    if (ofBoth) {
      const theirs = builder.selectFrom('call_parties').select('call_id').where('user', '=', asked)
      all.push(eb('c.id', 'in', theirs))
    }
    return eb.and(all)
  })
  const columns = [
    { column: time, field: 'started_at', kind: 'number' as const },
    { column: id, field: 'id', kind: 'string' as const },
  ]
  const keyset: Keyset = {
    list: 'calls',
    columns,
    descending: order === 'desc',
    range: rangeOf(filter),
    ...(within === undefined ? {} : { within: within.column }),
  }
  const onSharedTrunk = within?.column === 'c.trunk' && scope.tenant !== undefined
  const isForeign = user !== undefined && scope.tenant !== undefined && !user.endsWith(`@${scope.tenant}`)
  const isSearch = searches(filter, user !== undefined) || ofBoth || onSharedTrunk || isForeign
  if (!isSearch) return { query, keyset, walked: undefined }
  return { query, keyset, walked: user === undefined ? callKeys(builder, within) : callKeysOf(builder, user) }
}

export function findCalls(
  context: ApiContext,
  filter: CallsFilter,
  page: PageArguments & { readonly orderBy: SortOrder },
): Promise<Connection<CallNode>> {
  return callsPage(context.reader, callsQuery(builderFor(context.reader), context.viewer, filter, page.orderBy), page)
}

export function callsPage(reader: ViewReader, list: CallsQuery, page: PageArguments): Promise<Connection<CallNode>> {
  return listPage(reader, { ...list, page }, callNode)
}

/** True when most rows of the walked index may fail the filter. */
function searches(filter: CallsFilter, byUser: boolean): boolean {
  const { from: _from, to: _to, user: _user, includeHops: _hops, conversationId, trunk, state, ...rest } = filter
  if (conversationId != null || isLiveOnly(state)) return false
  return [...Object.values(rest), state, byUser ? trunk : null].some((value) => value != null)
}

interface Within {
  readonly column: 'c.trunk' | 'c.tenant'
  readonly value: string
}

/** What the index of a list of calls begins with, before the time; undefined when it is the time, or another index serves. */
function firstOfIndex({ conversationId, trunk, state }: CallsFilter, tenant: string | undefined): Within | undefined {
  if (conversationId != null || isLiveOnly(state)) return undefined
  if (trunk != null) return { column: 'c.trunk', value: fitted(callsTable, trunk) }
  return tenant === undefined ? undefined : { column: 'c.tenant', value: tenant }
}

function isLiveOnly(state: CallsFilter['state']): boolean {
  return state != null && !state.includes('ended')
}

function allCalls(builder: Builder) {
  return builder.selectFrom('calls as c').selectAll('c')
}

function callKeys(builder: Builder, within: Within | undefined): AnySelect<object> {
  const keys = builder.selectFrom('calls as c').select(['c.started_at', 'c.id'])
  return within === undefined ? keys : keys.where(isWithin(dialectOf(builder), within.column, within.value))
}

function callKeysOf(builder: Builder, user: string): AnySelect<object> {
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
  const begins = (column: 'c.from_number' | 'c.to_number', prefix: string) =>
    startsWith(dialect, column, fitted(callsTable, prefix))
  if (filter.includeHops !== true) all.push(eb('c.kind', '=', 'call'))
  if (filter.conversationId != null) all.push(eb('c.conversation_id', '=', fitted(callsTable, filter.conversationId)))
  if (filter.fromNumber != null) all.push(begins('c.from_number', filter.fromNumber))
  if (filter.toNumber != null) all.push(begins('c.to_number', filter.toNumber))
  if (number != null) all.push(eb.or([begins('c.from_number', number), begins('c.to_number', number)]))
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
