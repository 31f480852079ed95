import type { AuthenticationFailuresFilter, MessagesFilter, RecordingsFilter } from '../inputs/feed-filters.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { activityNode, authenticationFailureNode, messageNode, recordingNode } from '../nodes/other.nodes.js'
import { keysetPage, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { startsWith } from './like.js'
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
  let query = builderFor(reader).selectFrom('recordings').selectAll('recordings')
  if (tenant !== undefined) query = query.where('recordings.tenant', '=', tenant)
  if (filter.state != null) query = query.where('recordings.state', '=', filter.state)
  if (ownUser !== undefined) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('call_parties as p')
          .select('p.call_id')
          .whereRef('p.call_id', '=', 'recordings.call_id')
          .where('p.user', '=', ownUser),
      ),
    )
  }
  const all = query as AnySelect<Database['recordings']>
  return keysetPage(
    reader,
    { query: all, keyset: { ...recordingsKeyset, range: rangeOf(filter) }, page },
    recordingNode,
  )
}

export function findMessages({ reader, viewer }: ApiContext, filter: MessagesFilter, page: PageArguments) {
  checkRange(filter)
  const { tenant, ownUser } = scopeOf(viewer)
  let query = builderFor(reader).selectFrom('messages').selectAll()
  if (tenant !== undefined) query = query.where('tenant', '=', tenant)
  if (filter.state != null) query = query.where('state', '=', filter.state)
  const asked = filter.user == null ? undefined : fullUser(viewer, filter.user)
  for (const user of [ownUser, asked]) {
    if (user !== undefined) query = query.where((eb) => eb.or([eb('from_user', '=', user), eb('to_user', '=', user)]))
  }
  const all = query as AnySelect<Database['messages']>
  return keysetPage(reader, { query: all, keyset: { ...messagesKeyset, range: rangeOf(filter) }, page }, messageNode)
}

export function findActivity({ reader, viewer }: ApiContext, asked: string, page: PageArguments) {
  const { tenant } = scopeOf(viewer)
  const user = visibleUser(viewer, asked)
  let query = builderFor(reader).selectFrom('activity').selectAll().where('activity.user', '=', user)
  if (tenant !== undefined) query = query.where('activity.tenant', '=', tenant)
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
  let query = builderFor(reader).selectFrom('authentication_failures').selectAll()
  if (tenant !== undefined) query = query.where('tenant', '=', tenant)
  if (filter.user != null) query = query.where('user', '=', filter.user)
  const { source } = filter
  if (source != null) query = query.where(() => startsWith('source', source))
  const all = query as AnySelect<Database['authentication_failures']>
  return keysetPage(
    reader,
    { query: all, keyset: { ...failuresKeyset, range: rangeOf(filter) }, page },
    authenticationFailureNode,
  )
}
