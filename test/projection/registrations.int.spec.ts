import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import {
  AuthenticationFailuresProjection,
  GatewaysProjection,
  MessagesProjection,
  RegistrationsProjection,
  SwitchesProjection,
  userCallsTable,
  type Projection,
} from '@trunkline/projection'
import { openSqliteViewStore } from '@trunkline/sqlite'
import type { ViewStore } from '@trunkline/ports'
import { factsOf, scenarios, truthOf } from '../support/capture.js'
import { kamailioFacts } from '../support/kamailio-capture.js'
import { allRows, project } from '../support/project.js'

const T0 = 1_795_232_000_000_000
const SECOND = 1_000_000
const HOUR = 3600 * SECOND

let seq = 0
function registration(
  type: 'added' | 'refreshed' | 'removed' | 'expired',
  more: { at: number; id?: string; aor?: string; node?: string; expires?: number; contact?: string },
): Fact {
  seq += 1
  const { at, id = 'c1', aor = 'alice@kam.lab', node = 'sbc1', expires = 60, contact } = more
  return {
    id: `boot/${seq}`,
    type: `registration.${type}`,
    version: 1,
    key: node,
    time: T0 + at * SECOND,
    data: { core: 'boot', seq, aor, contactId: id, contact, expiresAt: T0 + (at + expires) * SECOND },
  } as Fact
}

function snapshot(at: number, contacts: readonly { aor: string; id: string; expires: number }[]): Fact {
  seq += 1
  return {
    id: `listener/x/sbc1/${seq}`,
    type: 'registration.snapshot',
    version: 1,
    key: 'sbc1',
    time: T0 + at * SECOND,
    data: {
      core: 'boot',
      reason: 'periodic',
      contacts: contacts.map(({ aor, id, expires }) => ({
        core: 'boot',
        aor,
        contactId: id,
        expiresAt: T0 + expires * SECOND,
      })),
    },
  }
}

