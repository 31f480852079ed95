import { activityTable, messagesTable } from '@trunkline/projection'
import type { AuthenticationFailuresFilter, MessagesFilter, RecordingsFilter } from '../inputs/feed-filters.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { activityNode, authenticationFailureNode, messageNode, recordingNode } from '../nodes/other.nodes.js'
import { keysetPage, keysetQuery, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { startsWith } from './like.js'
import { is, servedPage } from './served-page.js'
import { isUnindexed } from './served.js'
import { fullUser, scopeOf, visibleUser } from './scope.js'

const newest = (table: string, time: string): Keyset => ({
  list: table,
  columns: [
    { column: `${table}.${time}`, field: time, kind: 'number' },
    { column: `${table}.id`, field: 'id', kind: 'string' },
  ],
  descending: true,
})
const recordingsKeyset = newest('recordings', 'started_at')
const messagesKeyset = newest('messages', 'received_at')
const activityKeyset = newest('activity', 'at')
const failuresKeyset = newest('authentication_failures', 'at')

export function findRecordings({ reader, viewer }: ApiContext, filter: RecordingsFilter, page: PageArguments) {
  checkRange(filter)
  const { tenant, ownUser } = scopeOf(viewer)
  const keyset = { ...recordingsKeyset, range: rangeOf(filter) }
  const state = is('recordings.state', filter.state)
  if (ownUser === undefined) {
    const list = { table: 'recordings', keyset, within: ['recordings.tenant', tenant], rest: [state] } as const
    return servedPage(reader, { ...list, page }, recordingNode)
  }
  const builder = builderFor(reader)
  const own = builder.selectFrom('call_parties').select('call_id').where('user', '=', ownUser)
  let query = builder.selectFrom('recordings').selectAll('recordings').where('recordings.call_id', 'in', own)
  if (state !== undefined) query = query.where(state)
  if (tenant !== undefined) query = query.where(isUnindexed('recordings.tenant', tenant))
  return keysetPage(reader, { query: query as AnySelect<Database['recordings']>, keyset, page }, recordingNode)
}

export function findMessages(context: ApiContext, filter: MessagesFilter, page: PageArguments) {
  checkRange(filter)
  const { reader, viewer } = context
  const { tenant, ownUser } = scopeOf(viewer)
  const asked = filter.user == null ? undefined : fullUser(viewer, filter.user)
  const users = [ownUser, asked].filter((one) => one !== undefined)
  const [user, other] = [...new Set(users.map((one) => fitted(messagesTable, one)))]
  const keyset = { ...messagesKeyset, range: rangeOf(filter) }
  const state = is('messages.state', filter.state)
  if (user === undefined) {
    const list = { table: 'messages', keyset, within: ['messages.tenant', tenant], rest: [state] } as const
    return servedPage(reader, { ...list, page }, messageNode)
  }
  // Each side of a user's messages is a walk along its own index; either has all that the page can need.
  const builder = builderFor(reader)
  const side = (column: 'messages.from_user' | 'messages.to_user') => {
    let query = builder.selectFrom('messages').select('messages.id').where(column, '=', user)
    if (state !== undefined) query = query.where(state)
    if (tenant !== undefined) query = query.where(isUnindexed('messages.tenant', tenant))
    if (other !== undefined) {
      query = query.where((eb) => eb.or([eb('messages.from_user', '=', other), eb('messages.to_user', '=', other)]))
    }
    const some = keysetQuery(query as AnySelect<{ id: string }>, keyset, page)
    return builder.selectFrom(some.as('side')).select('side.id')
  }
  const found = side('messages.from_user').union(side('messages.to_user'))
  const query = builder
    .selectFrom(found.as('found'))
    .innerJoin('messages', 'messages.id', 'found.id')
    .selectAll('messages') as unknown as AnySelect<Database['messages']>
  return keysetPage(reader, { query, keyset, page }, messageNode)
}

export function findActivity({ reader, viewer }: ApiContext, asked: string, page: PageArguments) {
  const { tenant } = scopeOf(viewer)
  const user = fitted(activityTable, visibleUser(viewer, asked))
  let query = builderFor(reader).selectFrom('activity').selectAll('activity').where('activity.user', '=', user)
  if (tenant !== undefined) query = query.where(isUnindexed('activity.tenant', tenant))
  const all = query as AnySelect<Database['activity']>
  return keysetPage(reader, { query: all, keyset: { ...activityKeyset, range: {} }, page }, activityNode)
}

export function findAuthenticationFailures(
  { reader, viewer }: ApiContext,
  filter: AuthenticationFailuresFilter,
  page: PageArguments,
) {
  checkRange(filter)
  const { tenant } = scopeOf(viewer)
  const { user, source } = filter
  const from = source == null ? undefined : startsWith(reader.dialect, 'authentication_failures.source', source)
  const ofTenant = tenant === undefined ? undefined : isUnindexed('authentication_failures.tenant', tenant)
  const table = 'authentication_failures'
  const keyset = { ...failuresKeyset, range: rangeOf(filter) }
  const list =
    user == null
      ? ({ table, keyset, within: ['authentication_failures.tenant', tenant], rest: [from] } as const)
      : ({ table, keyset, within: ['authentication_failures.user', user], rest: [from, ofTenant] } as const)
  return servedPage(reader, { ...list, page }, authenticationFailureNode)
}
