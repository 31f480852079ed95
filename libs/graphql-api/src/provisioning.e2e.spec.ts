/** What each role and tenant sees of what is provisioned, over HTTP, upon real projections of real events. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EventStore } from '@trunkline/ports'
import { callStatisticsTable, gatewaysTable } from '@trunkline/projection'
import {
  provisioningItemsTable,
  startProvisioningProjector,
  type ProvisioningProjector,
} from '@trunkline/provisioning-views'
import { openSqliteEventStore } from '@trunkline/sqlite'
import { createVault, type Vault } from '@trunkline/vault'
import { pino } from 'pino'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { PATIENCE } from './queries/provisioning-wait.js'
import type { GraphqlApi } from './start-graphql-api.js'
import { appendSamples, event, IDS, PIN_ID, SECRET_ID, user } from './testing/provisioned-events.js'
import { A, B, START } from './testing/sample-calls.js'
import { ask, TestWorld, token } from './testing/test-world.js'

const logger = pino({ level: 'silent' })
const HOUR = 3_600_000

describe.each(VIEW_STORES)('on $name', ({ start }) => {
  let stores: ViewStores
  let world: TestWorld
  let vault: Vault
  let events: EventStore
  let projector: ProvisioningProjector
  let api: GraphqlApi
  const { alice, bob, eve, trunk } = IDS

  beforeAll(async () => {
    stores = await start()
    const store = await stores.open('provisioned')
    world = await TestWorld.create(store)
    vault = await createVault({ store, key: Buffer.alloc(32, 7), formerKeys: [] })
    events = openSqliteEventStore({ file: join(world.folder, 'events.sqlite') })
    await appendSamples(events, vault)
    projector = await startProvisioningProjector({ eventStore: events, store, logger })
    const item = {
      target: 'kamailio',
      kind: 'sip_user',
      id: alice,
      tenant: A,
      name: 'alice',
      position: '1',
      changed_at: START,
    }
    await world.write(provisioningItemsTable, {
      ...item,
      wanted_revision: 0,
      applied_revision: 0,
      state: 'applied',
      attempts: 0,
    })
    await world.write(provisioningItemsTable, {
      ...item,
      id: eve,
      tenant: B,
      name: 'eve',
      wanted_revision: 0,
      state: 'failed',
      reason: 'away',
      attempts: 2,
    })
    const sums = {
      attempts: 4,
      answered: 2,
      effective: 3,
      talk_ms: 60_000,
      ring_ms: 1,
      pdd_ms: 800,
      pdd_count: 4,
      mos_sum: 8,
      mos_count: 2,
    }
    const calls = { hour: START - (START % HOUR), tenant: A, direction: 'outbound', cause: 'x', ...sums }
    await world.write(
      callStatisticsTable,
      { ...calls, trunk, user: `Alice@${A}` },
      { ...calls, trunk: 'sip:sip.carrier.example:5060', user: `bob@${A}` },
      { ...calls, tenant: B, trunk: 'Carrier', user: `eve@${B}` },
    )
    await world.write(gatewaysTable, {
      switch: 'pbx1',
      gateway: trunk,
      profile: 'external',
      state: 'REGED',
      up: 1,
      changed_at_us: START * 1000,
    })
    api = await world.start({ openPersons: (sealed) => vault.open(sealed) })
    const operator = await token('operator')
    // the last of the samples; a busy machine may need more than the patience of one read
    const isThere = async () =>
      (await ask(api, operator, '{ ivrMenu(number: "6000", atLeastRevision: 0) { id } }')).errors === undefined
    for (let reads = 1; !(await isThere()); reads++) if (reads === 10) throw new Error('the views stay behind')
  })
  afterAll(async () => {
    await projector.close()
    await events.close()
    await world.close()
    await stores.dispose()
  })

  const as = async (role: 'admin' | 'operator' | 'analyst' | 'user', query: string, over = {}) =>
    ask(api, await token('tenant' in over ? 'admin' : role, over), query)

  it('shows a user by id, name and alias, with what belongs to it', async () => {
    const fields = `id username status revision hasCredential aliases suspended limits { concurrentCalls callsPerMinute }
      person { displayName email phone } provisioning { target state appliedRevision }
      statistics(from: "${new Date(START).toISOString()}", to: "${new Date(START + HOUR).toISOString()}") {
        volume answered asr ner talkMs acdMs pddMs mos }`
    const { data, errors } = await as(
      'operator',
      `{
      a: sipUser(id: "${alice}") { ${fields} } b: sipUser(username: "ALICE") { ${fields} }
      c: sipUser(username: "boss@${A}") { ${fields} } none: sipUser(username: "nobody") { id } }`,
    )
    expect(errors).toBeUndefined()
    expect(data.a).toEqual({
      ...{ id: alice, username: 'Alice', status: 'active', revision: 0, hasCredential: true, aliases: ['boss'] },
      ...{ suspended: null, limits: { concurrentCalls: 3, callsPerMinute: null } },
      person: { displayName: 'Name of Alice', email: 'Alice@mail.example', phone: null },
      provisioning: [{ target: 'kamailio', state: 'applied', appliedRevision: 0 }],
      statistics: { volume: 4, answered: 2, asr: 0.5, ner: 0.75, talkMs: 60_000, acdMs: 30_000, pddMs: 200, mos: 4 },
    })
    expect(data.b).toEqual(data.a)
    expect(data.c).toEqual(data.a)
    expect(data.none).toBeNull()
  })

  it('shows what else is provisioned, without secrets and their ids', async () => {
    const common = 'id tenant status revision createdAt updatedAt provisioning { state }'
    const { data, errors, ...rest } = await as(
      'operator',
      `{
      trunk(id: "${trunk}") { ${common} name active auth { username realm } gateways { switch name state }
        settings { hosts { host port } transport codecs limits { callsPerSecond } allowList registration { domain } }
        statistics(from: "2020-01-01", to: "2021-01-01") { volume asr }
        s: statistics(from: "${new Date(START).toISOString()}", to: "${new Date(START + HOUR).toISOString()}") { volume } }
      number(number: "+49301") { ${common} number target { kind id name } }
      routes { ${common} rules { id kind pattern target { kind id } prefix strip prepend priority trunks { trunkId weight } } }
      blockedCallers { edges { node { ${common} match value reason expiresAt } } }
      conferenceRoom(number: "8000") { ${common} number settings { name hasPin hasModeratorPin moderators recording } }
      callQueue(number: "7000") { ${common} settings { strategy overflow { kind id } } agents { userId tier position } }
      ivrMenu(number: "6000") { ${common} settings { entries { digits action { kind id } } onTimeout { kind name } } } }`,
    )
    expect(errors).toBeUndefined()
    expect(rest.status).toBe(200)
    expect(data.trunk).toMatchObject({ status: 'active', revision: 1, auth: { username: '4930', realm: null } })
    expect(data.trunk).toMatchObject({ statistics: { volume: 0, asr: null }, s: { volume: 8 } })
    expect(data.trunk.gateways).toEqual([{ switch: 'pbx1', name: trunk, state: 'REGED' }])
    expect(data.number).toMatchObject({ revision: 1, target: { kind: 'user', id: alice, name: null } })
    expect(data.routes.rules[0]).toMatchObject({
      kind: 'alias',
      pattern: 'x[0-9]',
      target: { kind: 'freeswitch' },
      trunks: null,
    })
    expect(data.routes.rules[1]).toMatchObject({
      kind: 'external',
      pattern: null,
      prefix: '+',
      trunks: [{ trunkId: trunk, weight: 100 }],
    })
    expect(data.blockedCallers.edges[0].node).toMatchObject({ value: '+4477', expiresAt: '2096-10-02T07:06:40.000Z' })
    expect(data.conferenceRoom.settings).toMatchObject({ hasPin: true, hasModeratorPin: false, moderators: [alice] })
    expect(data.callQueue).toMatchObject({
      settings: { strategy: 'ring_all' },
      agents: [{ userId: alice, tier: 1, position: 1 }],
    })
    expect(data.ivrMenu.settings).toMatchObject({ entries: [{ digits: '1', action: { kind: 'user', id: alice } }] })
    expect(JSON.stringify(data)).not.toMatch(new RegExp(`${SECRET_ID}|${PIN_ID}|secretId|sealed|keyId`, 'i'))
  })

  it('lists by name, prefix and status, in pages', async () => {
    const names = async (args: string, over = {}) => {
      const { data, errors } = await as(
        'operator',
        `{ sipUsers${args} { edges { node { username tenant } } pageInfo { hasNextPage endCursor } } }`,
        over,
      )
      expect(errors).toBeUndefined()
      return data.sipUsers
    }
    const listed = (found: { edges: { node: { username: string } }[] }) => found.edges.map(({ node }) => node.username)
    expect(listed(await names(''))).toEqual(['Alice', 'bob'])
    expect(listed(await names('(filter: { name: "AL" })'))).toEqual(['Alice'])
    expect(listed(await names('(filter: { status: suspended })'))).toEqual(['bob'])
    expect(listed(await names('(filter: { status: removed })'))).toEqual([])
    const first = await names('(first: 1)')
    expect([listed(first), first.pageInfo.hasNextPage]).toEqual([['Alice'], true])
    expect(listed(await names(`(first: 1, after: "${first.pageInfo.endCursor}")`))).toEqual(['bob'])
    expect(listed(await names('', { tenant: '*' }))).toEqual(['Alice', 'bob', 'eve'])
    expect(listed(await names(`(filter: { tenant: "${B}" })`, { tenant: '*' }))).toEqual(['eve'])
  })

  it('shows nobody what is not theirs', async () => {
    const code = async (...args: Parameters<typeof as>) => (await as(...args)).errors?.[0]?.extensions.code
    expect((await as('operator', `{ sipUser(id: "${eve}") { id } }`)).data.sipUser).toBeNull()
    expect((await as('operator', `{ sipUser(username: "eve@${B}") { id } }`)).data.sipUser).toBeNull()
    expect(await code('operator', `{ sipUsers(filter: { tenant: "${B}" }) { edges { cursor } } }`)).toBe('FORBIDDEN')
    expect(await code('operator', `{ routes(tenant: "${B}") { id } }`)).toBe('FORBIDDEN')
    expect(await code('operator', `{ audit(filter: { tenant: "${B}" }) { edges { cursor } } }`)).toBe('FORBIDDEN')
    const audit = await as('operator', `{ audit(filter: { stream: "sip_user-${eve}" }) { edges { cursor } } }`)
    expect(audit.data.audit.edges).toEqual([])
    const items = await as(
      'operator',
      `{ provisioningItems(filter: { kind: sip_user, id: "${eve}" }) { edges { cursor } } }`,
    )
    expect(items.data.provisioningItems.edges).toEqual([])
    expect(await code('analyst', '{ audit { edges { cursor } } }')).toBe('FORBIDDEN')
    expect(await code('analyst', `{ personData(userId: "${alice}") { callsUser } }`)).toBe('FORBIDDEN')
    expect(await code('analyst', `{ sipUser(id: "${alice}") { person { email } } }`)).toBe('FORBIDDEN')
    for (const query of [
      'trunks',
      'numbers',
      'blockedCallers',
      'conferenceRooms',
      'callQueues',
      'ivrMenus',
      'audit',
      'provisioningItems',
    ])
      expect(await code('user', `{ ${query} { edges { cursor } } }`)).toBe('FORBIDDEN')
    expect(await code('operator', '{ sipUser { id } }')).toBe('BAD_USER_INPUT')
    expect(await code('operator', `{ sipUser(username: "boss") { id } }`, { tenant: '*' })).toBe('BAD_USER_INPUT')
    expect(await code('operator', '{ routes { id } }', { tenant: '*' })).toBe('BAD_USER_INPUT')
  })

  it('lets a user see the own SIP user alone', async () => {
    const own = { user: `alice@${A}` }
    const { data } = await as(
      'user',
      `{ sipUsers { edges { node { username person { displayName } } } }
      own: sipUser(id: "${alice}") { username } other: sipUser(id: "${bob}") { username }
      personData(userId: "${bob}") { callsUser } }`,
      own,
    )
    expect(data.sipUsers.edges).toEqual([{ node: { username: 'Alice', person: { displayName: 'Name of Alice' } } }])
    expect(data).toMatchObject({ own: { username: 'Alice' }, other: null, personData: null })
  })

  it('tells who did what', async () => {
    const list = async (filter: string) => {
      const { data, errors } = await as(
        'operator',
        `{ audit(filter: ${filter}) { edges { node { type actor stream revision at summary } } } }`,
      )
      expect(errors).toBeUndefined()
      return data.audit.edges.map(({ node }: { node: { type: string } }) => node)
    }
    expect(await list('{ actor: "mallory" }')).toEqual([
      expect.objectContaining({ type: 'sip_user.suspended', revision: 1, stream: `sip_user-${bob}` }),
    ])
    const all = await list(`{ from: "${new Date(START).toISOString()}" }`)
    expect(all).toHaveLength(13)
    expect(await list(`{ to: "${new Date(START).toISOString()}" }`)).toEqual([])
    expect(JSON.stringify(all)).not.toMatch(new RegExp(`${SECRET_ID}|${PIN_ID}|secretId|keyId`, 'i'))
    expect(await list(`{ stream: "sip_user-${alice}" }`)).toMatchObject([
      { type: 'sip_user.created', summary: { username: 'Alice', person: { displayName: '[sealed]' } } },
    ])
  })

  it('tells how far things have come', async () => {
    const list = async (args: string, over = {}) => {
      const { data, errors } = await as(
        'analyst',
        `{ provisioningItems${args} { edges { node { target kind name state reason attempts wantedRevision appliedRevision } } } }`,
        over,
      )
      expect(errors).toBeUndefined()
      return data.provisioningItems.edges.map(({ node }: { node: { name: string } }) => node.name)
    }
    expect(await list('')).toEqual(['alice'])
    expect(await list('(filter: { state: failed })')).toEqual([])
    expect(await list('(filter: { state: failed })', { tenant: '*' })).toEqual(['eve'])
    expect(await list(`(filter: { kind: sip_user, id: "${alice}" })`)).toEqual(['alice'])
    expect(await list(`(filter: { target: "kamailio", kind: sip_user })`)).toEqual(['alice'])
  })

  it('waits for a revision that a command answered, and says when that takes too long', async () => {
    const usual = PATIENCE.ms
    PATIENCE.ms = 30_000
    const asked = as(
      'operator',
      `{ sipUser(id: "${bob}", atLeastRevision: 2) { status revision }
      sipUsers(filter: { name: "b" }, atLeast: { id: "${bob}", revision: 2 }) { edges { node { status } } }
      audit(filter: { stream: "sip_user-${bob}" }, atLeast: { id: "${bob}", revision: 2 }, first: 1) { edges { node { revision } } } }`,
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    await events.append(`sip_user-${bob}`, 1, [event('sip_user.resumed', user(bob, A, 'bob'))])
    const { data, errors } = await asked
    expect(errors).toBeUndefined()
    expect(data.sipUser).toEqual({ status: 'active', revision: 2 })
    expect(data.sipUsers.edges).toEqual([{ node: { status: 'active' } }])
    PATIENCE.ms = 200
    for (const query of [
      `{ sipUser(id: "${bob}", atLeastRevision: 9) { id } }`,
      `{ sipUsers(atLeast: { id: "${bob}", revision: 9 }) { edges { cursor } } }`,
      // others' things are as if they were not there
      `{ sipUser(id: "${eve}", atLeastRevision: 0) { id } }`,
      `{ audit(atLeast: { id: "${eve}", revision: 0 }) { edges { cursor } } }`,
      `{ provisioningItems(atLeast: { id: "${alice}", revision: 1 }) { edges { cursor } } }`,
    ]) {
      const { errors: found } = await as('operator', query)
      expect(found?.[0]?.extensions.code).toBe('VIEWS_BEHIND')
    }
    PATIENCE.ms = usual
  })

  it('gives out all that is known of a person, and nothing of an erased one', async () => {
    const query = `{ personData(userId: "${alice}") { user { username person { displayName email phone } }
      numbers { number } queues { number } rooms { number } callsUser auditStream } }`
    const { data, errors } = await as('operator', query)
    expect(errors).toBeUndefined()
    expect(data.personData).toEqual({
      user: { username: 'Alice', person: { displayName: 'Name of Alice', email: 'Alice@mail.example', phone: null } },
      numbers: [{ number: '+49301' }],
      queues: [{ number: '7000' }],
      rooms: [{ number: '8000' }],
      callsUser: `Alice@${A}`,
      auditStream: `sip_user-${alice}`,
    })
    const blind = await world.start()
    const shown = await ask(blind, await token('operator'), query)
    expect(shown.data.personData.user.person).toEqual({ displayName: null, email: null, phone: null })
    await vault.erasePerson(alice)
    const erased = await as('operator', query)
    expect(erased.data.personData.user.person).toEqual({ displayName: null, email: null, phone: null })
  })
})
