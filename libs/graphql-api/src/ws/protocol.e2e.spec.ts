import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { AccessError, createAccess, issueToken } from '@trunkline/access'
import WebSocket from 'ws'
import type { GraphqlApi } from '../start-graphql-api.js'
import { connect, eventually, follow } from '../testing/live-client.js'
import { call, live } from '../testing/sample-calls.js'
import { ask, SECRET, TestWorld, token } from '../testing/test-world.js'

let world: TestWorld
let operator: string
const sockets: WebSocket[] = []

beforeEach(async () => {
  world = await TestWorld.create()
  operator = await token('operator')
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await world.close()
})

/** A client that says exactly what it is told to. */
class Raw {
  readonly received: { type: string; id?: string; payload?: unknown }[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.received.push(JSON.parse(String(data))))
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    )
    socket.on('error', () => undefined)
  }

  static async open(
    api: GraphqlApi,
    options: { headers?: Record<string, string>; protocol?: string } = {},
  ): Promise<Raw> {
    const { protocol = 'graphql-transport-ws', headers = {} } = options
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, protocol === '' ? [] : [protocol], {
      headers,
    })
    sockets.push(socket)
    const raw = new Raw(socket)
    await once(socket, 'open').catch(() => undefined)
    return raw
  }

  send(...messages: unknown[]): void {
    for (const message of messages)
      this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  }

  async ready(bearer: string): Promise<this> {
    this.send({ type: 'connection_init', payload: { token: bearer } })
    await eventually(() => expect(this.received).toContainEqual({ type: 'connection_ack' }))
    return this
  }
}
const subscribe = (id: string, query: string, more: object = {}) => ({
  type: 'subscribe',
  id,
  payload: { query, ...more },
})
const LIVE = 'subscription { liveCalls { cursor kind calls { id } } }'

describe('a socket whose session ends', () => {
  it('is closed soon, and not when it merely cannot be looked up', async () => {
    const checked = createAccess({ secret: SECRET })
    let refusal: AccessError | undefined
    const access = {
      verifyToken: (text: string | undefined) =>
        refusal === undefined ? checked.verifyToken(text) : Promise.reject(refusal),
    }
    const api = await world.start({ access, limits: { verifyAgainMs: 30 } })
    const raw = await (await Raw.open(api)).ready(operator)
    refusal = new AccessError('SESSIONS_UNAVAILABLE')
    await sleep(150)
    expect(raw.socket.readyState).toBe(WebSocket.OPEN)
    refusal = new AccessError('SESSION_ENDED')
    expect(await raw.closed).toEqual({ code: 4403, reason: 'UNAUTHENTICATED: the session has ended' })
  })
})

