import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ViewStoreUnavailableError, type ViewReader } from '@trunkline/ports'
import type { GraphqlApi } from './start-graphql-api.js'
import { call } from './testing/sample-calls.js'
import { ask, TestWorld, token } from './testing/test-world.js'

let world: TestWorld
let api: GraphqlApi
let operator: string

beforeAll(async () => {
  world = await TestWorld.create()
  await world.writeCalls(call('c1', { from: { number: '1', name: "Robert'); DROP TABLE calls;--", user: null } }))
  api = await world.start({ limits: { burst: 100_000 } })
  operator = await token('operator')
})
afterAll(() => world.close())

const code = async (query: string, variables: Record<string, unknown> = {}) =>
  (await ask(api, operator, query, variables)).errors?.[0]?.extensions.code
const wide = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: switches { name }`).join(' ')} }`
const nested = (depth: number): string => (depth === 0 ? 'id' : `related { call { ${nested(depth - 1)} } }`)
const bomb = Array.from(
  { length: 20 },
  (_, i) => `fragment F${i} on Call { related { call { ...F${i + 1} } } x${i}: related { call { ...F${i + 1} } } }`,
).join(' ')

describe('a document', () => {
  it.each([
    ['that is no GraphQL', '{ calls {', 'BAD_USER_INPUT'],
    ['with an unknown field', '{ passwords }', 'BAD_USER_INPUT'],
    ['that is too deep', `{ call(id: "c1") { ${nested(10)} } }`, 'TOO_COMPLEX'],
    ['with too many aliases', wide(31), 'TOO_COMPLEX'],
    ['with too many tokens', wide(1000), 'BAD_USER_INPUT'],
    [
      'that asks for too much',
      '{ calls(first: 200) { edges { node { legs { id } timeline { what } related { call { legs { id } timeline { what } related { call { legs { id } timeline { what } } } } } } } } }',
      'TOO_COMPLEX',
    ],
    [
      'that hides its cost in a variable',
      'query($n: Int) { calls(first: $n) { edges { node { related { call { timeline { what } legs { id } related { call { timeline { what } } } } } } } } }',
      'TOO_COMPLEX',
    ],
    [
      'whose fragments double at each level',
      `{ call(id: "c1") { ...F0 } } ${bomb} fragment F20 on Call { id }`,
      'TOO_COMPLEX',
    ],
    [
      'whose fragments turn in a circle',
      '{ call(id: "c1") { ...A } } fragment A on Call { ...B } fragment B on Call { ...A }',
      'BAD_USER_INPUT',
    ],
    ['that introspects, outside development', '{ __schema { types { name } } }', 'FORBIDDEN'],
    [
      'that introspects through a fragment',
      '{ ...A } fragment A on Query { __type(name: "Call") { name } }',
      'FORBIDDEN',
    ],
    ['that subscribes over HTTP', 'subscription { liveCalls { cursor } }', 'BAD_USER_INPUT'],
    ['that mutates', 'mutation { hangup }', 'BAD_USER_INPUT'],
  ])('%s is refused', async (_name, query, expected) => {
    expect(await code(query)).toBe(expected)
  })

  it('does not teach the schema by its errors', async () => {
    const { errors } = await ask(api, operator, '{ callz { id } }')
    expect(JSON.stringify(errors)).not.toMatch(/Did you mean/)
  })
})

describe('an input', () => {
  it.each([
    ["' OR 1=1 --"],
    ['"; DROP TABLE calls; --'],
    ['%'],
    ['_'],
    ['\\'],
    ['!'],
    ['\u0000'],
    ['\u{1F4A9}'],
    ['x'.repeat(10_000)],
  ])('%.30s is data', async (text) => {
    const filters = [
      'user',
      'number',
      'fromNumber',
      'toNumber',
      'trunk',
      'cause',
      'queue',
      'conference',
      'conversationId',
      'text',
    ].map((name) => ({ [name]: text }))
    for (const filter of filters) {
      const { data, errors } = await ask(
        api,
        operator,
        'query($filter: CallsFilter) { calls(filter: $filter) { edges { node { id } } } }',
        { filter },
      )
      expect(errors).toBeUndefined()
      expect(data.calls.edges).toEqual([])
    }
    expect((await ask(api, operator, '{ call(id: "c1") { from { name } } }')).data.call.from.name).toMatch(/DROP TABLE/)
  })

  it('of the wrong shape is refused without a word about the inside', async () => {
    for (const variables of [{ id: { a: 1 } }, { id: ['x'] }, {}]) {
      const { errors } = await ask(api, operator, 'query($id: ID!) { call(id: $id) { id } }', variables)
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
      expect(JSON.stringify(errors)).not.toMatch(/at .*\.[jt]s|stack|sqlite/i)
    }
  })
})

