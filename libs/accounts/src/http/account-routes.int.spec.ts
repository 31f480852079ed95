/** The REST routes over real HTTP, with honest clients and others. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAccess, issueToken } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import fastify, { type FastifyInstance } from 'fastify'
import fc from 'fast-check'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'
import { ACCOUNT_ERRORS, ACCOUNT_OPERATIONS, registerAccountRoutes } from '../index.js'
import { dump, PASSWORD, SECRET, workbench, type Workbench } from '../testing/workbench.js'

interface Json {
  readonly accessToken: string
  readonly refreshToken: string
  readonly account: { readonly id: string }
  readonly entries: readonly { readonly action: string }[]
  readonly error?: { readonly code: string }
}
interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json
}

describe.each(VIEW_STORES)('the routes of accounts with $name', ({ start }) => {
  let stores: ViewStores
  let store: ViewStore
  let bench: Workbench
  let server: FastifyInstance
  let url: string

  beforeAll(async () => {
    stores = await start()
    store = await stores.open('routes')
    bench = await workbench(store, { clock: Date.now, limits: { address: { burst: 10_000, everyMs: 1000 } } })
    server = fastify({ trustProxy: '127.0.0.1' })
    const access = bench.accounts.guard(createAccess({ secret: SECRET }))
    const logger = { info: () => undefined, warn: record, error: record }
    registerAccountRoutes(server, { accounts: bench.accounts, access, logger })
    url = await server.listen({ host: '127.0.0.1', port: 0 })
    function record(...words: unknown[]): void {
      bench.log.push(JSON.stringify(words, (_key, value: unknown) => (value instanceof Error ? value.stack : value)))
    }
  })
  afterAll(async () => {
    await server.close()
    await store.close()
    await stores.dispose()
  })

  async function send(
    method: string,
    path: string,
    {
      body,
      token,
      headers = {},
    }: { body?: unknown; token?: string | undefined; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) as Json }
  }
  const post = (path: string, body: unknown, token?: string) => send('POST', path, { body, token })
  const codeOf = ({ json }: Answer) => json.error?.code

  it('lead a first admin from the printed password to others who work', async () => {
    const { oneTimePassword } = await bench.accounts.firstAdmin('root')
    const early = await post('/v1/auth/login', { name: 'root', password: oneTimePassword })
    expect([early.status, codeOf(early)]).toEqual([403, 'PASSWORD_EXPIRED'])
    const set = await post('/v1/auth/password', { name: 'root', password: oneTimePassword, newPassword: PASSWORD })
    expect(set.status).toBe(200)
    const root = await post('/v1/auth/login', { name: 'root', password: PASSWORD })
    expect(root.headers.get('cache-control')).toBe('no-store')
    const { accessToken, refreshToken } = root.json
    expect((await send('GET', '/v1/auth/me', { token: accessToken })).json).toMatchObject({
      user: 'root',
      role: 'admin',
      tenant: '*',
      account: { name: 'root', disabled: false },
    })
    const made = await post('/v1/accounts', { name: 'ann', role: 'operator', tenant: 'a.example' }, accessToken)
    expect(made.json).toMatchObject({ account: { name: 'ann@a.example' }, oneTimePassword: expect.any(String) })
    const { id } = made.json.account
    const patched = await send('PATCH', `/v1/accounts/${id}`, { body: { role: 'analyst' }, token: accessToken })
    expect(patched.json).toMatchObject({ account: { role: 'analyst' }, oneTimePassword: null })
    const list = await send('GET', '/v1/accounts?limit=1', { token: accessToken })
    expect(list.json).toMatchObject({ accounts: [{ name: 'ann@a.example' }], next: 'ann@a.example' })
    const trail = await send('GET', `/v1/account-audit?accountId=${id}`, { token: accessToken })
    expect(trail.json.entries.map(({ action }) => action)).toEqual(['account_updated', 'account_created'])
    expect((await send('DELETE', `/v1/accounts/${id}`, { token: accessToken })).json).toEqual({ removed: true })
    expect((await post(`/v1/accounts/${id}/erase`, {}, accessToken)).json).toEqual({ erased: true })
    const refreshed = await post('/v1/auth/refresh', { refreshToken })
    expect(refreshed.json).toMatchObject({ tokenType: 'Bearer', account: { name: 'root' } })
    expect((await post('/v1/auth/revoke-all', {}, refreshed.json.accessToken)).json).toEqual({ ended: 2 })
    const ended = await post('/v1/auth/refresh', { refreshToken: refreshed.json.refreshToken })
    expect([ended.status, codeOf(ended)]).toEqual([401, 'INVALID_REFRESH'])
    expect((await post('/v1/auth/logout', { refreshToken })).json).toEqual({ loggedOut: true })
  })

  it('ask for a token where one is needed, whatever else is wrong', async () => {
    const analyst = await issueToken(SECRET, { role: 'analyst', tenant: 'a.example', user: 'x', ttlSeconds: 60 })
    for (const { rest, needsToken } of ACCOUNT_OPERATIONS) {
      if (!needsToken) continue
      const path = rest.path.replace('{id}', 'some')
      const body = rest.method === 'GET' ? undefined : { nonsense: 1 }
      for (const token of [undefined, 'nonsense', `${analyst}x`]) {
        const answer = await send(rest.method, path, { body, token })
        expect([path, answer.status, codeOf(answer)]).toEqual([path, 401, 'UNAUTHENTICATED'])
      }
      if (path.startsWith('/v1/account')) {
        const answer = await send(rest.method, path, {
          body:
            rest.method === 'POST' && path === '/v1/accounts'
              ? { name: 'x', role: 'user' }
              : rest.method === 'GET'
                ? undefined
                : {},
          token: analyst,
        })
        expect([path, answer.status, codeOf(answer)]).toEqual([path, 403, 'FORBIDDEN'])
      }
    }
  })

  it('count failures by the address that a trusted proxy tells, and say when to come back', async () => {
    const guess = (from: string) =>
      send('POST', '/v1/auth/login', { body: { name: 'victim', password: 'x' }, headers: { 'x-forwarded-for': from } })
    for (let n = 0; n < 5; n++) expect(codeOf(await guess('203.0.113.1'))).toBe('INVALID_LOGIN')
    const limited = await guess('203.0.113.1')
    expect([limited.status, codeOf(limited)]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(codeOf(await guess('203.0.113.2'))).toBe('INVALID_LOGIN')
    const rows = await store.all<{ address: string }>(
      'SELECT DISTINCT address FROM account_audit WHERE account_id IS NULL',
    )
    expect(rows.map(({ address }) => address).sort()).toEqual(['203.0.113.1', '203.0.113.2'])
  })

  it('answer what cannot be meant with a code of the catalogue, and repeat none of it', async () => {
    const marked = 'hunter2-hunter2'
    const cases: [string, unknown, number, string][] = [
      ['/v1/auth/login', `{"password": "${marked}`, 400, 'BAD_REQUEST'],
      ['/v1/auth/login', `"${marked}"`, 400, 'BAD_REQUEST'],
      ['/v1/auth/login', [marked], 400, 'BAD_REQUEST'],
      ['/v1/auth/login', 'null', 422, 'INVALID'],
      ['/v1/auth/login', {}, 422, 'INVALID'],
      ['/v1/auth/login', { name: [marked], password: { marked } }, 422, 'INVALID'],
      ['/v1/auth/login', { name: 'a', password: 'b', [marked]: marked }, 422, 'INVALID'],
      ['/v1/auth/login', { name: 'a', password: marked.repeat(100) }, 422, 'INVALID'],
      ['/v1/auth/login', { name: marked.repeat(1000), password: 'x' }, 400, 'BAD_REQUEST'],
      ['/v1/auth/login', `{"name":"${marked}","password":"x","__proto__":{"a":1}}`, 400, 'BAD_REQUEST'],
      ['/v1/auth/refresh', { refreshToken: marked }, 401, 'INVALID_REFRESH'],
      ['/v1/auth/refresh', { refreshToken: `${marked}' OR '1'='1` }, 401, 'INVALID_REFRESH'],
      ['/v1/auth/password', { name: 'a', password: 'b', newPassword: marked.slice(0, 7) }, 422, 'INVALID'],
      ['/v1/accounts/x/erase', { id: marked }, 401, 'UNAUTHENTICATED'],
    ]
    for (const [path, body, status, code] of cases) {
      const answer = await post(path, body)
      expect([path, answer.status, codeOf(answer)]).toEqual([path, status, code])
      expect(answer.text).not.toContain('hunter2')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
    const form = await send('POST', '/v1/auth/login', { body: 'a=b', headers: { 'content-type': 'text/plain' } })
    expect([form.status, codeOf(form)]).toEqual([400, 'BAD_REQUEST'])
    expect(bench.log.join() + (await dump(store))).not.toContain('hunter2')
  })

  it('do not let the body say another id than the path', async () => {
    const token = await issueToken(SECRET, { role: 'admin', tenant: '*', user: 'x', ttlSeconds: 60 })
    const answer = await send('PATCH', '/v1/accounts/one', { body: { id: 'two', disabled: true }, token })
    expect(codeOf(answer)).toBe('BAD_REQUEST')
    const twice = await send('GET', '/v1/accounts?limit=1&limit=2', { token })
    expect(codeOf(twice)).toBe('INVALID')
    for (const limit of ['0', '201', '1.5', 'x', '-1']) {
      expect(codeOf(await send('GET', `/v1/accounts?limit=${limit}`, { token }))).toBe('INVALID')
    }
    expect((await send('GET', `/v1/accounts?after=${encodeURIComponent("' OR 1=1 --")}`, { token })).status).toBe(200)
  })

  it('give an answer of the catalogue to anything', async () => {
    const token = await issueToken(SECRET, { role: 'operator', tenant: 'a.example', user: 'x', ttlSeconds: 60 })
    const operation = fc.constantFrom(...ACCOUNT_OPERATIONS.filter(({ rest }) => rest.method !== 'GET'))
    const field = fc.constantFrom('name', 'password', 'newPassword', 'refreshToken', 'role', 'tenant', 'disabled', 'x')
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('admin', 'operator', '*', 'a.example', true),
    )
    await fc.assert(
      fc.asyncProperty(operation, fc.dictionary(field, value, { maxKeys: 5 }), async ({ rest }, body) => {
        const answer = await send(rest.method, rest.path.replace('{id}', 'some'), { body, token })
        const code = codeOf(answer)
        if (code === undefined) expect(answer.status).toBe(200)
        else expect(answer.status).toBe(ACCOUNT_ERRORS[code as keyof typeof ACCOUNT_ERRORS].http)
        expect(code).not.toBe('INTERNAL')
      }),
      { numRuns: 150 },
    )
  })

  it('tell of a store that is away, and of nothing inside when something breaks', async () => {
    const broken = await stores.open('routes')
    const there = await workbench(broken)
    const other = fastify()
    const logged: unknown[] = []
    const logger = {
      info: () => undefined,
      warn: (...words: unknown[]) => void logged.push(words),
      error: (...words: unknown[]) => void logged.push(words),
    }
    registerAccountRoutes(other, { accounts: there.accounts, access: there.access, logger })
    try {
      const login = () => other.inject({ method: 'POST', url: '/v1/auth/login', payload: { name: 'a', password: 'b' } })
      await store.transaction((tx) => tx.run('DROP TABLE account_limits'))
      const inside = await login()
      expect(inside.statusCode).toBe(500)
      expect(inside.json()).toEqual({
        error: {
          code: 'INTERNAL',
          message: ACCOUNT_ERRORS.INTERNAL.meaning,
          retryable: false,
          errorId: expect.any(String),
        },
      })
      await broken.close()
      const away = await login()
      expect(away.statusCode).toBe(503)
      expect(away.json()).toMatchObject({ error: { code: 'UNAVAILABLE', retryable: true } })
      expect(logged).toHaveLength(2)
    } finally {
      await other.close()
      await broken.close()
    }
  })
})
