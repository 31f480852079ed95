/** A platform's worth of rows, the same for the same count: most of them of tenant A, and some of everything. */
import type { CallRecord } from '@trunkline/domain'
import type { Row, TableDefinition } from '@trunkline/ports'
import * as views from '@trunkline/projection'
import { PROVISIONED } from './provisioned-rows.js'
import { A, B, call, live, START } from './sample-calls.js'
import type { TestWorld } from './test-world.js'

const HOUR = 3_600_000
const CHUNK = 2000
const CAUSES = ['NORMAL_CLEARING', 'USER_BUSY', 'NO_ANSWER', 'CALL_REJECTED']
const STATES = ['answered', 'held', 'ringing', 'unknown'] as const
/** Texts that engines could sort, fold or cut each in a way of its own. */
export const NAMES = [
  'Bob',
  'BOB the 2nd',
  'Zoë',
  'ZOË',
  'bob ',
  'b%o_b',
  '[bob]',
  'Кирилл',
  'КИРИЛЛ',
  '𝕏',
  '\u001fodd',
  '\u212Alaus',
]

const every = (i: number, n: number) => i % n === 0
const pick = <T>(list: readonly T[], i: number) => list[i % list.length]!
/** Of ten calls nine are of tenant A; the tenant SMALL has one in a thousand. */
export const SMALL = 'small.example'
const tenantOf = (i: number) => (i % 1000 === 3 ? SMALL : every(i, 10) ? B : A)
/** One in 20 calls is of alice; bob has many. */
const userOf = (i: number) => (i % 20 === 7 ? 'alice' : every(i, 3) ? 'bob' : `user${i % 200}`)

function callOf(i: number, count: number): CallRecord {
  const tenant = tenantOf(i)
  const outside = every(i >> 1, 41) ? '+493012345678' : `+49301${String((i * 7919) % 1_000_000).padStart(6, '0')}`
  const name = pick(NAMES, i)
  const ours = { number: String(1000 + (i % 200)), name, user: `${userOf(i)}@${tenant}` }
  const [direction, from, to] = every(i, 2)
    ? (['inbound', { number: outside, name, user: null }, ours] as const)
    : (['outbound', ours, { number: outside, name: null, user: null }] as const)
  const startedAt = START + Math.floor(i / 3) * 100
  const over = {
    startedAt,
    tenant,
    direction,
    from,
    to,
    trunk: every(i, 2) ? 'carrier1' : 'carrier2',
    conversationId: `c${i - (i % 3)}`,
    cause: pick(CAUSES, i),
    disposition: every(i, 50) ? ('busy' as const) : ('answered' as const),
    switch: `pbx${1 + (i % 3)}`,
    kind: every(i, 11) ? ('hop' as const) : ('call' as const),
    quality: every(i, 5) ? { mos: 1 + (i % 35) / 10, jitterMs: 3, lossPercent: 0, packetsReceived: 1 } : null,
    ...(every(i, 2) ? visitsOf(i, startedAt) : {}),
    recordings: i % 2 === 1 ? [recordingOf(i, startedAt)] : [],
  }
  return i > count - 60 ? live(`c${i}`, { ...over, state: pick(STATES, i) }) : call(`c${i}`, over)
}

function visitsOf(i: number, joinedAt: number): Partial<CallRecord> {
  const visit = visitOf(i, joinedAt)
  const member = memberOf(i, joinedAt)
  return { queue: visit, queueVisits: [visit], conference: member, conferenceVisits: [member] }
}

function visitOf(i: number, joinedAt: number): CallRecord['queueVisits'][number] {
  const gone = !every(i, 400)
  return {
    name: pick(['support', 'sales', 'Sales'], i),
    kind: 'callcenter',
    role: every(i, 5) ? 'agent' : 'caller',
    joinedAt,
    leftAt: gone ? joinedAt + 1000 : null,
    answeredAt: null,
    waitMs: gone ? 1000 + (i % 77) : null,
    agent: null,
    outcome: gone ? (every(i, 500) ? 'abandoned' : 'answered') : 'waiting',
  } as CallRecord['queueVisits'][number]
}

function memberOf(i: number, joinedAt: number): CallRecord['conferenceVisits'][number] {
  const leftAt = every(i, 600) ? null : joinedAt + 1000
  return { name: pick(['room', 'hall'], i >> 1), memberId: String(i), joinedAt, leftAt, kicked: every(i, 7) }
}

function recordingOf(i: number, startedAt: number): CallRecord['recordings'][number] {
  return {
    id: `r${i}`,
    callId: `c${i}`,
    legId: null,
    conference: null,
    path: `/r/${i}.wav`,
    state: every(i, 500) ? 'damaged' : 'completed',
    startedAt,
    stoppedAt: startedAt + 5,
    durationMs: 5,
    reason: null,
  } as CallRecord['recordings'][number]
}

