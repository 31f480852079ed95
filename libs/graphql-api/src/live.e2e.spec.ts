import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { presenceTable } from '@trunkline/projection'
import type { GraphqlApi } from './start-graphql-api.js'
import { A, B, call, live, START } from './testing/sample-calls.js'
import { connect, eventually, follow, type Followed } from './testing/live-client.js'
import { TestWorld, token } from './testing/test-world.js'

const EVENTS =
  'subscription Events($after: String, $filter: CallEventsFilter) { callEvents(after: $after, filter: $filter) { cursor kind event { id type call { id state legs { id } } } } }'
const LIVE =
  'subscription ($after: String) { liveCalls(after: $after) { cursor kind calls { id state legs { id } } ended { id } } }'
const PRESENCE =
  'subscription ($after: String, $users: [String!]) { presence(after: $after, users: $users) { cursor kind users { user online activity } } }'

let world: TestWorld
let api: GraphqlApi
let operator: string
const clients: { dispose(): unknown }[] = []

beforeEach(async () => {
  world = await TestWorld.create()
  api = await world.start({ limits: { burst: 100_000, maxSocketsPerViewer: 1000 } })
  operator = await token('operator')
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
  await world.close()
})
function client(bearer: string, url = api.url) {
  const one = connect(url, bearer)
  clients.push(one)
  return one
}
/** Some moment of a connection, ms: mostly before all that waits has come, and later when many connections did not do. */
const briefly = (connections: number) => Math.random() * (connections < 100 ? 30 : connections)
const eventIds = (followed: Followed) =>
  followed.data.flatMap(({ callEvents }) => (callEvents.event ? [callEvents.event.id] : []))

