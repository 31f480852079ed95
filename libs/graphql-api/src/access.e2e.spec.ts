import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ROLES, type Role } from '@trunkline/access'
import {
  activityTable,
  authenticationFailuresTable,
  bansTable,
  callStatisticsTable,
  contactsTable,
  gatewaysTable,
  gapsTable,
  messagesTable,
  parkedRecordsTable,
  presenceTable,
  switchesTable,
  userCallsTable,
} from '@trunkline/projection'
import { OPERATION_QUERIES } from './mutations/operation-fields.js'
import type { GraphqlApi } from './start-graphql-api.js'
import { A, B, live, START } from './testing/sample-calls.js'
import { ask, TestWorld, token } from './testing/test-world.js'

/** Everything twice: in tenant A and in tenant B, where nothing may be seen but by an admin of all tenants. */
let world: TestWorld
let api: GraphqlApi
const tokens: Record<string, string> = {}

beforeAll(async () => {
  world = await TestWorld.create()
  for (const tenant of [A, B]) {
    const own = { number: '1', name: null, user: `alice@${tenant}` }
    const visit = {
      name: `support@${tenant}`,
      kind: 'callcenter' as const,
      joinedAt: START,
      leftAt: null,
      answeredAt: START + 5,
      waitMs: 5,
      agent: 'x',
      outcome: 'answered' as const,
      role: 'caller' as const,
    }
    const member = { name: `room-${tenant}`, memberId: '1', joinedAt: START, leftAt: null, kicked: false }
    const recording = (id: string) => ({
      id: `${id}-${tenant}`,
      callId: id,
      legId: null,
      conference: null,
      path: '/secret/path.wav',
      state: 'completed' as const,
      startedAt: START,
      stoppedAt: null,
      durationMs: 5,
      reason: null,
    })
    await world.writeCalls(
      live(`own-${tenant}`, {
        tenant,
        from: own,
        queue: visit,
        queueVisits: [visit],
        conference: member,
        conferenceVisits: [member],
        recordings: [recording('own')],
      }),
      live(`other-${tenant}`, {
        tenant,
        from: { number: '9', name: null, user: `carol@${tenant}` },
        to: { number: '8', name: null, user: `dave@${tenant}` },
        recordings: [recording('other')],
      }),
    )
    for (const name of ['alice', 'carol']) {
      const user = `${name}@${tenant}`
      await world.write(contactsTable, {
        switch: 'sbc',
        aor: user,
        contact_id: '1',
        tenant,
        contact: 'sip:x',
        source: '192.0.2.1:5060',
        state: 'registered',
        changed_at_us: START * 1000,
        expires_at: Date.now() + 1e9,
      })
      await world.write(presenceTable, {
        user,
        tenant,
        online: 1,
        contacts: 1,
        activity: 'idle',
        live_calls: 0,
        changed_at: START,
      })
      await world.write(userCallsTable, { user, tenant, activity: 'busy', live_calls: 1 })
      await world.write(messagesTable, {
        id: `m-${user}`,
        tenant,
        from_user: user,
        to_user: `dave@${tenant}`,
        body: 'private',
        state: 'delivered',
        received_at: START,
      })
      await world.write(activityTable, { id: `a-${user}`, user, tenant, at: START, what: 'called' })
    }
    await world.write(authenticationFailuresTable, {
      id: `f-${tenant}`,
      switch: 'sbc',
      tenant,
      at: START,
      user: 'x',
      source: '198.51.100.1:5060',
      reason: 'unknown_user',
    })
    await world.write(bansTable, {
      switch: 'sbc',
      source: '198.51.100.1',
      user: `x@${tenant}`,
      set_at_us: START * 1000,
      id: `b-${tenant}`,
      tenant,
      reason: 'password',
      attempts: 5,
      set_at: START,
      expires_at: START + 900_000,
    })
    await world.write(callStatisticsTable, {
      hour: START,
      tenant,
      direction: 'internal',
      trunk: '',
      user: '',
      cause: 'NORMAL_CLEARING',
      attempts: 4,
      answered: 3,
      effective: 4,
      talk_ms: 9000,
      ring_ms: 0,
      pdd_ms: 300,
      pdd_count: 3,
      mos_sum: 8,
      mos_count: 2,
    })
  }
  await world.write(switchesTable, {
    switch: 'pbx1',
    kind: 'freeswitch',
    state: 'connected',
    hostname: 'pbx1.internal',
    gaps: 1,
    sessions: 4,
  })
  await world.write(gapsTable, { id: 'g1', switch: 'pbx1', reason: 'socket lost', from_at: START, to_at: START + 1 })
  await world.write(gatewaysTable, {
    switch: 'pbx1',
    gateway: 'carrier1',
    state: 'REGED',
    up: 1,
    changed_at_us: START * 1000,
  })
  await world.write(parkedRecordsTable, {
    stream: 's',
    partition_no: 0,
    projection: 'calls',
    position: '1',
    type: 't',
    reason: 'poison',
    record: '{}',
    parked_at: START,
  })
  api = await world.start({ limits: { burst: 100_000 } })
  for (const role of ROLES) tokens[role] = await token(role, { user: 'alice' })
  tokens['all'] = await token('admin', { tenant: '*' })
})
afterAll(() => world.close())

