import type { AuthenticationFailuresFilter, MessagesFilter, RecordingsFilter } from '../inputs/feed-filters.input.js'
import { checkRange, rangeOf } from '../inputs/time-range.js'
import { activityNode, authenticationFailureNode, messageNode, recordingNode } from '../nodes/other.nodes.js'
import { keysetPage, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { startsWith } from './like.js'
import { tenantIs, tenantIsUnindexed } from './tenant-is.js'
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
  const builder = builderFor(reader)
  let query = builder.selectFrom('recordings').selectAll('recordings')
  const ofTenant = ownUser === undefined ? tenantIs : tenantIsUnindexed
  if (tenant !== undefined) query = query.where(ofTenant('recordings.tenant', tenant))
  if (filter.state != null) query = query.where('recordings.state', '=', filter.state)
  if (ownUser !== undefined) {
    const own = builder.selectFrom('call_parties').select('call_id').where('user', '=', ownUser)
    query = query.where('recordings.call_id', 'in', own)
  }
  const all = query as AnySelect<Database['recordings']>
  const keyset = { ...recordingsKeyset, range: rangeOf(filter) }
  return keysetPage(reader, { query: all, keyset, page }, recordingNode)
}

export function findMessages({ reader, viewer }: ApiContext, filter: MessagesFilter, page: PageArguments) {
  checkRange(filter)
  const { tenant, ownUser } = scopeOf(viewer)
  const asked = filter.user == null ? undefined : fullUser(viewer, filter.user)
  const users = [ownUser, asked].filter((user) => user !== undefined)
  let query = builderFor(reader).selectFrom('messages').selectAll()
  const ofTenant = users.length === 0 ? tenantIs : tenantIsUnindexed
  if (tenant !== undefined) query = query.where(ofTenant('messages.tenant', tenant))
  if (filter.state != null) query = query.where('state', '=', filter.state)
  for (const user of users) {
    query = query.where((eb) => eb.or([eb('from_user', '=', user), eb('to_user', '=', user)]))
  }
  const all = query as AnySelect<Database['messages']>
  const keyset = { ...messagesKeyset, range: rangeOf(filter) }
  return keysetPage(reader, { query: all, keyset, page }, messageNode)
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
  if (source != null) query = query.where(() => startsWith(reader.dialect, 'source', source))
  const all = query as AnySelect<Database['authentication_failures']>
  return keysetPage(
    reader,
    { query: all, keyset: { ...failuresKeyset, range: rangeOf(filter) }, page },
    authenticationFailureNode,
  )
}