describe('call events', () => {
  it('begin with the place from which they follow, and come once and in order', async () => {
    await world.tellCall('call.started', live('before'))
    const events = follow(client(operator), EVENTS)
    await eventually(() => expect(events.data).toHaveLength(1))
    expect(events.data[0].callEvents).toMatchObject({ kind: 'snapshot', event: null })
    await world.tellCall('call.started', live('x', { state: 'started' }))
    await world.tellCall('call.ended', call('x'))
    await eventually(() => expect(events.data).toHaveLength(3))
    expect(events.data[1].callEvents).toMatchObject({
      kind: 'change',
      event: { type: 'call_started', call: { id: 'x', state: 'started', legs: [{ id: 'x-a' }, { id: 'x-b' }] } },
    })
    expect(events.data[2].callEvents.event.type).toBe('call_ended')
  })

  it('go on after the cursor, from memory and, after a restart, from the log', async () => {
    const first = follow(client(operator), EVENTS)
    await eventually(() => expect(first.data).toHaveLength(1))
    for (let i = 0; i < 5; i++) await world.tellCall('call.started', live(`c${i}`))
    await eventually(() => expect(first.data).toHaveLength(6))
    const after = first.data[2].callEvents.cursor
    const memory = follow(client(operator), EVENTS, { after })
    await eventually(() => expect(eventIds(memory)).toEqual(eventIds(first).slice(2)))
    const other = await world.start()
    const fromLog = follow(client(operator, other.url), EVENTS, { after })
    await eventually(() => expect(eventIds(fromLog)).toEqual(eventIds(first).slice(2)))
    await world.tellCall('call.ended', call('c0'))
    await eventually(() => expect(eventIds(fromLog)).toEqual(eventIds(first).slice(2)))
    await eventually(() => expect(eventIds(first)).toHaveLength(6))
    // After an empty log the cursor has no position: still kept.
    const early = follow(client(operator, other.url), EVENTS, { after: first.data[0].callEvents.cursor })
    await eventually(() => expect(eventIds(early)).toEqual(eventIds(first)))
  })

  it('that the relay published twice come once', async () => {
    const events = follow(client(operator), EVENTS)
    await eventually(() => expect(events.data).toHaveLength(1))
    const record = world.record({ key: 'd', type: 'call.started', data: { at: START, call: live('d') } })
    await world.writeOutbox()
    await world.log.append(STREAMS.calls, [record])
    await world.log.append(STREAMS.calls, [{ ...record, id: 'again' }])
    await world.tellCall('call.ended', call('d'))
    await eventually(() => expect(events.data).toHaveLength(3))
    await sleep(50)
    expect(events.data.map(({ callEvents }) => callEvents.event?.type)).toEqual([
      undefined,
      'call_started',
      'call_ended',
    ])
  })

  it('are only those of the tenant, of the own calls for a user, and of the filter', async () => {
    const all = follow(client(operator), EVENTS)
    const own = follow(client(await token('user', { user: 'carol' })), EVENTS)
    const ended = follow(client(operator), EVENTS, { filter: { types: ['call_ended'], user: 'bob' } })
    const admin = follow(client(await token('admin', { tenant: '*' })), EVENTS)
    await eventually(() => [all, own, ended, admin].forEach((one) => expect(one.data).toHaveLength(1)))
    await world.tellCall('call.started', live('foreign', { tenant: B }))
    await world.tellCall('call.started', live('hop', { kind: 'hop' }))
    await world.tellCall('call.started', live('ab'))
    await world.tellCall('call.ended', call('ab'))
    await world.tellCall('call.started', live('carols', { from: { number: '1', name: null, user: `carol@${A}` } }))
    const ids = (one: Followed) => one.data.slice(1).map(({ callEvents }) => callEvents.event.call.id)
    await eventually(() => expect(ids(admin)).toEqual(['foreign', 'ab', 'ab', 'carols']))
    await eventually(() => expect(ids(all)).toEqual(['ab', 'ab', 'carols']))
    await eventually(() => expect(ids(own)).toEqual(['carols']))
    await eventually(() => expect(ids(ended)).toEqual(['ab']))
  })

  it('end with CURSOR_EXPIRED when the log has let go of what follows the cursor', async () => {
    await world.log.close()
    world.log = world.openLog({ retainRecords: 5 })
    const short = await world.start({ limits: { ringRecords: 2 } })
    const first = follow(client(operator, short.url), EVENTS)
    await eventually(() => expect(first.data).toHaveLength(1))
    await world.tellCall('call.started', live('first'))
    await eventually(() => expect(first.data).toHaveLength(2))
    for (let i = 0; i < 50; i++) await world.tellCall('call.started', live(`c${i}`))
    await eventually(() => expect(first.data).toHaveLength(52))
    const late = follow(client(operator, short.url), EVENTS, { after: first.data[1].callEvents.cursor })
    await eventually(() => expect(late.error).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]))
    const far = Buffer.from(`[1,"trunkline.calls",${Date.now()},[999999,"9999999999999999"]]`).toString('base64url')
    const alien = follow(client(operator, short.url), EVENTS, { after: far })
    await eventually(() => expect(alien.error).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]))
  })

  it.each([
    ['nonsense'],
    [''],
    [Buffer.from('[1,"trunkline.presence",1,[1]]').toString('base64url')],
    [Buffer.from('[1,"trunkline.calls",1,[1,"0 or 1=1"]]').toString('base64url')],
    ['x'.repeat(10_000)],
  ])('refuse the cursor %.40s', async (after) => {
    const events = follow(client(operator), EVENTS, { after })
    await eventually(() => expect(events.error).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]))
  })

  it('reach a client that reconnects 100 times at random exactly once', async () => {
    const begun = follow(client(operator), EVENTS)
    await eventually(() => expect(begun.data).toHaveLength(1))
    let cursor = begun.data[0].callEvents.cursor as string
    const seen: string[] = []
    const total = 400
    const producer = (async () => {
      for (let i = 0; i < total; i++) {
        await world.tellCall('call.started', live(`r${i}`))
        if (i % 2 === 0) await sleep(4)
      }
    })()
    let connections = 0
    while (connections < 100 || seen.at(-1) !== `r${total - 1}`) {
      connections++
      const one = connect(api.url, operator)
      const events = follow(one, EVENTS, { after: cursor })
      await sleep(briefly(connections))
      await one.dispose()
      for (const { callEvents } of events.data) {
        cursor = callEvents.cursor
        if (callEvents.event) seen.push(callEvents.event.call.id)
      }
    }
    await producer
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => `r${i}`))
  })
})

