/** Who may come in, what is refused and how, and that the document tells the truth. */
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ROLES } from '@trunkline/access'
import { openApiDocument, REST_ERRORS, REST_OPERATIONS } from '@trunkline/command-http'
import { COMMANDS } from '@trunkline/commands'
import { fastify } from 'fastify'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'
import { byGraphql } from './senders.js'
import { graphql, openWorld, rest, token, type World } from './world.js'

const SQLITE = VIEW_STORES[0]!
const generous = { limits: { burst: 100_000, perSecond: 100_000, refusedBurst: 100_000 } }

let stores: ViewStores
let world: World
let operator: string
beforeAll(async () => {
  stores = await SQLITE.start()
  world = await openWorld(await stores.open('surface'), generous)
  operator = await token('operator')
})
afterAll(async () => {
  await world?.close()
  await stores?.dispose()
})

const filled = (path: string) => path.replace(/\{(\w+)\}/g, randomUUID())

describe('every operation', () => {
  it('of the document is served, and nothing else is', async () => {
    const served: string[] = []
    const server = fastify()
    server.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') served.push(`${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`)
    })
    world.parts.routes(server)
    await server.ready()
    const { paths } = openApiDocument(REST_OPERATIONS, '0') as { paths: Record<string, object> }
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.sort()).toEqual([...told, 'GET /v1/openapi.json'].sort())
    await server.close()
  })

  it('is described at /v1/openapi.json for everyone', async () => {
    const { status, body } = await rest(world, 'GET /v1/openapi.json')
    expect(status).toBe(200)
    expect(body.paths['/v1/sip-users'].post.operationId).toBe('createSipUser')
  })

  it.each(REST_OPERATIONS.filter(({ roles }) => roles !== 'anyone').map((one) => [one.id, one] as const))(
    '%s asks for a token',
    async (_id, { method, path }) => {
      const { status, headers, body } = await rest(world, `${method} /v1${filled(path)}`)
      expect({ status, code: body.code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
      expect(headers.get('www-authenticate')).toBe('Bearer')
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(headers.get('cache-control')).toBe('no-store')
    },
  )

  it.each(ROLES)('is open to the role %s as declared, before anything else is looked at', async (role) => {
    const bearer = await token(role, role === 'admin' ? '*' : 'a.example')
    const wrong: unknown[] = []
    for (const { id, group, method, path, roles } of REST_OPERATIONS) {
      // who may do what with accounts is for these to say
      if (roles === 'anyone' || group === 'Accounts') continue
      const isOpen = role === 'admin' || roles.includes(role)
      // no key, and a body that nobody could like
      const { body } = await rest(world, `${method} /v1${filled(path)}`, {
        bearer,
        headers: { 'idempotency-key': '' },
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: { nonsense: true } }),
      })
      if ((body?.code === 'FORBIDDEN') === isOpen) wrong.push([id, body])
    }
    expect(wrong).toEqual([])
  })

  it.each(ROLES)('as a mutation is open to the role %s as declared', async (role) => {
    const send = byGraphql(world, await token(role))
    for (const { name, roles } of COMMANDS) {
      const { code } = await send(name, {})
      const isOpen = role === 'admin' || roles.includes(role)
      // an empty input is no input for most: what counts is that it is not the role
      expect([name, code === 'FORBIDDEN']).toEqual([name, !isOpen && code === 'FORBIDDEN'])
      if (isOpen) expect(code).not.toBe('FORBIDDEN')
    }
    const { code } = await send('createSipUser', { username: `role-${role}` })
    expect(code).toBe(role === 'admin' || role === 'operator' ? undefined : 'FORBIDDEN')
  })
})

