import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import type { Value, ViewReader } from '@trunkline/ports'
import { callsTable } from '@trunkline/projection'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import { createLoaders } from '../loaders/loaders.js'
import { A, call, START } from '../testing/sample-calls.js'
import { TestWorld } from '../testing/test-world.js'
import { findCalls } from './calls.query.js'
import type { ApiContext } from './context.js'
import { findActivity, findAuthenticationFailures, findMessages, findRecordings } from './feeds.query.js'
import { findLiveCalls } from './live-calls.query.js'
import { allPresence, findPresence, findRegistrations } from './presence.query.js'
import { findConferenceMembers, findConferences, findQueues, findQueueVisits } from './services.query.js'
import { findStatistics } from './statistics.query.js'

let world: TestWorld
let plans: string[]

/** Asks the engine for the plan of every query that passes. */
function explaining(store: ViewReader): ViewReader {
  const reader: ViewReader = {
    dialect: store.dialect,
    async all<R>(sql: string, parameters?: readonly Value[]) {
      for (const { detail } of await store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters))
        plans.push(detail)
      return store.all<R>(sql, parameters)
    },
    snapshot: (work) => work(reader),
  }
  return reader
}

const viewer = (role: Viewer['role'], tenant = A): Viewer => ({ role, tenant, user: `alice@${A}`, expiresAt: 0 })
const VIEWERS = [viewer('admin', '*'), viewer('operator'), viewer('user')]
function context(who: Viewer): ApiContext {
  const reader = explaining(world.store)
  return { viewer: who, reader, loaders: createLoaders(reader, who) }
}

beforeAll(async () => {
  world = await TestWorld.create()
  await world.writeCalls(...Array.from({ length: 500 }, (_, i) => call(`c${i}`, { startedAt: START + i * 1000 })))
})
afterAll(() => world.close())

const FILTERS: CallsFilter[] = [
  {},
  { from: START },
  { from: START, to: START + 5000 },
  { user: 'bob' },
  { number: '+49301' },
  { number: '+493012345' },
  { fromNumber: '+493012345', direction: 'inbound' },
  { trunk: 'carrier1' },
  { trunk: 'carrier1', disposition: ['busy'] },
  { state: ['answered', 'held'] },
  { state: ['ended'] },
  { state: ['ended', 'answered'] },
  { text: 'bob', minMos: 1 },
  { conversationId: 'c1' },
]
const page = { first: 50, after: Buffer.from(`[1,"calls",${START + 9000},"c9"]`).toString('base64url') }

describe('the plan of', () => {
  it.each(FILTERS.flatMap((filter) => VIEWERS.map((who) => [JSON.stringify(filter), who.role, filter, who] as const)))(
    'calls %s for %s searches an index, and sorts nothing that grows with all calls',
    async (_name, _role, filter, who) => {
      plans = []
      await findCalls(context(who), filter, { first: 50, orderBy: 'desc' })
      await findCalls(context(who), filter, { ...page, orderBy: 'desc' })
      const calls = plans.filter((detail) => /^(SCAN|SEARCH) (c|p)\b/.test(detail))
      expect(calls.length).toBeGreaterThan(0)
      for (const detail of calls) expect(detail).toMatch(/^SEARCH/)
      const selective =
        filter.number?.length === 10 ||
        filter.fromNumber != null ||
        filter.trunk != null ||
        filter.conversationId != null ||
        filter.state?.[0] === 'answered'
      if (!selective) expect(plans.filter((detail) => /TEMP B-TREE FOR ORDER BY/.test(detail))).toEqual([])
    },
  )

  it('every other list searches an index', async () => {
    for (const who of VIEWERS) {
      const all = context(who)
      plans = []
      await findLiveCalls(all.reader, who)
      await findRecordings(all, {}, {})
      await findMessages(all, {}, {})
      await findActivity(all, `alice@${A}`, {})
      await findAuthenticationFailures(all, {}, {})
      await findConferences(all)
      await findConferenceMembers(all, {}, {})
      await findQueueVisits(all, {}, {})
      await findQueues(all, START, START + 1)
      await findStatistics(all, { interval: 'HOUR', dimensions: ['trunk'], from: START, to: START + 1 })
      await all.loaders.calls.load('c1')
      await all.loaders.legs.load('c1')
      await all.loaders.gaps.load('pbx1')
      if (who.tenant !== '*') {
        await allPresence(all.reader, who, undefined)
        await findPresence(all, undefined, {})
        await findRegistrations(all, {}, {})
      }
      const scans = plans.filter((detail) => /^SCAN/.test(detail) && !/^SCAN (u|some|side|found)\b/.test(detail))
      expect(scans).toEqual([])
    }
  })

  it.each<[string, (all: ApiContext) => Promise<unknown>, RegExp]>([
    ['live calls', (all) => findLiveCalls(all.reader, all.viewer), /calls_state/],
    ['a conversation', (all) => findCalls(all, { conversationId: 'c1' }, { orderBy: 'desc' }), /calls_conversation/],
    ['calls of a trunk', (all) => findCalls(all, { trunk: 't' }, { orderBy: 'desc' }), /calls_trunk/],
    [
      'busy calls of a trunk',
      (all) => findCalls(all, { trunk: 't', disposition: ['busy'] }, { orderBy: 'desc' }),
      /calls_trunk/,
    ],
    ['held calls', (all) => findCalls(all, { state: ['held'] }, { orderBy: 'desc' }), /calls_state/],
    ['messages of a user', (all) => findMessages(all, { user: 'bob' }, {}), /messages_from/],
  ])('%s are found by their own index, not by walking those of the tenant', async (_name, find, index) => {
    plans = []
    await find(context(viewer('operator')))
    expect(plans.join('\n')).toMatch(index)
    expect(plans.join('\n')).not.toMatch(/tenant/)
  })

  it('recordings of a user are found by the calls of the user', async () => {
    plans = []
    await findRecordings(context(viewer('user')), {}, {})
    expect(plans.join('\n')).toMatch(/recordings_call /)
  })

  it('a list without an index would be found out', async () => {
    plans = []
    await explaining(world.store).all(`SELECT id FROM ${callsTable.name} WHERE cause = ? ORDER BY talk_ms`, ['x'])
    expect(plans.join()).toMatch(/SCAN/)
  })
})