const RANGE = `from: "${new Date(START).toISOString()}", to: "${new Date(START + 1).toISOString()}"`
type Seen = number | 'FORBIDDEN'
/** Query → how many rows each role sees: admin of A, operator, analyst, user alice, admin of all tenants. */
const LISTS: readonly [name: string, query: string, seen: Record<Role | 'all', Seen>][] = [
  ['calls', '{ calls { edges { node { id } } } }', { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 }],
  ['liveCalls', '{ liveCalls { id } }', { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 }],
  [
    'presence',
    '{ presence { edges { node { user activity } } } }',
    { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 },
  ],
  [
    'registrations',
    '{ registrations(filter: { state: registered }) { edges { node { aor } } } }',
    { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 },
  ],
  ['recordings', '{ recordings { edges { node { id } } } }', { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 }],
  ['messages', '{ messages { edges { node { id } } } }', { admin: 2, operator: 2, analyst: 2, user: 1, all: 4 }],
  [
    'activity',
    `{ activity(user: "alice@${A}") { edges { node { id } } } }`,
    { admin: 1, operator: 1, analyst: 1, user: 1, all: 1 },
  ],
  [
    'activity of another',
    `{ activity(user: "carol@${A}") { edges { node { id } } } }`,
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 1 },
  ],
  [
    'activity of another tenant',
    `{ activity(user: "alice@${B}") { edges { node { id } } } }`,
    { admin: 0, operator: 0, analyst: 0, user: 'FORBIDDEN', all: 1 },
  ],
  [
    'authenticationFailures',
    '{ authenticationFailures { edges { node { id } } } }',
    { admin: 1, operator: 1, analyst: 'FORBIDDEN', user: 'FORBIDDEN', all: 2 },
  ],
  [
    'bans',
    '{ bans { edges { node { id } } } }',
    { admin: 1, operator: 1, analyst: 'FORBIDDEN', user: 'FORBIDDEN', all: 2 },
  ],
  [
    'conferences',
    '{ conferences { name members { callId } } }',
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 2 },
  ],
  [
    'conferenceMembers',
    '{ conferenceMembers(filter: { live: true }) { edges { node { callId } } } }',
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 2 },
  ],
  [
    'queues',
    `{ queues(${RANGE}) { queue visits answered averageWaitMs } }`,
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 2 },
  ],
  [
    'queueVisits',
    '{ queueVisits { edges { node { callId } } } }',
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 2 },
  ],
  [
    'statistics',
    `{ statistics(${RANGE}, dimensions: [direction]) { volume } }`,
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 1 },
  ],
  [
    'switches',
    '{ switches { name gapCount gaps { reason } } }',
    { admin: 1, operator: 1, analyst: 1, user: 'FORBIDDEN', all: 1 },
  ],
  ['gateways', '{ gateways { name up } }', { admin: 1, operator: 1, analyst: 'FORBIDDEN', user: 'FORBIDDEN', all: 1 }],
  [
    'parkedRecords',
    '{ parkedRecords { edges { node { record } } } }',
    { admin: 'FORBIDDEN', operator: 'FORBIDDEN', analyst: 'FORBIDDEN', user: 'FORBIDDEN', all: 1 },
  ],
]
const WHO = [...ROLES, 'all'] as const