describe('a request', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/graphql`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json', ...headers },
    })

  const long = (bytes: number) => JSON.stringify({ query: `{ __typename } #${'x'.repeat(bytes)}` })

  it.each([
    ['of an analyst', 300_000, () => token('analyst')],
    ['of an operator', 9_000_000, () => token('operator')],
    ['of nobody', 300_000, () => Promise.resolve('none')],
  ])('with a huge body is refused: %s', async (_of, bytes, bearer) => {
    const response = await post(long(bytes), { authorization: `Bearer ${await bearer()}` })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: 'BAD_USER_INPUT' } })
  })

  it('with a body large enough for a bulk is taken from an operator', async () => {
    expect((await post(long(300_000))).status).toBe(200)
  })

  it.each([
    ['small', 10, 200],
    ['huge', 300_000, 413],
  ])('with a %s body whose length is not told', async (_size, bytes, status) => {
    const body = new Blob([long(bytes)]).stream()
    const headers = { authorization: `Bearer ${await token('analyst')}`, 'content-type': 'application/json' }
    const init = { method: 'POST', body, headers, duplex: 'half' }
    expect((await fetch(`${api.url}/graphql`, init as RequestInit)).status).toBe(status)
  })

  it('with broken JSON is refused', async () => {
    expect((await post('{')).status).toBe(400)
  })

  it('that a foreign page could send without asking is refused (CSRF)', async () => {
    const response = await fetch(`${api.url}/graphql?query={switches{name}}`, {
      headers: { authorization: `Bearer ${operator}` },
    })
    expect(response.status).toBe(400)
  })

  it('with a batch is refused', async () => {
    const response = await post(
      JSON.stringify([{ query: '{ switches { name } }' }, { query: '{ switches { name } }' }]),
    )
    expect(response.status).toBe(400)
  })

  it('too many are refused, and pass again later', async () => {
    const limited = await world.start({ limits: { burst: 3, perSecond: 1 } })
    const one = async () => (await ask(limited, operator, '{ switches { name } }')).errors?.[0]?.extensions.code
    // at once, and many: on a busy machine the bucket fills up again between one answer and the next request
    const codes = await Promise.all(Array.from({ length: 20 }, one))
    expect(codes).toContain('RATE_LIMITED')
    let code = await one()
    for (const end = Date.now() + 30_000; code !== undefined && Date.now() < end; code = await one())
      await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(code).toBeUndefined()
  })
})

describe('a fault of the server', () => {
  const failing = (error: Error): ViewReader => ({
    dialect: 'sqlite',
    all: (sql) => (sql.includes('outbox_state') ? Promise.resolve([]) : Promise.reject(error)),
    snapshot: () => Promise.reject(error),
  })
  const LIST = '{ calls { edges { node { id } } } }'

  it('is INTERNAL with an id, and tells nothing', async () => {
    const broken = await world.start({ store: failing(new Error('no such column: password at /srv/views.sqlite')) })
    const { errors } = await ask(broken, operator, LIST)
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL', errorId: expect.any(String) } }])
    expect(JSON.stringify(errors)).not.toMatch(/password|srv/)
    const csv = await fetch(`${broken.url}/calls.csv`, { headers: { authorization: `Bearer ${operator}` } })
    expect(csv.status).toBe(500)
    expect(await csv.text()).not.toMatch(/password|srv/)
  })

  it('is UNAVAILABLE when the store is away, and may be tried again', async () => {
    const away = await world.start({ store: failing(new ViewStoreUnavailableError('connect 10.0.0.5')) })
    const { errors } = await ask(away, operator, LIST)
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryable: true } }])
  })
})
