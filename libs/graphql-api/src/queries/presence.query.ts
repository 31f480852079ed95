import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import type { RegistrationsFilter } from '../inputs/feed-filters.input.js'
import { presenceNode, registrationNode, type PresenceNode, type PresenceRow } from '../nodes/other.nodes.js'
import { keysetPage, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor, run, type Builder } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { scopeOf, visibleUser } from './scope.js'

/** More users than this do not fit in one snapshot. */
export const MAXIMUM_PRESENCE = 10_000
/** Users that one request may name. */
export const MAXIMUM_USERS = 1000

const presenceKeyset: Keyset = {
  list: 'presence',
  columns: [{ column: 'u.user', field: 'user', kind: 'string' }],
  descending: false,
}
const registrationsKeyset: Keyset = {
  list: 'registrations',
  columns: [
    { column: 'contacts.switch', field: 'switch', kind: 'string' },
    { column: 'contacts.aor', field: 'aor', kind: 'string' },
    { column: 'contacts.contact_id', field: 'contact_id', kind: 'string' },
  ],
  descending: false,
}

/** The users that a viewer asks about, in full; undefined: all that the viewer may see. */
export function askedUsers(viewer: Viewer, users: readonly string[] | null | undefined): string[] | undefined {
  if (viewer.role === 'user' && users == null) return [viewer.user]
  if (users == null) return undefined
  if (users.length > MAXIMUM_USERS) throw new ApiError('BAD_USER_INPUT', `at most ${MAXIMUM_USERS} users at a time`)
  return [...new Set(users.map((user) => visibleUser(viewer, user)))].sort()
}

/** Users known from contacts or from calls; both tables are read by tenant or by user. */
function presenceQuery(builder: Builder, viewer: Viewer, users: readonly string[] | undefined): AnySelect<PresenceRow> {
  const { tenant } = scopeOf(viewer)
  const named = users?.length === 0 ? [''] : users
  const known = (table: 'presence' | 'user_calls') => {
    let query = builder.selectFrom(table).select(['user', 'tenant'])
    if (tenant !== undefined) query = query.where('tenant', '=', tenant)
    if (named !== undefined) query = query.where('user', 'in', named)
    return query
  }
  return builder
    .selectFrom(known('presence').union(known('user_calls')).as('u'))
    .leftJoin('presence as p', 'p.user', 'u.user')
    .leftJoin('user_calls as k', 'k.user', 'u.user')
    .select([
      'u.user',
      'u.tenant',
      'p.online',
      'p.contacts',
      'p.changed_at',
      'k.activity',
      'k.live_calls',
    ]) as unknown as AnySelect<PresenceRow>
}

export function findPresence(context: ApiContext, asked: readonly string[] | null | undefined, page: PageArguments) {
  const users = askedUsers(context.viewer, asked)
  const query = presenceQuery(builderFor(context.reader), context.viewer, users)
  return keysetPage(context.reader, { query, keyset: presenceKeyset, page }, presenceNode)
}

/** Presence of all users asked for, at once. */
export async function allPresence(
  reader: ViewReader,
  viewer: Viewer,
  users: readonly string[] | undefined,
): Promise<PresenceNode[]> {
  const query = presenceQuery(builderFor(reader), viewer, users)
    .orderBy(sql.ref('u.user'))
    .limit(MAXIMUM_PRESENCE + 1)
  const rows = await run(reader, query)
  if (rows.length > MAXIMUM_PRESENCE) {
    throw new ApiError('TOO_COMPLEX', `more than ${MAXIMUM_PRESENCE} users; name those you want`)
  }
  return rows.map(presenceNode)
}

export async function findPresenceOf(context: ApiContext, user: string): Promise<PresenceNode | null> {
  const [found] = await allPresence(context.reader, context.viewer, askedUsers(context.viewer, [user]))
  return found ?? null
}

export function findRegistrations(context: ApiContext, filter: RegistrationsFilter, page: PageArguments) {
  const { viewer, reader } = context
  const { tenant, ownUser } = scopeOf(viewer)
  const user = filter.user == null ? ownUser : visibleUser(viewer, filter.user)
  let query = builderFor(reader).selectFrom('contacts').selectAll()
  if (tenant !== undefined) query = query.where('contacts.tenant', '=', tenant)
  if (user !== undefined) query = query.where('contacts.aor', '=', user)
  if (filter.switch != null) query = query.where('contacts.switch', '=', filter.switch)
  if (filter.state != null) query = query.where('contacts.state', '=', filter.state)
  if (filter.state === 'registered') query = query.where('contacts.expires_at', '>', Date.now())
  const all = query as AnySelect<Database['contacts']>
  return keysetPage(reader, { query: all, keyset: registrationsKeyset, page }, registrationNode)
}