describe('what a role sees of a list', () => {
  it.each(LISTS.flatMap(([name, query, seen]) => WHO.map((who) => [name, who, seen[who], query] as const)))(
    '%s, %s: %s',
    async (name, who, expected, query) => {
      const { data, errors } = await ask(api, tokens[who], query)
      if (expected === 'FORBIDDEN') {
        expect(errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN'])
        return
      }
      expect(errors).toBeUndefined()
      const list = data[name.split(' ')[0]!]
      expect((list.edges ?? list).length).toBe(expected)
      const text = JSON.stringify(data)
      if (who !== 'all') expect(text).not.toContain(B)
    },
  )

  /** Of these the roles and tenants are proved in provisioning.e2e.spec.ts. */
  const PROVISIONING = [
    ...['audit', 'personData', 'provisioningItems', 'routes'],
    ...['blockedCaller', 'callQueue', 'conferenceRoom', 'ivrMenu', 'number', 'sipUser', 'trunk'],
    ...['blockedCallers', 'callQueues', 'conferenceRooms', 'ivrMenus', 'numbers', 'sipUsers', 'trunks'],
  ]

  // Of OPERATION_QUERIES they are proved in test/command-http/operations.e2e.spec.ts.
  it('is named here for every query', async () => {
    const { data } = await ask(api, tokens['all'], '{ __schema { queryType { fields { name } } } }')
    const named = new Set([
      ...LISTS.map(([name]) => name.split(' ')[0]),
      'call',
      'presenceOf',
      ...PROVISIONING,
      ...OPERATION_QUERIES,
    ])
    expect(data.__schema.queryType.fields.map((field: { name: string }) => field.name).sort()).toEqual(
      [...named].sort(),
    )
  })
})

describe('what a role sees of an object', () => {
  const call = (name: string) => `{ call(id: "${name}-${A}") { id } }`
  it.each([
    ['user', call('own'), true],
    ['user', call('other'), false],
    ['analyst', call('other'), true],
    ['user', '{ presenceOf(user: "alice") { user } }', true],
    ['operator', `{ presenceOf(user: "alice@${B}") { user } }`, false],
  ])('%s %s: %s', async (who, query, seen) => {
    const { data, errors } = await ask(api, tokens[who], query)
    expect(errors).toBeUndefined()
    expect(Object.values(data)[0] !== null).toBe(seen)
  })

  it.each([
    ['analyst', '{ messages { edges { node { id body } } } }'],
    ['analyst', '{ recordings { edges { node { id path } } } }'],
    ['user', '{ recordings { edges { node { id path } } } }'],
    ['analyst', '{ registrations { edges { node { source } } } }'],
    ['user', `{ call(id: "own-${A}") { legs { networkAddress } } }`],
    ['analyst', '{ switches { hostname sessions } }'],
  ])('%s is refused a field of %s, which is null then', async (who, query) => {
    const { status, data, errors } = await ask(api, tokens[who], query)
    expect(status).toBe(200)
    expect(new Set(errors?.map((error) => error.extensions.code))).toEqual(new Set(['FORBIDDEN']))
    expect(JSON.stringify(data)).not.toMatch(/private|secret|192\.0\.2|internal/)
  })

  it('a user may read the body of own messages', async () => {
    const { data } = await ask(api, tokens['user'], '{ messages { edges { node { body } } } }')
    expect(data.messages.edges).toEqual([{ node: { body: 'private' } }])
  })

  it('statistics are computed from sums', async () => {
    const { data } = await ask(
      api,
      tokens['operator'],
      `{ statistics(interval: DAY, ${RANGE}) { at volume answered asr ner acdMs pddMs mos talkMs direction } }`,
    )
    expect(data.statistics).toEqual([
      {
        at: '2026-03-02T00:00:00.000Z',
        volume: 4,
        answered: 3,
        asr: 0.75,
        ner: 1,
        acdMs: 3000,
        pddMs: 100,
        mos: 4,
        talkMs: 9000,
        direction: null,
      },
    ])
  })
})

describe('without a good token', () => {
  it.each([
    ['none', undefined],
    ['a wrong one', 'abc.def.ghi'],
    ['one signed by another', `${'e30.e30.'}${'A'.repeat(43)}`],
  ])('%s: nothing', async (_name, bearer) => {
    const { status, data, errors } = await ask(api, bearer, '{ switches { name } }')
    expect(status).toBe(401)
    expect(data).toBeUndefined()
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })

  it('guessing from one address gets slow', async () => {
    const other = await world.start({ limits: { refusedBurst: 3, refusedPerSecond: 0.001 } })
    const codes: (string | undefined)[] = []
    for (let i = 0; i < 4; i++)
      codes.push((await ask(other, 'wrong', '{ switches { name } }')).errors?.[0]?.extensions.code)
    expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED'])
    expect((await ask(other, tokens['operator'], '{ switches { name } }')).errors).toBeUndefined()
  })
})