describe('the protocol', () => {
  it.each([
    ['something that is no JSON', 'hello', 4400],
    ['a list', '[]', 4400],
    ['an unknown type', '{"type":"start"}', 4400],
    ['a subscription without id', '{"type":"subscribe","payload":{"query":"{a}"}}', 4400],
    ['a giant id', JSON.stringify(subscribe('x'.repeat(200), '{a}')), 4400],
    ['a binary message', Buffer.from('{"type":"ping"}'), 4400],
    ['a subscription before the token', JSON.stringify(subscribe('1', LIVE)), 4401],
    ['no token', '{"type":"connection_init"}', 4403],
    ['a wrong token', '{"type":"connection_init","payload":{"token":"wrong"}}', 4403],
  ])('%s closes the socket', async (_name, message, code) => {
    const raw = await Raw.open(await world.start())
    raw.send(message)
    expect((await raw.closed).code).toBe(code)
  })

  it('must be offered', async () => {
    const raw = await Raw.open(await world.start(), { protocol: '' })
    expect((await raw.closed).code).toBe(4406)
  })

  it('is served at /graphql alone', async () => {
    const api = await world.start()
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/other`, ['graphql-transport-ws'])
    sockets.push(socket)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toMatch(/404/)
  })

  it('takes a token from the header of the upgrade', async () => {
    const raw = await Raw.open(await world.start(), { headers: { authorization: `Bearer ${operator}` } })
    raw.send({ type: 'connection_init' })
    await eventually(() => expect(raw.received).toEqual([{ type: 'connection_ack' }]))
  })

  it('wants connection_init in time, and once', async () => {
    const hasty = await world.start({ limits: { initTimeoutMs: 50 } })
    expect(await (await Raw.open(hasty)).closed).toMatchObject({ code: 4408 })
    const twice = await (await Raw.open(await world.start())).ready(operator)
    twice.send({ type: 'connection_init', payload: { token: operator } })
    expect(await twice.closed).toMatchObject({ code: 4429 })
  })

  it('answers ping with pong, and queries with next and complete', async () => {
    const raw = await (await Raw.open(await world.start())).ready(operator)
    raw.send(
      { type: 'ping' },
      { type: 'pong' },
      subscribe('q"1', 'query($id: ID!) { call(id: $id) { id } }', { variables: { id: 'x' } }),
    )
    await eventually(() =>
      expect(raw.received.slice(1)).toEqual([
        { type: 'pong' },
        { type: 'next', id: 'q"1', payload: { data: { call: null } } },
        { type: 'complete', id: 'q"1' },
      ]),
    )
  })

  it('answers what is wrong with error, and stays open', async () => {
    const raw = await (await Raw.open(await world.start())).ready(await token('analyst'))
    raw.send(
      subscribe('1', '{ nothing }'),
      subscribe('2', '{ broken'),
      subscribe('3', 'subscription($after: String!) { liveCalls(after: $after) { cursor } }'),
      subscribe('4', 'subscription { liveCalls { cursor } callEvents { cursor } }'),
      subscribe('5', `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: switches { name }`).join(' ')} }`),
      subscribe('6', '{ __schema { types { name } } }'),
    )
    await eventually(() => expect(raw.received).toHaveLength(7))
    const codes = Object.fromEntries(
      raw.received
        .slice(1)
        .map((message) => [message.id, (message.payload as { extensions: { code: string } }[])[0]!.extensions.code]),
    )
    expect(codes).toEqual({
      1: 'BAD_USER_INPUT',
      2: 'BAD_USER_INPUT',
      3: 'BAD_USER_INPUT',
      4: 'BAD_USER_INPUT',
      5: 'TOO_COMPLEX',
      6: 'FORBIDDEN',
    })
  })

  it('keeps ids apart, and frees them on complete', async () => {
    const raw = await (await Raw.open(await world.start())).ready(operator)
    raw.send(subscribe('1', LIVE))
    await eventually(() => expect(raw.received).toHaveLength(2))
    raw.send({ type: 'complete', id: '1' }, subscribe('1', LIVE))
    await eventually(() => expect(raw.received).toHaveLength(3))
    raw.send(subscribe('1', LIVE))
    expect(await raw.closed).toMatchObject({ code: 4409 })
  })

  it('sends nothing after complete', async () => {
    const raw = await (await Raw.open(await world.start())).ready(operator)
    raw.send(subscribe('1', LIVE))
    await eventually(() => expect(raw.received).toHaveLength(2))
    raw.send({ type: 'complete', id: '1' }, { type: 'ping' })
    await eventually(() => expect(raw.received.at(-1)).toEqual({ type: 'pong' }))
    await world.tellCall('call.started', live('x'))
    await sleep(50)
    expect(raw.received).toHaveLength(3)
  })
})

describe('a socket', () => {
  it('ends when its token does', async () => {
    const api = await world.start()
    const short = await issueToken(SECRET, { role: 'operator', tenant: 'a.example', user: 'o', ttlSeconds: 1 })
    const raw = await (await Raw.open(api)).ready(short)
    expect(await raw.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('expired') })
  })

  it('may hold so many subscriptions, and a viewer so many sockets', async () => {
    const api = await world.start({ limits: { maxSubscriptionsPerSocket: 2, maxSocketsPerViewer: 1 } })
    const raw = await (await Raw.open(api)).ready(operator)
    raw.send(subscribe('1', LIVE), subscribe('2', LIVE), subscribe('3', LIVE))
    await eventually(() => expect(raw.received).toContainEqual(expect.objectContaining({ id: '3', type: 'error' })))
    const second = await Raw.open(api)
    second.send({ type: 'connection_init', payload: { token: operator } })
    expect(await second.closed).toMatchObject({ code: 4429 })
    await (await Raw.open(api)).ready(await token('analyst'))
  })

  it('that floods the server with messages is closed', async () => {
    const api = await world.start({ limits: { burst: 50 } })
    const raw = await (await Raw.open(api)).ready(operator)
    raw.send(...Array.from({ length: 100 }, () => ({ type: 'ping' })))
    expect(await raw.closed).toMatchObject({ code: 4429 })
    await eventually(() => expect(api.status()).toEqual({ sockets: 0, subscriptions: 0 }))
  })

  it('leaves nothing behind when it goes', async () => {
    const api = await world.start({ limits: { maxSocketsPerViewer: 1 } })
    for (let i = 0; i < 5; i++) {
      const raw = await (await Raw.open(api)).ready(operator)
      raw.send(subscribe('1', LIVE), subscribe('2', LIVE))
      await eventually(() => expect(api.status()).toEqual({ sockets: 1, subscriptions: 2 }))
      raw.socket.terminate()
      await eventually(() => expect(api.status()).toEqual({ sockets: 0, subscriptions: 0 }))
    }
  })

  it('ends with 1001 when the server goes', async () => {
    const api = await world.start()
    const raw = await (await Raw.open(api)).ready(operator)
    raw.send(subscribe('1', LIVE))
    await eventually(() => expect(raw.received).toHaveLength(2))
    await api.close()
    expect(await raw.closed).toMatchObject({ code: 1001 })
  })

  it('that is dropped in the middle of a handshake harms nobody', async () => {
    const api = await world.start()
    const socket = connectTcp(Number(new URL(api.url).port), '127.0.0.1')
    socket.write('GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await (await Raw.open(api)).ready(operator)
  })
})

