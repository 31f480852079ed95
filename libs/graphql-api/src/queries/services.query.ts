import type { ViewReader } from '@trunkline/ports'
import { conferenceMembersTable, queueVisitsTable } from '@trunkline/projection'
import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import type { ConferenceMembersFilter, QueueVisitsFilter } from '../inputs/feed-filters.input.js'
import { checkRange, rangeOf, type TimeRange } from '../inputs/time-range.js'
import { conferenceMemberNode, queueVisitNode } from '../nodes/other.nodes.js'
import { keysetPage, type AnySelect, type Connection, type Keyset, type PageArguments } from '../paging/index.js'
import type { Database } from '../sql/database.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { scopeOf } from './scope.js'
import { is, servedPage, type ServedPage } from './served-page.js'
import { isUnindexed, isWithin } from './served.js'

const MAXIMUM_MEMBERS = 5000
const MAXIMUM_DAYS = 92
const DAY = 86_400_000

const newestJoined = (list: string, table: string, range: TimeRange): Keyset => ({
  list,
  range: rangeOf(range),
  columns: [
    { column: `${table}.joined_at`, field: 'joined_at', kind: 'number' },
    { column: `${table}.call_id`, field: 'call_id', kind: 'string' },
  ],
  descending: true,
})

type ConferenceMemberNode = ReturnType<typeof conferenceMemberNode>
export interface ConferenceNode {
  readonly name: string
  readonly switch: string
  readonly since: number
  readonly members: ConferenceMemberNode[]
}

/** Conferences that have members now. */
export async function findConferences({ reader, viewer }: ApiContext): Promise<ConferenceNode[]> {
  const { tenant } = scopeOf(viewer)
  let query = builderFor(reader)
    .selectFrom('conference_members')
    .selectAll()
    .where('left_at', 'is', null)
    .orderBy('joined_at')
    .orderBy('call_id')
    .limit(MAXIMUM_MEMBERS + 1)
  if (tenant !== undefined) query = query.where(isUnindexed('tenant', tenant))
  const rows = await run(reader, query)
  if (rows.length > MAXIMUM_MEMBERS) throw new ApiError('TOO_COMPLEX', `more than ${MAXIMUM_MEMBERS} members`)
  const conferences = new Map<string, ConferenceNode>()
  for (const member of rows.map(conferenceMemberNode)) {
    const key = JSON.stringify([member.switch, member.conference])
    const known = conferences.get(key)
    if (known !== undefined) known.members.push(member)
    else {
      const { conference: name, switch: switchName, joinedAt: since } = member
      conferences.set(key, { name, switch: switchName, since, members: [member] })
    }
  }
  return [...conferences.values()]
}

export function findConferenceMembers(context: ApiContext, filter: ConferenceMembersFilter, page: PageArguments) {
  checkRange(filter)
  const { reader } = context
  const table = 'conference_members'
  const keyset = newestJoined('conferenceMembers', table, filter)
  const { within, rest } = visitsOf(context, table, ['conference', filter.conference])
  if (filter.live === true) return liveVisits(reader, { table, keyset, within, rest, page }, conferenceMemberNode)
  const gone = filter.live === false ? hasLeft(table) : undefined
  return servedPage(reader, { table, keyset, within, rest: [...rest, gone], page }, conferenceMemberNode)
}

export function findQueueVisits(context: ApiContext, filter: QueueVisitsFilter, page: PageArguments) {
  checkRange(filter)
  const { reader } = context
  const table = 'queue_visits'
  const keyset = newestJoined('queueVisits', table, filter)
  const { within, rest: others } = visitsOf(context, table, ['queue', filter.queue])
  const rest = [...others, is('queue_visits.outcome', filter.outcome)]
  if (filter.live === true) return liveVisits(reader, { table, keyset, within, rest, page }, queueVisitNode)
  const gone = filter.live === false ? hasLeft(table) : undefined
  return servedPage(reader, { table, keyset, within, rest: [...rest, gone], page }, queueVisitNode)
}

const VISITS = { conference_members: conferenceMembersTable, queue_visits: queueVisitsTable } as const
type VisitsTable = keyof typeof VISITS

/** Visits of a queue or conference are found by its name, all others by tenant. */
function visitsOf(
  { viewer }: ApiContext,
  table: VisitsTable,
  [column, name]: readonly [string, string | null | undefined],
) {
  const { tenant } = scopeOf(viewer)
  if (name == null) return { within: [`${table}.tenant`, tenant] as const, rest: [] }
  const ofTenant = tenant === undefined ? undefined : isUnindexed(`${table}.tenant`, tenant)
  return { within: [`${table}.${column}`, fitted(VISITS[table], name)] as const, rest: [ofTenant] }
}

const hasLeft = (table: VisitsTable) => sql<boolean>`${sql.ref(`${table}.left_at`)} is not null`

/** Visits that go on: few, and found by that. */
function liveVisits<T extends VisitsTable, N>(
  reader: ViewReader,
  { table, keyset, within: [column, value], rest, page }: ServedPage<T>,
  toNode: (row: Database[T]) => N,
): Promise<Connection<N>> {
  const conditions = [...rest, value === undefined ? undefined : isUnindexed(column, value)]
  const live = builderFor(reader)
    .selectFrom(table as VisitsTable)
    .selectAll()
    .where('left_at', 'is', null)
  const query = conditions.reduce(
    (filtered, condition) => (condition === undefined ? filtered : filtered.where(condition)),
    live as unknown as AnySelect<object>,
  )
  return keysetPage(reader, { query, keyset, page }, toNode as (row: object) => N)
}

/** One row for each queue that callers visited in the given time (at most 92 days). */
export async function findQueues({ reader, viewer }: ApiContext, from: number, to: number) {
  if (to <= from || to - from > MAXIMUM_DAYS * DAY) {
    throw new ApiError('BAD_USER_INPUT', `\`to\` must lie after \`from\`, at most ${MAXIMUM_DAYS} days`)
  }
  const { tenant } = scopeOf(viewer)
  let query = builderFor(reader)
    .selectFrom('queue_visits')
    .select(['queue', 'kind'])
    .select((eb) => eb.fn.countAll<number>().as('visits'))
    .select([
      sql<number>`sum(case when outcome = 'waiting' then 1 else 0 end)`.as('waiting'),
      sql<number>`sum(case when outcome = 'answered' then 1 else 0 end)`.as('answered'),
      sql<number>`sum(case when outcome = 'abandoned' then 1 else 0 end)`.as('abandoned'),
      sql<number | null>`avg(case when outcome = 'answered' then wait_ms end)`.as('average_wait'),
      sql<number | null>`max(wait_ms)`.as('longest_wait'),
    ])
    .where('joined_at', '>=', from)
    .where('joined_at', '<', to)
    .where('role', '=', 'caller')
    .groupBy(['queue', 'kind'])
    .orderBy('queue')
  if (tenant !== undefined) query = query.where(isWithin(reader.dialect, 'tenant', tenant))
  const rows = await run(reader, query)
  return rows.map((row) => ({
    queue: row.queue,
    kind: row.kind,
    visits: Number(row.visits),
    waiting: Number(row.waiting),
    answered: Number(row.answered),
    abandoned: Number(row.abandoned),
    averageWaitMs: row.average_wait === null ? null : Number(row.average_wait),
    longestWaitMs: row.longest_wait,
  }))
}
