/** What the REST API does beside the commands of single things, by GraphQL. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'
import { graphql, openWorld, token, type World } from './world.js'

let stores: ViewStores
let world: World
let operator: string
let platform: string
beforeAll(async () => {
  stores = await VIEW_STORES[0]!.start()
  world = await openWorld(await stores.open('operations'))
  operator = await token('operator')
  platform = await token('admin', '*')
})
afterAll(async () => {
  await world?.close()
  await stores?.dispose()
})

async function ask(bearer: string, query: string, variables: Record<string, unknown> = {}) {
  const { body } = await graphql(world, bearer, { query, variables })
  const [error] = body.errors ?? []
  return { data: body.data, code: error?.extensions.code, errors: error?.extensions.errors }
}

const CREATE = `mutation ($input: CreateSipUsersInput!, $key: String!) {
  createSipUsers(input: $input, idempotencyKey: $key) { id tenant state total }
}`
const JOB = 'query ($id: String!) { bulkJob(id: $id) { state total done failed startedBy createdAt finishedAt } }'
const TAKE = `mutation ($id: String!, $after: Int) {
  takeBulkCredentials(input: { id: $id, after: $after, limit: 2 }) { items { row username password } next }
}`

async function settled(id: string) {
  for (;;) {
    const { data } = await ask(operator, JOB, { id })
    if (data.bulkJob.state === 'done') return data.bulkJob
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a bulk by GraphQL', () => {
  it('is begun once for a key, tells how far it is and gives its passwords once', async () => {
    const users = [{ username: 'ann' }, { username: 'ben', password: null }]
    const sent = { input: { users }, key: randomUUID() }
    const first = (await ask(operator, CREATE, sent)).data.createSipUsers
    expect(first).toMatchObject({ tenant: 'a.example', total: 2 })
    expect((await ask(operator, CREATE, sent)).data.createSipUsers.id).toBe(first.id)
    const done = await settled(first.id)
    expect(done).toMatchObject({ total: 2, done: 2, failed: 0, startedBy: 'operator@a.example' })
    expect(Date.parse(done.finishedAt)).toBeGreaterThanOrEqual(Date.parse(done.createdAt))

    const again = { input: { users: [{ username: 'ann' }, { username: 'dora' }] }, key: randomUUID() }
    const second = (await ask(operator, CREATE, again)).data.createSipUsers.id as string
    expect(await settled(second)).toMatchObject({ done: 1, failed: 1 })
    const pages = `query ($id: String!) {
      bulkFailures(id: $id) { items { row username code faults { field rule } } next }
      bulkCreated(id: $id, after: null) { items { row username } next }
    }`
    expect((await ask(operator, pages, { id: second })).data).toMatchObject({
      bulkFailures: { items: [{ row: 0, username: 'ann', code: 'TAKEN' }], next: null },
      bulkCreated: { items: [{ row: 1, username: 'dora' }], next: null },
    })

    const taken = (await ask(operator, TAKE, { id: first.id })).data.takeBulkCredentials
    expect(taken.items).toEqual([{ row: 0, username: 'ann', password: expect.stringMatching(/.{20}/) }])
    expect((await ask(operator, TAKE, { id: first.id, after: 0 })).data.takeBulkCredentials.items).toEqual([])
    expect((await ask(operator, TAKE, { id: first.id })).data.takeBulkCredentials.items).toEqual([])
  })

  it('takes 10,000 users in one request', async () => {
    const users = Array.from({ length: 10_000 }, (_, i) => ({
      username: `many${i}`,
      aliases: [`care4w-${1000000 + i}`],
    }))
    const { data } = await ask(operator, CREATE, { input: { users }, key: randomUUID() })
    expect(data.createSipUsers).toMatchObject({ total: 10_000 })
    expect(await settled(data.createSipUsers.id)).toMatchObject({ done: 10_000, failed: 0 })
  })

  it('names the row and the field that break a rule, and begins nothing', async () => {
    const users = [{ username: 'erna' }, { username: 'not right' }]
    const { code, errors } = await ask(operator, CREATE, { input: { users }, key: randomUUID() })
    expect({ code, fields: errors.map(({ field }: { field: string }) => field) }).toEqual({
      code: 'INVALID',
      fields: ['users[1].username'],
    })
  })

  it('is of its tenant, and of those who may create users', async () => {
    const input = { users: [{ username: 'frida' }] }
    const { id } = (await ask(operator, CREATE, { input, key: randomUUID() })).data.createSipUsers
    const stranger = await token('operator', 'b.example')
    expect((await ask(stranger, JOB, { id })).code).toBe('JOB_NOT_FOUND')
    expect((await ask(stranger, TAKE, { id })).code).toBe('JOB_NOT_FOUND')
    for (const role of ['analyst', 'user'] as const) {
      const bearer = await token(role)
      expect((await ask(bearer, CREATE, { input, key: randomUUID() })).code).toBe('FORBIDDEN')
      expect((await ask(bearer, JOB, { id })).code).toBe('FORBIDDEN')
    }
  })
})

describe('webhooks by GraphQL', () => {
  it('are created, changed, listed and removed, each by its tenant alone', async () => {
    const url = 'https://hooks.example/users'
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id url types secret } }'
    const types = ['sip_user_created', 'user_registered']
    const made = (await ask(operator, create, { input: { url, types } })).data.createWebhook
    expect(made).toMatchObject({ url, types, secret: expect.stringMatching(/^whsec_/) })
    const { id } = made as { id: string }

    const list = '{ webhooks { items { id types active } } }'
    expect((await ask(operator, list)).data.webhooks.items).toEqual([{ id, types, active: true }])
    const stranger = await token('operator', 'b.example')
    expect((await ask(stranger, list)).data.webhooks.items).toEqual([])

    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { types active url } }'
    expect((await ask(stranger, update, { input: { id, active: false } })).code).toBe('NOT_FOUND')
    expect((await ask(operator, update, { input: { id, active: false, types: null, url: null } })).data).toEqual({
      updateWebhook: { types: null, active: false, url },
    })
    const replay = 'mutation ($id: String!) { replayWebhook(input: { id: $id }) { done } }'
    expect((await ask(operator, replay, { id })).data.replayWebhook).toEqual({ done: true })
    const sent = 'query ($id: String!) { webhookDeliveries(id: $id, state: dead) { items { eventId } next } }'
    expect((await ask(operator, sent, { id })).data.webhookDeliveries).toEqual({ items: [], next: null })
    expect((await ask(stranger, sent, { id })).code).toBe('NOT_FOUND')
    const remove = 'mutation ($id: String!) { removeWebhook(input: { id: $id }) { done } }'
    expect((await ask(operator, remove, { id })).data.removeWebhook).toEqual({ done: true })
    expect((await ask(operator, remove, { id })).code).toBe('NOT_FOUND')
  })
})

describe('what is of the platform', () => {
  it('is open to an admin of all tenants alone', async () => {
    const all = [
      'mutation { reconcile { requestId } }',
      '{ reconciliations { items { target } } }',
      '{ kamailioBans { items { source } } }',
      'mutation { liftBan(input: { source: "192.0.2.1" }) { items { source } } }',
    ]
    for (const bearer of [operator, await token('admin')]) {
      for (const query of all)
        expect({ query, code: (await ask(bearer, query)).code }).toEqual({ query, code: 'FORBIDDEN' })
    }
  })

  it('has a comparison asked for, and says where there is no Kamailio', async () => {
    const { data } = await ask(platform, 'mutation { reconcile { requestId } }')
    expect(data.reconcile.requestId).toEqual(expect.any(String))
    expect((await ask(platform, '{ kamailioBans { items { source } } }')).code).toBe('NO_KAMAILIO')
  })
})