describe('the views of nodes', () => {
  let folder: string
  const stores: ViewStore[] = []
  const open = async () => {
    const store = openSqliteViewStore({ file: join(folder, `${stores.length}.sqlite`) })
    stores.push(store)
    await store.createTables([userCallsTable])
    return store
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-nodes-'))
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const make = () => new RegistrationsProjection()
  const contactsAfter = async (facts: readonly Fact[], batch = 100) => {
    const store = await open()
    await project(store, facts, { make, batch })
    return store.all<{ contact_id: string; state: string }>('SELECT * FROM contacts ORDER BY contact_id')
  }

  it('holds the contacts that the phones of a captured FreeSWITCH had', async () => {
    const facts = factsOf('aa-registrations')
    const store = await open()
    await project(store, facts, { make, batch: 7 })
    const rows = await store.all<{ aor: string; state: string; expires_at: number; registered_at: number }>(
      "SELECT * FROM contacts WHERE aor LIKE '1015@%' OR aor LIKE '1016@%' OR aor LIKE '1040@%' ORDER BY aor, registered_at",
    )
    const told = truthOf('aa-registrations').facts['registrations'] as { user: string; what: string; t: number }[]
    expect(told).toHaveLength(8)
    expect(rows.map(({ aor, state }) => [aor.split('@')[0], state])).toEqual([
      ['1015', 'removed'],
      ['1015', 'removed'],
      ['1016', 'expired'],
    ])
    const presence = await store.all<{ user: string; online: number; contacts: number }>(
      "SELECT * FROM presence WHERE user LIKE '1015@%' OR user LIKE '1016@%' ORDER BY user",
    )
    expect(presence).toMatchObject([
      { online: 0, contacts: 0 },
      { online: 0, contacts: 0 },
    ])
  })

  it('has the same rows whatever the batches, the restarts and the duplicates', async () => {
    const facts = [
      ...scenarios()
        .filter((name) => !name.startsWith('ff'))
        .flatMap(factsOf),
      ...kamailioFacts(),
    ].sort((a, b) => a.time - b.time)
    const twice = facts.flatMap((fact, at) =>
      at % 3 === 0 ? [fact, fact] : at > 300 ? [fact, facts[at - 300]!] : [fact],
    )
    const makers: (() => Projection)[] = [
      make,
      () => new MessagesProjection(),
      () => new GatewaysProjection(),
      () => new SwitchesProjection(),
      () => new AuthenticationFailuresProjection(),
    ]
    for (const maker of makers) {
      const plain = await open()
      await project(plain, facts, { make: maker, batch: 500 })
      const expected = await allRows(plain, maker())
      expect(Object.values(expected)[0]!.length).toBeGreaterThan(0)
      for (const [given, batch] of [
        [facts, 13],
        [twice, 37],
      ] as const) {
        const store = await open()
        await project(store, given, { make: maker, batch, restartEvery: 3 })
        expect(await allRows(store, maker())).toEqual(expected)
      }
    }
  })

  it('holds the contacts that a captured Kamailio had at its end, by its own count', async () => {
    const store = await open()
    await project(store, kamailioFacts(), { make, batch: 9 })
    const rows = await store.all<{ aor: string; contact: string; contact_id: string }>(
      "SELECT * FROM contacts WHERE state = 'registered' ORDER BY aor, contact",
    )
    expect(rows.map(({ aor, contact, contact_id }) => [aor, contact, contact_id])).toEqual([
      // the last event of alice says that three are left
      ['alice@kam.lab', 'sip:alice@127.0.0.1:5071', 'uloc-6b0113b8-43cc-2'],
      ['alice@kam.lab', 'sip:alice@127.0.0.1:5201', 'uloc-6b0112ba-3ad2-8'],
      ['alice@kam.lab', 'sip:alice@127.0.0.1:5203', 'uloc-6b0112ba-3ad5-6'],
      ['bob@kam.lab', 'sip:bob@127.0.0.1:5072', 'uloc-6b0112ba-3ad3-6'],
      ['trunk1@kam.lab', 'sip:trunk1-uuid@127.0.0.1:15060', 'uloc-6b0112ba-3ad5-1'],
    ])
    expect(await store.all('SELECT * FROM presence ORDER BY user')).toMatchObject([
      { user: 'alice@kam.lab', online: 1, contacts: 3 },
      { user: 'bob@kam.lab', online: 1, contacts: 1 },
      { user: 'trunk1@kam.lab', online: 1, contacts: 1 },
    ])
  })

  it('lets the newest event of a contact win, in whatever order the events come', async () => {
    const added = registration('added', { at: 0 })
    const refreshed = registration('refreshed', { at: 10 })
    const removed = registration('removed', { at: 20 })
    for (const order of [
      [added, refreshed, removed],
      [removed, added, refreshed],
      [refreshed, removed, added],
    ]) {
      const [row] = await contactsAfter(order, 1)
      expect(row).toMatchObject({ state: 'removed', changed_at_us: removed.time })
    }
  })

  it('of two events at one moment the one with the higher sequence wins', async () => {
    const removed = registration('removed', { at: 5 })
    const added = registration('added', { at: 5 })
    expect(await contactsAfter([added, removed])).toMatchObject([{ state: 'registered' }])
    expect(await contactsAfter([removed, added])).toMatchObject([{ state: 'registered' }])
  })

  it('of a contact that was un-registered and purged later says removed', async () => {
    const facts = [
      registration('added', { at: 0 }),
      registration('removed', { at: 5 }),
      registration('expired', { at: 9 }),
    ]
    expect(await contactsAfter(facts)).toMatchObject([{ state: 'removed', changed_at_us: facts[2]!.time }])
  })

  it('ends by a snapshot what it does not list, adds what it lists, and leaves what is newer', async () => {
    const facts = [
      registration('added', { at: 0, id: 'kept', expires: 600 }),
      registration('added', { at: 0, id: 'gone', expires: 600 }),
      registration('added', { at: 0, id: 'ran-out', expires: 20 }),
      registration('added', { at: 0, id: 'elsewhere', node: 'sbc2' }),
      registration('added', { at: 31, id: 'newer' }),
      registration('removed', { at: 32, id: 'left' }),
      snapshot(30, [
        { aor: 'alice@kam.lab', id: 'kept', expires: 601 },
        { aor: 'bob@kam.lab', id: 'missed', expires: 90 },
        { aor: 'alice@kam.lab', id: 'left', expires: 90 },
      ]),
    ]
    const before = facts[0]!
    for (const batch of [1, 3, 100]) {
      expect(await contactsAfter(facts, batch)).toMatchObject([
        { contact_id: 'elsewhere', state: 'registered' },
        { contact_id: 'gone', state: 'removed', changed_at_us: T0 + 30 * SECOND },
        // agrees with what is known: not written again
        { contact_id: 'kept', state: 'registered', changed_at_us: before.time },
        { contact_id: 'left', state: 'removed' },
        { contact_id: 'missed', state: 'registered', aor: 'bob@kam.lab' },
        { contact_id: 'newer', state: 'registered' },
        { contact_id: 'ran-out', state: 'expired' },
      ])
    }
  })

  it('takes a removal without an id by its URI, and * as all contacts of the address', async () => {
    const facts = [
      registration('added', { at: 0, id: 'a', contact: 'sip:alice@10.0.0.1' }),
      registration('added', { at: 1, id: 'b', contact: 'sip:alice@10.0.0.2' }),
      registration('added', { at: 2, id: 'c', contact: 'sip:alice@10.0.0.3' }),
      registration('removed', { at: 3, id: '', contact: 'sip:alice@10.0.0.2' }),
    ]
    expect((await contactsAfter(facts)).map(({ state }) => state)).toEqual(['registered', 'removed', 'registered'])
    facts.push(registration('removed', { at: 4, id: '', contact: '*' }))
    const rows = await contactsAfter(facts)
    expect(rows).toMatchObject([
      { state: 'removed', contact: 'sip:alice@10.0.0.1' },
      { state: 'removed', contact: 'sip:alice@10.0.0.2' },
      { state: 'removed', contact: 'sip:alice@10.0.0.3' },
    ])
  })

  it('tells who comes and goes once, with what the user does at that time', async () => {
    const store = await open()
    await store.transaction((tx) =>
      tx.upsert(userCallsTable, [{ user: 'alice@kam.lab', tenant: 'kam.lab', activity: 'busy', live_calls: 2 }]),
    )
    const facts = [
      registration('added', { at: 0 }),
      registration('refreshed', { at: 30 }),
      registration('added', { at: 40, id: 'c2' }),
      registration('removed', { at: 50 }),
      registration('expired', { at: 100, id: 'c2' }),
    ]
    const told = await project(store, [...facts, facts[0]!], { make, batch: 1 })
    expect(told.map(({ data }) => data)).toEqual([
      expect.objectContaining({ user: 'alice@kam.lab', online: true, contacts: 1, activity: 'busy', liveCalls: 2 }),
      expect.objectContaining({ online: true, contacts: 2 }),
      expect.objectContaining({ online: true, contacts: 1 }),
      expect.objectContaining({ online: false, contacts: 0, changedAt: (T0 + 100 * SECOND) / 1000 }),
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(4)
  })

  it('forgets ends after seven days by the time of the switch', async () => {
    const day = 24 * 3600
    const facts = [
      registration('added', { at: 0, id: 'old' }),
      registration('removed', { at: 10, id: 'old' }),
      registration('added', { at: 0, id: 'stays', expires: 30 * day }),
      registration('added', { at: 6 * day, id: 'late' }),
    ]
    expect((await contactsAfter(facts)).map(({ contact_id }) => contact_id)).toEqual(['late', 'old', 'stays'])
    const after = [...facts, registration('added', { at: 7 * day + (2 * HOUR) / SECOND, id: 'now' })]
    for (const batch of [1, 2, 100])
      expect((await contactsAfter(after, batch)).map(({ contact_id }) => contact_id)).toEqual(['late', 'now', 'stays'])
  })

  it('keeps ids of any length apart', async () => {
    const long = 'x'.repeat(1000)
    const rows = await contactsAfter([
      registration('added', { at: 0, id: `${long}1` }),
      registration('added', { at: 0, id: `${long}2` }),
      registration('removed', { at: 1, id: `${long}2` }),
    ])
    expect(rows.map(({ state }) => state).sort()).toEqual(['registered', 'removed'])
    expect(rows.every(({ contact_id }) => contact_id.length <= 191)).toBe(true)
  })

  it('holds the furthest state of a message, whatever comes first', async () => {
    const message = (state: string, at: number, more: object = {}): Fact =>
      ({
        id: `boot/${state}`,
        type: 'message.changed',
        version: 1,
        key: 'sbc1',
        time: T0 + at * SECOND,
        data: { core: 'boot', message: 'm1', state, from: '', to: 'bob@kam.lab', ...more },
      }) as Fact
    const received = message('received', 0, { from: 'alice@kam.lab', body: 'Hello', contentType: 'text/plain' })
    const failed = message('failed', 5, { status: 408 })
    const stored = message('stored', 6)
    const expected = { state: 'stored', from_user: 'alice@kam.lab', body: 'Hello', received_at: T0 / 1000 }
    for (const order of [
      [received, failed, stored],
      [stored, failed, received],
      [failed, received, stored],
    ]) {
      for (const batch of [1, 3]) {
        const store = await open()
        await project(store, order, { make: () => new MessagesProjection(), batch })
        expect(await store.all('SELECT * FROM messages')).toMatchObject([expected])
      }
    }
  })

  it('knows a switch by its signs of life; another listener that hears it outweighs the one that lost it', async () => {
    const core = '7ce02584-0000-4000-8000-000000000001'
    const fact = (type: string, at: number, data: object, id = `core/${at}`): Fact =>
      ({ id, type, version: 1, key: 'pbx1', time: T0 + at * SECOND, data: { core, ...data } }) as Fact
    const heartbeat = (at: number) =>
      fact('switch.heartbeat', at, { seq: at, sessionCount: 3, sessionsSinceStartup: 9, upMs: 5000, version: '1.10' })
    const facts = [
      fact('switch.connected', 0, { listener: 'a', hostname: 'pbx', version: 'FreeSWITCH 1.10' }, 'listener/a/pbx1/1'),
      heartbeat(1),
      fact('switch.gap', 2, { listener: 'a', reason: 'lost', to: T0 }, 'listener/a/pbx1/2'),
      fact('switch.gap', 2, { listener: 'a', reason: 'lost', to: T0 }, 'listener/a/pbx1/2'),
      fact('switch.disconnected', 3, { listener: 'a', reason: 'lost' }, 'listener/a/pbx1/3'),
    ]
    const read = async (given: readonly Fact[]) => {
      const store = await open()
      await project(store, given, { make: () => new SwitchesProjection(), batch: 2 })
      return (await store.all('SELECT * FROM switches'))[0]
    }
    expect(await read(facts)).toMatchObject({
      kind: 'freeswitch',
      core,
      state: 'disconnected',
      gaps: 1,
      sessions: 3,
      hostname: 'pbx',
      version: '1.10',
      last_heartbeat_at: T0 / 1000 + 1000,
      last_event_at: T0 / 1000 + 1000,
      up_since: T0 / 1000 - 4000,
    })
    expect(await read([...facts, heartbeat(4)])).toMatchObject({ state: 'connected' })
  })
})
