/** Bulks, phones, logins and mutations over real HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { provisioningItemsTable } from '@trunkline/provisioning-views'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'
import { graphql, openWorld, rest, token, type World } from './world.js'

const SQLITE = VIEW_STORES[0]!
const generous = { limits: { burst: 100_000, perSecond: 100_000, refusedBurst: 100_000 } }

let stores: ViewStores
let world: World
let operator: string
beforeAll(async () => {
  stores = await SQLITE.start()
  world = await openWorld(await stores.open('flows'), generous)
  operator = await token('operator')
})
afterAll(async () => {
  await world?.close()
  await stores?.dispose()
})

describe('a bulk of users', () => {
  it('is begun, watched, and gives its passwords page by page until they are confirmed', async () => {
    const users = Array.from({ length: 30 }, (_, i) => ({ username: `bulk${i}` }))
    const headers = { 'idempotency-key': 'bulk-1' }
    const begin = () => rest(world, 'POST /v1/sip-users/bulk', { bearer: operator, headers, body: { users } })
    const [first, again] = [await begin(), await begin()]
    expect([first.status, again.status, again.body.id]).toEqual([202, 202, first.body.id])
    const at = first.headers.get('location')!
    expect(at).toBe(`/v1/bulk-jobs/${first.body.id}`)
    const foreign = await rest(world, `GET ${at}`, { bearer: await token('operator', 'b.example') })
    expect(foreign.body.code).toBe('JOB_NOT_FOUND')
    let job = first.body
    const deadline = Date.now() + 90_000
    while (job.state !== 'done' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      job = (await rest(world, `GET ${at}`, { bearer: operator })).body
    }
    expect(job).toMatchObject({ state: 'done', total: 30, done: 30, failed: 0 })
    const take = (body: object) => rest(world, `POST ${at}/credentials`, { bearer: operator, body })
    const page = (await take({ limit: 20 })).body
    expect(page.items).toHaveLength(20)
    expect((await take({ limit: 20 })).body.items).toEqual(page.items)
    const rest10 = (await take({ after: page.next })).body
    expect(rest10.items).toHaveLength(10)
    expect((await take({ limit: 20 })).body.items).not.toEqual(page.items)
    const created = await rest(world, `GET ${at}/created?limit=10&after=9`, { bearer: operator })
    expect(created.body.items[0]).toMatchObject({ row: 10, username: 'bulk10' })
    expect((await rest(world, `GET ${at}/failures`, { bearer: operator })).body).toEqual({ items: [], next: null })
  })

  it('is refused as a whole when a row is wrong, and says which', async () => {
    const users = [{ username: 'fine' }, { username: 'not fine' }]
    const { status, body } = await rest(world, 'POST /v1/sip-users/bulk', { bearer: operator, body: { users } })
    expect(status).toBe(422)
    expect(body.errors[0].field).toMatch(/^users\[1\]/)
  })
})

describe('what is to reach Kamailio and FreeSWITCH', () => {
  it('is shown page by page, of the own tenant, by state', async () => {
    const row = (tenant: string, kind: string, id: string, state: string) => ({
      target: 'kamailio',
      kind,
      id,
      tenant,
      name: id,
      wanted_revision: 3,
      applied_revision: state === 'pending' ? null : 3,
      state,
      reason: state === 'failed' ? 'no such gateway' : null,
      attempts: 1,
      next_attempt_at: null,
      changed_at: 1_700_000_000_000,
      position: '1',
      memory: '{}',
    })
    await world.store.transaction((tx) =>
      tx.upsert(provisioningItemsTable, [
        row('items.example', 'sip_user', 'a', 'applied'),
        row('items.example', 'sip_user', 'b', 'pending'),
        row('items.example', 'trunk', 'a', 'failed'),
        row('other.example', 'trunk', 'b', 'failed'),
      ]),
    )
    const bearer = await token('analyst', 'items.example')
    const list = (query: string) => rest(world, `GET /v1/provisioning-items?${query}`, { bearer })
    const first = await list('limit=2')
    expect(first.body.items.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
      ['a', 'applied'],
      ['b', 'pending'],
    ])
    const second = await list(`limit=2&after=${encodeURIComponent(first.body.next)}`)
    expect(second.body).toMatchObject({
      items: [{ kind: 'trunk', id: 'a', state: 'failed', reason: 'no such gateway', appliedRevision: 3 }],
      next: null,
    })
    expect((await list('state=failed')).body.items).toEqual(second.body.items)
    expect((await list('state=lost')).body.code).toBe('INVALID')
  })
})

describe('a webhook', () => {
  it('is kept by an operator for the own tenant, shows its secret once, and leads nowhere private', async () => {
    const create = (body: object, bearer = operator) => rest(world, 'POST /v1/webhooks', { bearer, body })
    const made = await create({ url: 'https://app.example/hook', types: ['sip_user.created'] })
    expect(made).toMatchObject({
      status: 201,
      body: { tenant: 'a.example', active: true, types: ['sip_user.created'] },
    })
    const { id, secret } = made.body
    expect(secret).toMatch(/^whsec_/)
    const list = await rest(world, 'GET /v1/webhooks', { bearer: operator })
    expect(list.body.items).toEqual([expect.objectContaining({ id, url: 'https://app.example/hook' })])
    expect(JSON.stringify(list.body)).not.toContain(secret)

    expect((await create({ url: 'http://app.example/' })).body).toMatchObject({
      code: 'INVALID',
      errors: [{ field: 'url' }],
    })
    expect((await create({ url: 'https://10.0.0.1/' })).status).toBe(422)
    expect((await create({ url: 'https://app.example/', tenant: 'b.example' })).body.code).toBe('FORBIDDEN')
    const root = await token('admin', '*', 'root')
    const nowhere = await create({ url: 'https://app.example/', tenant: 'no domain' }, root)
    expect(nowhere.body).toMatchObject({ code: 'INVALID', errors: [{ field: 'tenant' }] })
    expect((await create({ url: 'https://app.example/', types: ['call.ended'] })).body.code).toBe('INVALID')
    expect((await create({ url: 'https://app.example/' }, await token('analyst'))).body.code).toBe('FORBIDDEN')

    const foreign = await token('operator', 'b.example')
    const at = `/v1/webhooks/${id}`
    for (const request of [`GET ${at}/deliveries`, `DELETE ${at}`, `POST ${at}/replay`])
      expect((await rest(world, request, { bearer: foreign })).body.code).toBe('NOT_FOUND')
    expect((await rest(world, 'GET /v1/webhooks', { bearer: foreign })).body).toEqual({ items: [] })
    const stopped = await rest(world, `PATCH ${at}`, { bearer: operator, body: { active: false, types: null } })
    expect(stopped.body).toMatchObject({ active: false, types: null })
    expect((await rest(world, `GET ${at}/deliveries`, { bearer: operator })).body).toEqual({ items: [], next: null })
    expect((await rest(world, `POST ${at}/replay`, { bearer: operator })).status).toBe(202)
    expect((await rest(world, `DELETE ${at}`, { bearer: operator })).status).toBe(204)
    expect((await rest(world, `DELETE ${at}`, { bearer: operator })).body.code).toBe('NOT_FOUND')
    const told = world.log.map((line) => JSON.parse(line) as { webhook?: string; what?: string; actor?: string })
    expect(told.filter(({ webhook }) => webhook === id).map(({ what, actor }) => [what, actor])).toEqual(
      ['created', 'changed', 'removed'].map((what) => [what, 'operator@a.example']),
    )
  })
})

describe('a reconciliation', () => {
  it('is asked for and shown by an admin of all tenants, and by nobody else', async () => {
    const root = await token('admin', '*', 'root')
    const asked = await rest(world, 'POST /v1/reconcile', { bearer: root })
    expect(asked).toMatchObject({ status: 202, body: { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
    expect((await rest(world, 'GET /v1/reconciliations', { bearer: root })).body).toEqual({ items: [] })
    for (const bearer of [operator, await token('admin', 'a.example')]) {
      expect((await rest(world, 'POST /v1/reconcile', { bearer })).body.code).toBe('FORBIDDEN')
    }
  })
})

describe('the set-up of a phone', () => {
  it('takes the password that was just shown, and no other, by REST and GraphQL', async () => {
    const made = await rest(world, 'POST /v1/sip-users', {
      bearer: operator,
      body: { username: 'Desk', person: { displayName: 'Desk & <co>' } },
    })
    const { id, revision, result } = made.body
    await rest(world, `GET /v1/sip-users/${id}?atLeastRevision=${revision}`, { bearer: operator })
    const ask = (body: object, bearer = operator) =>
      rest(world, `POST /v1/sip-users/${id}/phone-setup`, { bearer, body: { device: 'cisco_spa', ...body } })
    const right = await ask({ password: result.password })
    expect(right.status).toBe(200)
    expect(right.body.file.text).toContain('<Display_Name_1_>Desk &amp; &lt;co&gt;</Display_Name_1_>')
    expect((await ask({})).body.hasPassword).toBe(false)
    const query = `mutation ($input: PhoneSetupInput!) { phoneSetup(input: $input) { device hasPassword qr { text } } }`
    const variables = { input: { id, device: 'yealink', password: result.password } }
    const other = await graphql(world, operator, { query, variables })
    expect(other.body.data.phoneSetup).toMatchObject({ device: 'yealink', hasPassword: true })

    const own = await token('user', 'a.example', 'Desk')
    expect((await ask({}, own)).status).toBe(200)
    expect((await ask({}, await token('user', 'a.example', 'mallory'))).body.code).toBe('NOT_FOUND')
    expect((await ask({}, await token('operator', 'b.example'))).body.code).toBe('NOT_FOUND')
    const codes = []
    for (let i = 0; i < 6; i++) codes.push((await ask({ password: `wrong-${i}` })).body.code)
    expect(codes).toEqual(['INVALID', 'INVALID', 'INVALID', 'INVALID', 'INVALID', 'BUSY'])
  })
})

describe('those who log in', () => {
  it('get tokens by REST and by GraphQL without one, which end with the session', async () => {
    const { oneTimePassword } = await world.parts.accounts!.firstAdmin('root')
    const password = 'a Long enough passphrase'
    const changed = await rest(world, 'POST /v1/auth/password', {
      body: { name: 'root', password: oneTimePassword, newPassword: password },
    })
    expect(changed.status).toBe(200)
    const login = `mutation { login(input: {name: "root", password: "${password}"}) { accessToken refreshToken account { role createdAt } } }`
    const { body } = await graphql(world, undefined, { query: login })
    const { accessToken, refreshToken, account } = body.data.login
    expect(account).toMatchObject({ role: 'admin', createdAt: expect.stringMatching(/^2\d{3}-/) })
    const me = await rest(world, 'GET /v1/auth/me', { bearer: accessToken })
    expect(me.body).toMatchObject({ role: 'admin', tenant: '*' })
    const made = await rest(world, 'POST /v1/sip-users', {
      bearer: accessToken,
      body: { username: 'by-login', tenant: 'c.example' },
    })
    expect(made.status).toBe(201)
    const logout = await graphql(world, undefined, {
      query: `mutation { logout(input: {refreshToken: "${refreshToken}"}) { loggedOut } }`,
    })
    expect(logout.body.data.logout.loggedOut).toBe(true)
    const deadline = performance.now() + 15_000
    let status = 200
    while (status === 200 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      ;({ status } = await rest(world, 'GET /v1/auth/me', { bearer: accessToken }))
    }
    expect(status).toBe(401)
    const wrong = await rest(world, 'POST /v1/auth/login', { body: { name: 'root', password: 'not it, surely not' } })
    expect([wrong.status, wrong.body.code]).toEqual([401, 'INVALID_LOGIN'])
  })

  it.each([
    '{ __schema { types { name } } }',
    'mutation { login(input: {name: "a", password: "b"}) { accessToken } createSipUser(input: {username: "x"}, idempotencyKey: "k") { id } }',
    'mutation { ...f } fragment f on Mutation { login(input: {name: "a", password: "b"}) { accessToken } }',
    'query { calls(first: 1) { edges { node { id } } } }',
    'not graphql at all, but mutation',
  ])('are the only ones without a token: %s', async (query) => {
    const { status, body } = await graphql(world, undefined, { query })
    expect([status, body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })
})

describe('mutations', () => {
  const create = 'mutation { createSipUser(input: {username: "by-get"}, idempotencyKey: "get-1") { id } }'

  it('are taken by POST only', async () => {
    const response = await fetch(`${world.url}/graphql?query=${encodeURIComponent(create)}`, {
      headers: { authorization: `Bearer ${operator}`, 'apollo-require-preflight': 'true' },
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect((await rest(world, 'GET /v1/sip-users?username=by-get', { bearer: operator })).body.items).toEqual([])
  })

  it('are not taken over WebSocket, where nobody knows what a lost connection did', async () => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const messages: { type: string; payload?: { extensions: { code: string } }[] }[] = []
    await new Promise<void>((resolve, reject) => {
      socket.onerror = () => reject(new Error('no socket'))
      socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token: operator } }))
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as (typeof messages)[number]
        messages.push(message)
        if (message.type === 'connection_ack') {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: create } }))
        } else if (message.type === 'error' || message.type === 'next') resolve()
      }
    })
    socket.close()
    expect(messages.at(-1)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect((await rest(world, 'GET /v1/sip-users?username=by-get', { bearer: operator })).body.items).toEqual([])
  })

  it('count against depth, aliases and cost like queries', async () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `a${i}: removeSipUser(input: {id: "x"}, idempotencyKey: "k${i}") { id }`,
    )
    const { body } = await graphql(world, operator, { query: `mutation { ${many.join(' ')} }` })
    expect(body.errors[0].extensions.code).toBe('TOO_COMPLEX')
  })
})

describe('without VAULT_KEY in production', () => {
  it('commands and persons are refused with what to set, everything else is served', async () => {
    const off = await openWorld(await stores.open('off'), { env: { VAULT_KEY: '' } })
    expect(off.log.join('')).toMatch(/VAULT_KEY must be set/)
    const refused = await rest(off, 'POST /v1/sip-users', { bearer: operator, body: { username: 'x' } })
    expect([refused.status, refused.body.code]).toEqual([503, 'PROVISIONING_OFF'])
    expect(refused.body.title).toContain('VAULT_KEY')
    const query = 'mutation { createSipUser(input: {username: "x"}, idempotencyKey: "k") { id } }'
    const mutation = await graphql(off, operator, { query })
    expect(mutation.body.errors[0]).toMatchObject({
      message: expect.stringContaining('VAULT_KEY'),
      extensions: { code: 'PROVISIONING_OFF', retryable: false },
    })
    expect((await rest(off, 'GET /v1/trunks', { bearer: operator })).status).toBe(200)
    await off.close()
  })
})