const BY_CALL: readonly [TableDefinition, (i: number) => Row | undefined][] = [
  [
    views.messagesTable,
    (i) => ({
      id: `m${i}`,
      switch: 'sbc1',
      tenant: tenantOf(i),
      from_user: `${userOf(i)}@${tenantOf(i)}`,
      to_user: `${userOf(i + 1)}@${tenantOf(i)}`,
      body: pick(NAMES, i),
      state: every(i, 100) ? 'failed' : 'delivered',
      received_at: START + Math.floor(i / 2) * 100,
    }),
  ],
  [
    views.activityTable,
    (i) => ({
      id: `c${i}/x`,
      user: `${userOf(i)}@${tenantOf(i)}`,
      tenant: tenantOf(i),
      at: START + Math.floor(i / 2),
      what: 'call.made',
      call_id: `c${i}`,
      detail: pick(NAMES, i),
    }),
  ],
  [
    views.bansTable,
    (i) => ({
      switch: 'sbc1',
      source: `203.0.113.${i % 100}`,
      user: every(i, 3) ? '' : `${userOf(i)}@${tenantOf(i)}`,
      set_at_us: (START + i) * 1000,
      id: `b${i}`,
      tenant: every(i, 3) ? null : tenantOf(i),
      reason: every(i, 3) ? 'scan' : 'password',
      attempts: 5,
      set_at: START + i,
      expires_at: every(i, 7) ? 4_000_000_000_000 : START + i + 900_000,
      lifted_at: every(i, 2) ? START + i + 60_000 : null,
      lifted_by: every(i, 2) ? 'operator' : null,
    }),
  ],
  [
    views.authenticationFailuresTable,
    (i) => ({
      id: `f${i}`,
      switch: 'sbc1',
      tenant: tenantOf(i),
      at: START + i,
      user: every(i, 40) ? 'eve' : `user${i % 500}`,
      source: `203.0.113.${i % 100}:${5000 + (i % 9)}`,
      reason: 'wrong',
      method: 'REGISTER',
    }),
  ],
  [
    views.contactsTable,
    (i) => ({
      switch: `sbc${1 + (i % 2)}`,
      aor: every(i, 1000) ? `alice@${A}` : `phone${i >> 1}@${tenantOf(i)}`,
      contact_id: `k${i}`,
      tenant: every(i, 1000) ? A : tenantOf(i),
      contact: 'sip:x',
      state: every(i, 30) ? 'expired' : 'registered',
      changed_at_us: (START + i) * 1000,
      expires_at: 4_000_000_000_000,
    }),
  ],
  [
    views.callStatisticsTable,
    (i) => ({
      hour: START + (i % 300) * HOUR,
      tenant: tenantOf(i),
      direction: pick(['inbound', 'outbound'], i),
      trunk: pick(['carrier1', 'carrier2', ''], i),
      user: `${userOf(i)}@${tenantOf(i)}`,
      cause: pick(CAUSES, i),
      attempts: 1 + (i % 9),
      answered: 1,
      effective: 1,
      talk_ms: i,
      ring_ms: 1,
      pdd_ms: i % 100,
      pdd_count: 1,
      mos_sum: 4.25,
      mos_count: 1,
    }),
  ],
  [
    views.gapsTable,
    (i) =>
      every(i, 10)
        ? { id: `g${i}`, switch: `pbx${1 + ((i / 10) % 3)}`, reason: 'lost', from_at: START, to_at: START + i }
        : undefined,
  ],
  [
    views.parkedRecordsTable,
    (i) =>
      every(i, 20)
        ? {
            stream: 'trunkline.switch',
            partition_no: i % 4,
            position: String(i),
            projection: pick(['calls', 'switches'], i >> 1),
            record_id: `p${i}`,
            type: 'x',
            reason: 'bad',
            record: '{}',
            parked_at: START + i,
          }
        : undefined,
  ],
]

const BY_USER: readonly [TableDefinition, (i: number) => Row | undefined][] = [
  [views.presenceTable, (i) => ({ ...userRow(i), online: i % 2, contacts: i % 3, changed_at: START + i })],
  [
    views.userCallsTable,
    (i) =>
      every(i, 2) ? { ...userRow(i + 1), activity: pick(['idle', 'busy'], i >> 1), live_calls: i % 2 } : undefined,
  ],
  [
    views.switchesTable,
    (i) =>
      i < 4
        ? { switch: pick(['pbx1', 'pbx2', 'PBX1', 'sbc 1'], i), kind: 'freeswitch', state: 'connected' }
        : undefined,
  ],
  [
    views.gatewaysTable,
    (i) =>
      i < 12
        ? { switch: `pbx${1 + (i % 3)}`, gateway: pick(['gw', 'Gw', 'gw 2'], i >> 2), state: 'REGED', up: 1 }
        : undefined,
  ],
]

function userRow(i: number): Row {
  const tenant = tenantOf(i)
  return { user: i === 1 ? `alice@${A}` : `user${i}@${tenant}`, tenant: i === 1 ? A : tenant }
}

/** Fills every view with `count` calls and as many rows of other kinds. */
export async function fill(world: TestWorld, count: number): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => from + i)
    await world.writeCalls(...numbers.map((i) => callOf(i, count)))
    for (const [table, rowOf] of BY_CALL) await put(world, table, numbers.map(rowOf))
    for (const [table, rowOf] of PROVISIONED)
      await put(
        world,
        table,
        numbers.map((i) => rowOf(i, tenantOf(i))),
      )
    if (from < MOST_USERS) for (const [table, rowOf] of BY_USER) await put(world, table, numbers.map(rowOf))
  }
}
const MOST_USERS = 10_000

async function put(world: TestWorld, table: TableDefinition, rows: readonly (Row | undefined)[]): Promise<void> {
  await world.write(table, ...rows.filter((row) => row !== undefined))
}