describe('a client that does not read', () => {
  const EVENTS = 'subscription { callEvents { cursor event { id call { id timeline { what detail } } } } }'
  const STATES =
    'subscription { liveCalls { cursor kind calls { id revision timeline { what detail } } ended { id } } }'
  const big = (id: string, revision: number) =>
    live(id, { revision, timeline: [{ at: 1, what: 'noted', legId: null, detail: 'x'.repeat(50_000) }] })

  it('of events is closed with SLOW_CONSUMER, and goes on from its cursor', async () => {
    const api = await world.start({ limits: { closeAboveBytes: 1_000_000 } })
    const raw = await (await Raw.open(api)).ready(operator)
    raw.send(subscribe('1', EVENTS))
    await eventually(() => expect(raw.received).toHaveLength(2))
    raw.socket.pause()
    for (let i = 0; i < 300; i++) await world.tellCall('call.amended', big(`c${i}`, i))
    await eventually(() => expect(api.status().subscriptions).toBe(0))
    raw.socket.resume()
    expect(await raw.closed).toMatchObject({ code: 4408, reason: 'SLOW_CONSUMER' })
    const cursor = (raw.received.at(-1)!.payload as { data: { callEvents: { cursor: string } } }).data.callEvents.cursor
    const seen = raw.received.length - 2
    const next = connect(api.url, operator)
    const rest = follow(next, 'subscription($after: String) { callEvents(after: $after) { event { call { id } } } }', {
      after: cursor,
    })
    await eventually(() => expect(rest.data).toHaveLength(300 - seen))
    expect(rest.data[0].callEvents.event.call.id).toBe(`c${seen}`)
    await next.dispose()
  })

  it('of answers is closed before they pile up', async () => {
    await world.writeCalls(...Array.from({ length: 50 }, (_, i) => big(`q${i}`, 1)))
    const api = await world.start({ limits: { closeAboveBytes: 1_000_000, burst: 1000 } })
    const raw = await (await Raw.open(api)).ready(operator)
    raw.socket.pause()
    const query = '{ calls { edges { node { timeline { detail } } } } }'
    for (let i = 0; i < 20; i++) {
      raw.send(subscribe(`${i}`, query))
      // asked the same after it, this answer tells that the other one waits by now
      await ask(api, operator, query)
    }
    raw.socket.resume()
    expect(await raw.closed).toMatchObject({ code: 4408, reason: 'SLOW_CONSUMER' })
  })

  it('of states gets the newest of each, and memory stays bounded', async () => {
    const api = await world.start({ limits: { conflateAboveBytes: 100_000 } })
    const raw = await (await Raw.open(api)).ready(operator)
    raw.send(subscribe('1', STATES))
    await eventually(() => expect(raw.received).toHaveLength(2))
    const reading = connect(api.url, operator)
    const all = follow(reading, STATES)
    await eventually(() => expect(all.data).toHaveLength(1))
    raw.socket.pause()
    for (let i = 1; i <= 400; i++) await world.tellCall('call.amended', big(`c${i % 4}`, i))
    await world.tellCall('call.ended', call('c0', { revision: 401 }))
    await eventually(() => expect(all.data.at(-1).liveCalls.ended).toEqual([{ id: 'c0' }]))
    await reading.dispose()
    raw.socket.resume()
    type Message = { data: { liveCalls: { calls: { id: string; revision: number }[]; ended: { id: string }[] } } }
    const messages = () => raw.received.slice(2).map((message) => (message.payload as Message).data.liveCalls)
    await eventually(() => expect(messages().flatMap((one) => one.ended.map(({ id }) => id))).toEqual(['c0']))
    const newest = new Map(messages().flatMap((one) => one.calls.map(({ id, revision }) => [id, revision] as const)))
    newest.delete('c0')
    expect(newest).toEqual(
      new Map([
        ['c1', 397],
        ['c2', 398],
        ['c3', 399],
      ]),
    )
    expect(messages().length).toBeLessThan(200)
  })
})