describe('a stream of several partitions', () => {
  it('reaches a client that reconnects at random exactly once, each call in order', async () => {
    await world.log.close()
    await rm(join(world.folder, 'log'), { recursive: true })
    world.log = world.openLog({ partitions: 3 })
    const spread = await world.start({ limits: { burst: 100_000, ringRecords: 10 } })
    const first = follow(client(operator, spread.url), EVENTS)
    await eventually(() => expect(first.data).toHaveLength(1))
    let cursor = first.data[0].callEvents.cursor as string
    const seen: string[] = []
    const total = 200
    const producer = (async () => {
      for (let i = 0; i < total; i++) {
        await world.tellCall('call.amended', live(`p${i % 20}`))
        if (i % 2 === 0) await sleep(3)
      }
    })()
    for (let connections = 0; connections < 300 && (connections < 30 || seen.length < total); connections++) {
      const one = connect(spread.url, operator)
      const events = follow(one, EVENTS, { after: cursor })
      await sleep(briefly(connections))
      await one.dispose()
      for (const { callEvents } of events.data) {
        cursor = callEvents.cursor
        if (callEvents.event) seen.push(callEvents.event.id)
      }
    }
    await producer
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(total)
    for (let key = 0; key < 20; key++) {
      const own = seen.filter((id) => id.startsWith(`p${key}/`)).map((id) => Number(id.split('/')[1]))
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
  })
})

describe('many subscribers of one kind', () => {
  it('who come while events happen each have a whole view: snapshot and changes together give the truth', async () => {
    const states = new Map<number, Map<string, string>>()
    const views = Array.from({ length: 40 }, (_, i) => i)
    const producer = (async () => {
      for (let i = 0; i < 60; i++) {
        await world.tellCall('call.started', live(`m${i}`, { state: 'ringing' }))
        if (i % 3 === 0) await world.tellCall('call.ended', call(`m${i}`))
        else await world.tellCall('call.answered', live(`m${i}`))
      }
    })()
    const followed = await Promise.all(
      views.map(async (i) => {
        await sleep(i * 3)
        return follow(client(operator), LIVE)
      }),
    )
    await producer
    const expected = Array.from({ length: 60 }, (_, i) => `m${i}`).filter((_, i) => i % 3 !== 0)
    await eventually(() => {
      for (const i of views) {
        const state = new Map<string, string>()
        for (const { liveCalls } of followed[i]!.data) {
          for (const one of liveCalls.calls) state.set(one.id, one.state)
          for (const one of liveCalls.ended ?? []) state.delete(one.id)
        }
        states.set(i, state)
        expect([...state.keys()].sort()).toEqual([...expected].sort())
        expect(new Set(state.values())).toEqual(new Set(['answered']))
      }
    })
  })
})

describe('live calls', () => {
  it('begin with all there are, then change; each with a cursor to go on from', async () => {
    await world.tellCall('call.started', live('one'), live('two'))
    const calls = follow(client(operator), LIVE)
    await eventually(() => expect(calls.data).toHaveLength(1))
    expect(calls.data[0].liveCalls.kind).toBe('snapshot')
    expect(calls.data[0].liveCalls.calls.map((one: { id: string }) => one.id).sort()).toEqual(['one', 'two'])
    expect(calls.data[0].liveCalls.calls[0].legs).toHaveLength(2)
    await world.tellCall('call.ended', call('one'))
    await eventually(() =>
      expect(calls.data.at(-1)?.liveCalls).toMatchObject({ kind: 'change', calls: [], ended: [{ id: 'one' }] }),
    )
    const resumed = follow(client(operator), LIVE, { after: calls.data[0].liveCalls.cursor })
    await eventually(() =>
      expect(resumed.data).toMatchObject([{ liveCalls: { kind: 'change', ended: [{ id: 'one' }] } }]),
    )
  })
})

describe('presence', () => {
  it('begins with those asked for, then changes; a user sees only itself', async () => {
    const row = (user: string) => ({
      user,
      tenant: A,
      online: 1,
      contacts: 1,
      activity: 'idle',
      live_calls: 0,
      changed_at: START,
    })
    await world.write(presenceTable, row(`alice@${A}`), row(`bob@${A}`))
    const all = follow(client(operator), PRESENCE)
    const own = follow(client(await token('user', { user: 'bob' })), PRESENCE)
    const foreign = follow(client(await token('user', { user: 'bob' })), PRESENCE, { users: ['alice'] })
    await eventually(() => expect(all.data[0]?.presence.users).toHaveLength(2))
    await eventually(() => expect(own.data[0]?.presence.users).toMatchObject([{ user: `bob@${A}`, online: true }]))
    await eventually(() => expect(foreign.error).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]))
    const change = (user: string) => ({
      key: user,
      type: 'presence.changed',
      data: { user, tenant: A, online: true, contacts: 1, activity: 'busy', liveCalls: 1, changedAt: START },
    })
    await world.publish(STREAMS.presence, [change(`alice@${A}`), change(`bob@${A}`)])
    await eventually(() => expect(all.data.slice(1).flatMap((one) => one.presence.users)).toHaveLength(2))
    await eventually(() =>
      expect(own.data.slice(1).flatMap((one) => one.presence.users)).toMatchObject([
        { user: `bob@${A}`, activity: 'busy' },
      ]),
    )
  })
})
