/** Every command, by REST and by GraphQL, on every view store. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { REST_OPERATIONS } from '@trunkline/command-http'
import { COMMANDS } from '@trunkline/commands'
import { z } from 'zod'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'
import { everyCommand, type Life } from './every-command.js'
import { byGraphql, byRest, type Send } from './senders.js'
import { openWorld, rest, token, type World } from './world.js'

const COLLECTIONS = {
  'sip-users': ['alice', 'bob', 'carol'],
  trunks: ['old', 'fresh', 'spare'],
  numbers: ['number'],
  'blocked-callers': ['blocked'],
  'conference-rooms': ['room'],
  'call-queues': ['queue'],
  'ivr-menus': ['menu'],
} as const

describe.each(VIEW_STORES)('commands on $name', ({ start }) => {
  let stores: ViewStores
  let world: World
  const lives: Record<'rest' | 'graphql', Life> = {} as never
  const senders: Record<'rest' | 'graphql', Send> = {} as never
  const tenants = { rest: 'rest.example', graphql: 'gql.example' }

  beforeAll(async () => {
    stores = await start()
    world = await openWorld(await stores.open('commands'), { limits: { burst: 10_000, perSecond: 10_000 } })
    senders.rest = byRest(world, await token('operator', tenants.rest))
    senders.graphql = byGraphql(world, await token('operator', tenants.graphql))
    lives.rest = await everyCommand(senders.rest, '+493000001')
    lives.graphql = await everyCommand(senders.graphql, '+493000002')
  })
  afterAll(async () => {
    await world?.close()
    await stores?.dispose()
  })

  it('are all sent here', () => {
    expect([...lives.rest.sent].sort()).toEqual(COMMANDS.map(({ name }) => name).sort())
    expect([...lives.graphql.sent].sort()).toEqual(COMMANDS.map(({ name }) => name).sort())
  })

  it('have the same effect both ways, as the REST API shows it', async () => {
    const shown = { rest: await thingsOf('rest'), graphql: await thingsOf('graphql') }
    expect(shown.graphql).toEqual(shown.rest)
    expect(shown.rest['alice']).toMatchObject({
      username: 'alice',
      status: 'active',
      person: { displayName: 'Alice "A" <b>', email: 'alice@mail.example', phone: null },
      limits: { concurrentCalls: 3, callsPerMinute: 20 },
      aliases: ['care4w-1000001', 'ally'],
      hasCredential: true,
    })
    expect(shown.rest['bob']).toMatchObject({ status: 'suspended', person: { displayName: null } })
    expect(shown.rest['carol']).toMatchObject({ status: 'removed' })
  })

  it('say the same of the same fault', async () => {
    const faults: [string, Record<string, unknown>, string][] = [
      ['createSipUser', { username: 'ALICE' }, 'TAKEN'],
      ['createSipUser', { username: 'no spaces', limits: { concurrentCalls: 0 } }, 'INVALID'],
      ['suspendSipUser', { id: randomUUID() }, 'NOT_FOUND'],
      ['resumeSipUser', { id: lives.rest.ids['carol'] }, 'NOT_FOUND'],
      ['createSipUser', { username: 'dora', tenant: 'other.example' }, 'FORBIDDEN'],
    ]
    for (const [name, input, code] of faults) {
      const [one, other] = [await senders.rest(name, input), await senders.graphql(name, input)]
      expect([name, other]).toEqual([name, name === 'resumeSipUser' ? expect.anything() : one])
      expect(one.code).toBe(name === 'resumeSipUser' ? 'REMOVED' : code)
    }
    const { errors } = await senders.graphql('createSipUser', { username: 'no spaces' })
    expect(errors).toEqual([{ field: 'username', rule: expect.stringContaining('1 to 64') }])
  })

  it.each(['rest', 'graphql'] as const)('are done once for each key, and show a password once (%s)', async (way) => {
    const key = randomUUID()
    const first = await senders[way]('createSipUser', { username: `once-${way}` }, { key })
    const again = await senders[way]('createSipUser', { username: `once-${way}` }, { key })
    expect(first.answer).toMatchObject({ changed: true, replayed: false, result: { password: expect.any(String) } })
    expect(again.answer).toMatchObject({ id: first.answer!.id, replayed: true, result: { password: null } })
    expect(await senders[way]('createSipUser', { username: 'other' }, { key })).toMatchObject({ code: 'KEY_REUSED' })
  })

  it.each(['rest', 'graphql'] as const)('are refused when the thing has changed since (%s)', async (way) => {
    const { answer } = await senders[way]('createSipUser', { username: `stale-${way}` })
    const { id, revision } = answer!
    const next = await senders[way]('suspendSipUser', { id }, { expectedRevision: revision })
    expect(next.answer!.revision).toBe(revision + 1)
    expect(await senders[way]('resumeSipUser', { id }, { expectedRevision: revision })).toMatchObject({
      code: 'STALE_REVISION',
    })
  })

  it('are read back at once with atLeastRevision, and by name, by whoever syncs with its own keys', async () => {
    const bearer = await token('operator', 'sync.example')
    const [key, body] = ['owner-app:user:42', { username: 'user42' }]
    const create = () => rest(world, 'POST /v1/sip-users', { bearer, body, headers: { 'idempotency-key': key } })
    const [one, two] = [await create(), await create()]
    expect([one.status, two.status, two.body.id]).toEqual([201, 201, one.body.id])
    expect(one.headers.get('location')).toBe(`/v1/sip-users/${one.body.id}`)
    const { id, revision } = one.body
    const read = await rest(world, `GET /v1/sip-users/${id}?atLeastRevision=${revision}`, { bearer })
    expect(read).toMatchObject({ status: 200, body: { username: 'user42', revision } })
    expect(read.headers.get('etag')).toBe(`"${revision}"`)
    const byName = await rest(world, 'GET /v1/sip-users?username=USER42', { bearer })
    expect(byName.body.items).toEqual([read.body])
    const gone = await rest(world, `DELETE /v1/sip-users/${id}`, { bearer })
    expect(gone.status).toBe(200)
    await rest(world, `GET /v1/sip-users/${id}?atLeastRevision=${gone.body.revision}`, { bearer })
    expect((await rest(world, 'GET /v1/sip-users?username=user42', { bearer })).body.items).toEqual([])
  })

  it('are told by the audit with who sent them, page by page', async () => {
    const bearer = await token('operator', tenants.graphql)
    const all: { revision: number; actor: string; type: string; commandId: string }[] = []
    let after = ''
    for (;;) {
      const { status, body } = await rest(world, `GET /v1/audit?limit=20${after}`, { bearer })
      expect(status).toBe(200)
      all.push(...body.items)
      if (body.next === null) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    expect(all.length).toBeGreaterThan(50)
    expect(new Set(all.map(({ actor }) => actor)).size).toBe(1)
    expect(all[0]!.actor).toContain('operator@gql.example')
    expect(all.map(({ type }) => type)).toContain('sip_user.credential_rotated')
  })

  it('leave no password in events, rows of views, logs or answers', async () => {
    const secrets = [...lives.rest.secrets, ...lives.graphql.secrets]
    expect(secrets.length).toBeGreaterThan(10)
    const events = await world.eventStore.readAll({ after: undefined, limit: 10_000 })
    const rows: unknown[] = []
    for (const table of ['provisioned', 'provisioning_audit', 'provisioned_names']) {
      rows.push(await world.store.all(`SELECT * FROM ${table}`))
    }
    const bearer = await token('operator', tenants.rest)
    const answers: unknown[] = []
    for (const path of [...Object.keys(COLLECTIONS), 'routes', 'audit', 'provisioning-items']) {
      answers.push((await rest(world, `GET /v1/${path}`, { bearer })).body)
    }
    const everything = JSON.stringify([events, rows, world.log, answers])
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([])
  })

  /** As the API shows them, without what must differ between two lives. */
  async function thingsOf(way: 'rest' | 'graphql'): Promise<Record<string, unknown>> {
    const bearer = await token('operator', tenants[way])
    const { ids } = lives[way]
    const shown: Record<string, unknown> = {}
    for (const [path, names] of Object.entries(COLLECTIONS)) {
      for (const name of names) {
        const { status, body } = await rest(
          world,
          `GET /v1/${path}/${encodeURIComponent(ids[name]!)}?atLeastRevision=0`,
          {
            bearer,
          },
        )
        expect([name, status]).toEqual([name, 200])
        schemaOf(path).parse(body)
        shown[name] = body
      }
    }
    const routes = await rest(world, 'GET /v1/routes', { bearer })
    schemaOf('routes').parse(routes.body)
    shown['routes'] = routes.body
    const known = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
    let text = JSON.stringify(shown)
      .replaceAll(tenants[way], 'tenant.example')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\+49300000\d/g, '+49300000N')
    for (const [id, name] of known) text = text.replaceAll(id, name)
    return JSON.parse(text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')) as Record<string, unknown>
  }

  function schemaOf(path: string): z.ZodType {
    const one = REST_OPERATIONS.find(
      ({ method, path: own }) =>
        method === 'GET' && (own === `/${path}/{id}` || (path === 'routes' && own === '/routes')),
    )
    return one!.answers[200]!.schema!
  }
})