describe('a request that is not right', () => {
  const post = async (path: string, over: { headers?: Record<string, string>; body?: unknown } = {}) =>
    rest(world, `POST /v1${path}`, { bearer: operator, body: { username: 'x' }, ...over })

  it('has no Idempotency-Key: the answer tells how to make one', async () => {
    const { status, body } = await post('/sip-users', { headers: { 'idempotency-key': '' } })
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'IDEMPOTENCY_KEY_MISSING' })
    expect(body.title).toMatch(/UUID/)
  })

  it.each([
    ['idempotency-key', 'has blanks', 400, 'KEY_INVALID'],
    ['idempotency-key', 'k'.repeat(129), 400, 'KEY_INVALID'],
    ['if-match', 'W/"5"', 400, 'IF_MATCH_INVALID'],
    ['if-match', '5', 400, 'IF_MATCH_INVALID'],
    ['if-match', '"5", "6"', 400, 'IF_MATCH_INVALID'],
    ['if-match', '', 400, 'IF_MATCH_INVALID'],
    ['content-type', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['content-type', 'application/xml', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('has the header %s: %s', async (name, value, status, code) => {
    const answer = await post('/sip-users', { headers: { [name]: value } })
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  it.each([
    ['broken JSON', '{"username":', 400, 'MALFORMED'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'MALFORMED'],
    ['a prototype', '{"username":"x","__proto__":{"admin":true}}', 422, 'INVALID'],
    ['a prototype of a part', '{"username":"x","limits":{"__proto__":{"concurrentCalls":1}}}', 422, 'INVALID'],
    ['deep lists in a field', `{"username":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 422, 'INVALID'],
    ['a list', '["x"]', 422, 'INVALID'],
    ['a text', '"x"', 422, 'INVALID'],
    ['nothing', '', 422, 'INVALID'],
    ['a field that is not known', '{"username":"x","root":true}', 422, 'INVALID'],
    ['a deep list', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422, 'INVALID'],
  ])('has %s as its body', async (_name, body, status, code) => {
    const response = await fetch(`${world.url}/v1/sip-users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${operator}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body,
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code])
  })

  it('has a body that is too large', async () => {
    const small = await openWorld(await stores.open('small'), { limits: { ...generous.limits, maxBodyBytes: 1000 } })
    const { status, body } = await rest(small, 'POST /v1/sip-users', {
      bearer: operator,
      body: { username: 'x'.repeat(2000) },
    })
    expect([status, body.code]).toEqual([413, 'BODY_TOO_LARGE'])
    await small.close()
  })

  it('comes from a stranger and is longer than a login: it is not read', async () => {
    const body = { refreshToken: 'x'.repeat(17_000) }
    const answer = await rest(world, 'POST /v1/auth/refresh', { body })
    expect([answer.status, answer.body.code]).toEqual([413, 'BODY_TOO_LARGE'])
    expect((await post('/sip-users', { body: { username: 'x'.repeat(17_000) } })).status).toBe(422)
  })

  it.each([
    ['GET /v1/nothing', 404, 'NO_SUCH_PATH'],
    ['PUT /v1/sip-users', 404, 'NO_SUCH_PATH'],
    ['GET /v1/sip-users/..%2f..%2fetc%2fpasswd', 404, 'NOT_FOUND'],
    ['GET /v1/sip-users/%00', 404, 'NOT_FOUND'],
    ['GET /v1/sip-users/%ff', 400, 'MALFORMED'],
    ["GET /v1/sip-users?username=' OR 1=1 --", 200, undefined],
    ['GET /v1/sip-users?limit=0', 422, 'INVALID'],
    ['GET /v1/sip-users?limit=1e9', 422, 'INVALID'],
    ['GET /v1/sip-users?tenant=other.example', 403, 'FORBIDDEN'],
    ['GET /v1/sip-users?limit=1&limit=2', 422, 'INVALID'],
    ['GET /v1/sip-users?root=1', 422, 'INVALID'],
    ['DELETE /v1/sip-users/not-a-uuid', 422, 'INVALID'],
  ])('asks %s', async (line, status, code) => {
    const [method, ...path] = line.split(' ')
    const response = await fetch(`${world.url}${path.join(' ')}`, {
      method: method!,
      headers: { authorization: `Bearer ${operator}`, 'idempotency-key': randomUUID() },
    })
    expect([response.status, ((await response.json()) as { code?: string }).code]).toEqual([status, code])
  })

  it('asks for what another tenant has: it is not there', async () => {
    const made = await rest(world, 'POST /v1/sip-users', {
      bearer: await token('operator', 'b.example'),
      body: { username: 'secretly' },
    })
    const { id, revision } = made.body
    const own = `GET /v1/sip-users/${id}?atLeastRevision=${revision}`
    expect((await rest(world, own, { bearer: await token('analyst', 'b.example') })).status).toBe(200)
    expect((await rest(world, own, { bearer: operator })).body.code).toBe('NOT_FOUND')
    expect((await rest(world, `DELETE /v1/sip-users/${id}`, { bearer: operator })).body.code).toBe('NOT_FOUND')
    const all = await rest(world, 'GET /v1/sip-users?tenant=b.example', { bearer: await token('admin', '*', 'root') })
    expect(all.body.items.map((one: { id: string }) => one.id)).toContain(id)
  })

  it('never hears back what it sent', async () => {
    const secret = 'Sup3r-secret-value!'
    const answers = [
      await post('/sip-users', { body: { username: secret, password: 'short', aliases: [secret] } }),
      await post('/sip-users', { body: { username: 'x', limits: secret } }),
      await post(`/sip-users/${encodeURIComponent(secret)}/suspend`, { body: {} }),
      await post(`/sip-users/${randomUUID()}/suspend`, { body: { reason: secret } }),
      await rest(world, `GET /v1/sip-users?after=x&limit=${secret}`, { bearer: operator }),
    ]
    const create = 'mutation($input: CreateSipUserInput!) { createSipUser(input: $input, idempotencyKey: "k") { id } }'
    const send = (input: object) => graphql(world, operator, { query: create, variables: { input } })
    const login = (input: string) =>
      graphql(world, undefined, { query: `mutation { login(input: { ${input} }) { accessToken } }` })
    const mutations = [
      await send({ username: 'x', passwort: secret }),
      await send({ username: 'x', password: [secret] }),
      await login(`name: "x", password: "${secret}", colour: "${secret}"`),
      await login(`name: "x", password "${secret}"`),
    ]
    expect(JSON.stringify([answers, mutations, world.log])).not.toContain(secret)
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422])
    const codes = mutations.map(({ body }) => body.errors[0].extensions.code)
    expect(codes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'UNAUTHENTICATED'])
  })

  it('is refused when too many come from one viewer, with the time to wait', async () => {
    const tight = await openWorld(await stores.open('tight'), {
      limits: { burst: 3, perSecond: 0.001, refusedBurst: 2, refusedPerSecond: 0.001 },
    })
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await rest(tight, 'GET /v1/trunks', { bearer: operator })).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const other = await rest(tight, 'GET /v1/trunks', { bearer: await token('operator', 'b.example') })
    expect(other.status).toBe(200)
    const { headers, body } = await rest(tight, 'GET /v1/trunks', { bearer: operator })
    expect([headers.get('retry-after'), body.code]).toEqual(['1', 'RATE_LIMITED'])
    const guesses = []
    for (let i = 0; i < 4; i++) guesses.push((await rest(tight, 'GET /v1/trunks', { bearer: 'a.b.c' })).status)
    expect(guesses).toEqual([401, 401, 429, 429])
    await tight.close()
  })

  it('leaves the server as it was when it breaks off in the middle', async () => {
    const { hostname, port } = new URL(world.url)
    await new Promise<void>((resolve) => {
      const half = httpRequest({
        hostname,
        port,
        method: 'POST',
        path: '/v1/sip-users',
        headers: {
          'content-length': '100',
          authorization: `Bearer ${operator}`,
          'content-type': 'application/json',
          'idempotency-key': 'half',
        },
      })
      half.on('error', () => resolve())
      half.write('{"user')
      setTimeout(() => half.destroy(new Error('enough')), 50)
    })
    expect((await rest(world, 'GET /v1/trunks', { bearer: operator })).status).toBe(200)
  })
})

