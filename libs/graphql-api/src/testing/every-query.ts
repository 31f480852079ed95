/** Every query that the schema offers, with each of its filters: what plans, answers and grammar are tested on. */
import type { Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import { createLoaders } from '../loaders/loaders.js'
import type { PageArguments } from '../paging/index.js'
import { findCalls } from '../queries/calls.query.js'
import type { ApiContext } from '../queries/context.js'
import { findBans } from '../queries/bans.query.js'
import { findActivity, findAuthenticationFailures, findMessages, findRecordings } from '../queries/feeds.query.js'
import { findLiveCalls } from '../queries/live-calls.query.js'
import { findGateways, findParkedRecords, findSwitches } from '../queries/nodes.query.js'
import { allPresence, findPresence, findPresenceOf, findRegistrations } from '../queries/presence.query.js'
import { findConferenceMembers, findConferences, findQueues, findQueueVisits } from '../queries/services.query.js'
import { findStatistics } from '../queries/statistics.query.js'
import { PROVISIONING_QUERIES } from './provisioning-queries.js'
import { A, START } from './sample-calls.js'

export interface AnyQuery {
  /** Field of the type Query. */
  readonly field: string
  readonly filter: unknown
  run(context: ApiContext): Promise<unknown>
  /** For lists in pages. */
  page?(context: ApiContext, page: PageArguments): Promise<unknown>
  /** Who may ask; everybody when left out. */
  readonly only?: 'platform' | 'staff'
}

export const viewer = (role: Viewer['role'], tenant = A): Viewer => ({
  role,
  tenant,
  user: `alice@${A}`,
  expiresAt: 0,
})
export const VIEWERS = [viewer('admin', '*'), viewer('operator'), viewer('user')]

export function contextOf(who: Viewer, reader: ViewReader): ApiContext {
  return { viewer: who, reader, loaders: createLoaders(reader, who) }
}

export function mayAsk(query: AnyQuery, who: Viewer): boolean {
  if (query.only === 'platform') return who.tenant === '*'
  return query.only !== 'staff' || who.role !== 'user'
}

const CALLS: readonly CallsFilter[] = [
  {},
  { from: START },
  { from: START, to: START + 5000 },
  { user: `bob@${A}` },
  { user: `bob@${A}`, from: START, to: START + 5000 },
  { number: '+49301' },
  { number: '+493012345' },
  { fromNumber: '+493012345', direction: 'inbound' },
  { toNumber: '+493012345' },
  { trunk: 'carrier1' },
  { trunk: 'carrier1', disposition: ['busy'] },
  { direction: 'outbound' },
  { cause: 'USER_BUSY' },
  { state: ['held'] },
  { state: ['answered', 'held'] },
  { state: ['ended'] },
  { state: ['ended', 'answered'] },
  { text: 'bob', minMos: 1 },
  { minDurationMs: 1, maxDurationMs: 500_000 },
  { queue: 'support' },
  { conference: 'room' },
  { conversationId: 'c3' },
  { includeHops: true },
]

type Page<F> = (context: ApiContext, filter: F, page: PageArguments) => Promise<unknown>

function paged<F>(field: string, filters: readonly F[], find: Page<F>, only?: AnyQuery['only']): AnyQuery[] {
  return filters.map((filter) => ({
    field,
    filter,
    run: (context) => find(context, filter, {}),
    page: (context, page) => find(context, filter, page),
    ...(only === undefined ? {} : { only }),
  }))
}

const one = (
  field: string,
  filter: unknown,
  run: AnyQuery['run'],
  only: AnyQuery['only'] = undefined as never,
): AnyQuery => ({ field, filter, run, ...(only === undefined ? {} : { only }) })

const range = { from: START, to: START + 60_000 }

export const EVERY_QUERY: readonly AnyQuery[] = [
  ...paged('calls', CALLS, (context, filter, page) => findCalls(context, filter, { ...page, orderBy: 'desc' })),
  ...paged('calls', [{ oldestFirst: true }], (context, _filter, page) =>
    findCalls(context, {}, { ...page, orderBy: 'asc' }),
  ),
  one('call', 'c1', async ({ loaders }) => [await loaders.calls.load('c1'), await loaders.legs.load('c1')]),
  one('liveCalls', {}, (context) => findLiveCalls(context.reader, context.viewer)),
  ...paged('recordings', [{}, range, { state: 'completed' as const }], findRecordings),
  ...paged('messages', [{}, range, { user: `alice@${A}` }, { state: 'failed' as const }], findMessages),
  ...paged('activity', [`alice@${A}`], findActivity),
  ...paged(
    'authenticationFailures',
    [{}, range, { user: 'eve' }, { source: '203.0.113.77' }, { source: '203.' }],
    findAuthenticationFailures,
    'staff',
  ),
  ...paged(
    'bans',
    [{}, range, { active: true }, { active: false }, { source: '203.0.113.77' }, { user: `alice@${A}` }],
    findBans,
    'staff',
  ),
  ...paged('parkedRecords', [{}], (context, _filter, page) => findParkedRecords(context, page), 'platform'),
  ...paged('presence', [undefined, [`alice@${A}`]], findPresence),
  one('presence', 'all at once', ({ reader, viewer: who }) =>
    allPresence(reader, who, who.role === 'user' ? [who.user] : undefined),
  ),
  one('presenceOf', 'alice', (context) => findPresenceOf(context, `alice@${A}`)),
  ...paged(
    'registrations',
    [{}, { user: `alice@${A}` }, { switch: 'sbc1' }, { state: 'registered' as const }, { state: 'expired' as const }],
    findRegistrations,
  ),
  one('conferences', {}, findConferences, 'staff'),
  ...paged(
    'conferenceMembers',
    [{}, range, { conference: 'room' }, { live: true }, { live: false }, { conference: 'room', live: false }],
    findConferenceMembers,
    'staff',
  ),
  ...paged(
    'queueVisits',
    [{}, range, { queue: 'support' }, { live: true }, { live: false }, { outcome: 'abandoned' as const }],
    findQueueVisits,
    'staff',
  ),
  one('queues', range, (context) => findQueues(context, range.from, range.to), 'staff'),
  one(
    'statistics',
    'by hour',
    (context) => findStatistics(context, { interval: 'HOUR', dimensions: [], ...range }),
    'staff',
  ),
  one(
    'statistics',
    'by day and all dimensions',
    (context) =>
      findStatistics(context, { interval: 'DAY', dimensions: ['direction', 'trunk', 'user', 'cause'], ...range }),
    'staff',
  ),
  one(
    'switches',
    {},
    async (context) => [await findSwitches(context), await context.loaders.gaps.load('pbx1')],
    'staff',
  ),
  one('gateways', {}, (context) => findGateways(context, null), 'staff'),
  one('gateways', 'pbx1', (context) => findGateways(context, 'pbx1'), 'staff'),
  ...PROVISIONING_QUERIES,
]
