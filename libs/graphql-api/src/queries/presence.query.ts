import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import type { RegistrationsFilter } from '../inputs/feed-filters.input.js'
import { presenceNode, registrationNode, type PresenceNode, type PresenceRow } from '../nodes/other.nodes.js'
import { keysetPage, keysetQuery, type AnySelect, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor, run, type Builder } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { scopeOf, visibleUser } from './scope.js'
import { is, servedPage } from './served-page.js'
import { isUnindexed } from './served.js'

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

/**
 * Users known from contacts or from calls; both tables are read by tenant or by user. `part` takes from each what the
 * whole may need: an engine puts a union together before it sorts and cuts it.
 */
function presenceQuery(
  builder: Builder,
  { viewer, users, part }: PresenceRequest & { readonly part: (known: AnySelect<Known>) => AnySelect<Known> },
): AnySelect<PresenceRow> {
  const { tenant } = scopeOf(viewer)
  const named = users?.length === 0 ? [''] : users
  const known = (table: 'presence' | 'user_calls') => {
    let query = builder.selectFrom(`${table} as u` as 'presence as u').select(['u.user', 'u.tenant'])
    if (tenant !== undefined) query = query.where('u.tenant', '=', tenant)
    if (named !== undefined) query = query.where('u.user', 'in', named)
    return builder
      .selectFrom(part(query as unknown as AnySelect<Known>).as('some'))
      .select(['some.user', 'some.tenant'])
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

interface Known {
  readonly user: string
  readonly tenant: string
}
interface PresenceRequest {
  readonly viewer: Viewer
  readonly users: readonly string[] | undefined
}

export function findPresence(context: ApiContext, asked: readonly string[] | null | undefined, page: PageArguments) {
  const { viewer, reader } = context
  const part = (known: AnySelect<Known>) => keysetQuery(known, presenceKeyset, page)
  const query = presenceQuery(builderFor(reader), { viewer, users: askedUsers(viewer, asked), part })
  return keysetPage(reader, { query, keyset: presenceKeyset, page }, presenceNode)
}

/** Presence of all users asked for, at once. */
export async function allPresence(
  reader: ViewReader,
  viewer: Viewer,
  users: readonly string[] | undefined,
): Promise<PresenceNode[]> {
  const part = <R>(query: AnySelect<R>) => query.orderBy(sql.ref('u.user')).limit(MAXIMUM_PRESENCE + 1)
  const rows = await run(reader, part(presenceQuery(builderFor(reader), { viewer, users, part })))
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
  const lasting = filter.state === 'registered' ? sql<boolean>`contacts.expires_at > ${Date.now()}` : undefined
  const state = filter.state == null ? undefined : isUnindexed('contacts.state', filter.state)
  const rest = [is('contacts.switch', filter.switch), state, lasting]
  const keyset = registrationsKeyset
  if (user === undefined) {
    const list = { table: 'contacts', keyset, within: ['contacts.tenant', tenant], rest, notByKey: true } as const
    return servedPage(reader, { ...list, page }, registrationNode)
  }
  let query = builderFor(reader).selectFrom('contacts').selectAll().where('contacts.aor', '=', user)
  if (tenant !== undefined) query = query.where(isUnindexed('contacts.tenant', tenant))
  for (const condition of rest) if (condition !== undefined) query = query.where(condition)
  return keysetPage(reader, { query: query as AnySelect<Database['contacts']>, keyset, page }, registrationNode)
}