describe('what joins requests, events and logs', () => {
  it('is the correlation id that was sent, or of the trace, in answer, log and audit', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const sent = [{ 'x-correlation-id': 'order-4711' }, { traceparent: `00-${trace}-b7ad6b7169203331-01` }]
    for (const [i, headers] of sent.entries()) {
      const made = await rest(world, 'POST /v1/sip-users', {
        bearer: operator,
        headers,
        body: { username: `joined${i}` },
      })
      const id = made.headers.get('x-correlation-id')
      expect(id).toBe(i === 0 ? 'order-4711' : trace)
      await rest(world, `GET /v1/sip-users/${made.body.id}?atLeastRevision=${made.body.revision}`, { bearer: operator })
      const { body } = await rest(world, `GET /v1/audit?stream=sip_user-${made.body.id}`, { bearer: operator })
      expect(body.items[0].correlationId).toBe(id)
      expect(world.log.some((line) => line.includes(id!) && line.includes('"operation":"createSipUser"'))).toBe(true)
    }
  })

  it('is never a token, a password or the path of a person', () => {
    expect(world.log.length).toBeGreaterThan(50)
    expect(world.log.join('')).not.toContain(operator.slice(0, 40))
  })
})

describe('the codes of errors', () => {
  it('are words, with a status of a refusal', () => {
    for (const [code, { status, meaning }] of Object.entries(REST_ERRORS)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(meaning).toMatch(/[.]$/)
    }
  })
})
