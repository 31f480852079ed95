/** What a server, or the way to it, can do to the client. The server is the double of this folder; the client is the maker's. */
import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventStore } from '@trunkline/ports'
import { sampleEvent, sampleEvents } from '@trunkline/ports/contract'
import { openKurrentEventStore } from '@trunkline/kurrentdb'
import { insist } from './insist.js'
import { startKurrentServer, type KurrentServer } from './kurrentdb-server.js'
import * as statuses from './statuses.js'

/** Long enough for a busy machine: a new connection takes half a second there. */
const DEADLINE_MS = 2500
const unavailable = { code: 'EVENT_STORE_UNAVAILABLE', retryable: true }
const refused = { code: 'EVENT_STORE_REFUSED', retryable: false }
const never = new Promise<never>(() => undefined)
const neverAborts = () => new AbortController().signal

async function msOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return performance.now() - start
}

describe('faults of KurrentDB and of the way to it', () => {
  let server: KurrentServer
  let store: EventStore
  let stream: string
  beforeAll(async () => {
    server = await startKurrentServer()
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    store = openKurrentEventStore({ url: server.url, deadlineMs: DEADLINE_MS })
    stream = `faults-${randomUUID()}`
  })
  afterEach(async () => {
    server.hooks.beforeAppend = server.hooks.afterAppend = server.hooks.beforeRead = undefined
    await store.close()
  })

  it('an append whose answer is lost with the server is made again and stands once', async () => {
    const events = sampleEvents(2)
    server.hooks.afterAppend = () => {
      server.hooks.afterAppend = undefined
      server.stop()
    }
    await expect(store.append(stream, 'none', events)).rejects.toMatchObject(unavailable)
    await expect(store.append(stream, 'none', events)).rejects.toMatchObject(unavailable)
    await server.start()
    expect(await insist(() => store.append(stream, 'none', events))).toBe(1)
    expect(await insist(() => store.read(stream))).toHaveLength(2)
  })

  it('reads go on after the server was away, whether they were tried meanwhile or not', async () => {
    await store.append(stream, 'none', sampleEvents(3))
    const idle = openKurrentEventStore({ url: server.url, deadlineMs: DEADLINE_MS })
    expect(await idle.read(stream)).toHaveLength(3)
    server.stop()
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await msOf(expect(store.read(stream)).rejects.toMatchObject(unavailable))).toBeLessThan(3 * DEADLINE_MS)
      const all = store.readAll({ after: undefined, limit: 1 })
      await expect(all).rejects.toMatchObject(unavailable)
    }
    await server.start()
    expect(await insist(() => store.read(stream))).toHaveLength(3)
    expect(await insist(() => idle.read(stream))).toHaveLength(3)
    await idle.close()
  })

  it('what is not answered in time is unavailable, and the next call is served', async () => {
    server.hooks.beforeAppend = server.hooks.beforeRead = () => never
    const append = expect(store.append(stream, 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
    const read = expect(store.read(stream)).rejects.toMatchObject(unavailable)
    const all = expect(store.readAll({ after: undefined, limit: 1 })).rejects.toMatchObject(unavailable)
    const ms = await msOf(Promise.all([append, read, all]))
    expect(ms).toBeGreaterThan(DEADLINE_MS - 50)
    expect(ms).toBeLessThan(3 * DEADLINE_MS)
    server.hooks.beforeAppend = server.hooks.beforeRead = undefined
    expect(await store.append(stream, 'none', [sampleEvent()])).toBe(0)
    expect(await store.read(stream)).toHaveLength(1)
  })

  it('a host that takes connections and says nothing is unavailable in time', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined))
    const url = `kurrentdb://127.0.0.1:${await listen(silent)}?tls=false`
    const lost = openKurrentEventStore({ url, deadlineMs: DEADLINE_MS })
    const append = expect(lost.append(stream, 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
    const read = expect(lost.read(stream)).rejects.toMatchObject(unavailable)
    expect(await msOf(Promise.all([append, read]))).toBeLessThan(3 * DEADLINE_MS)
    const abort = new AbortController()
    const waiting = lost.waitForNews({ after: undefined, signal: abort.signal })
    setTimeout(() => abort.abort(), 100)
    await waiting
    expect(await msOf(lost.close())).toBeLessThan(DEADLINE_MS)
    silent.close()
  })

  it('who waits for news waits on when the subscription is dropped, and hears of what came meanwhile', async () => {
    await store.append(stream, 'none', [sampleEvent()])
    const after = (await store.read(stream))[0]!.position
    const before = server.counters.subscriptions
    const waiting = store.waitForNews({ after, signal: neverAborts() })
    await until(() => server.counters.subscriptions > before)
    server.stop()
    let woken = false
    void waiting.then(() => (woken = true))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await server.start()
    expect(woken).toBe(false)
    const other = openKurrentEventStore({ url: server.url, deadlineMs: DEADLINE_MS })
    const event = sampleEvent()
    await insist(() => other.append(stream, 0, [event]))
    await waiting
    expect((await insist(() => store.readAll({ after, limit: 5 }))).map((event) => event.revision)).toEqual([1])
    await other.close()
  })

  it('a subscription that the server does not confirm is made again', async () => {
    await store.append(stream, 'none', [sampleEvent()])
    let attempts = 0
    server.hooks.beforeRead = (options) => (options.hasSubscription() && ++attempts < 3 ? never : undefined)
    await store.waitForNews({ after: undefined, signal: neverAborts() })
    expect(attempts).toBe(3)
  })

  it('a subscription that the server refuses is made again, and not in a hurry', async () => {
    await store.append(stream, 'none', [sampleEvent()])
    let attempts = 0
    server.hooks.beforeRead = () => {
      if (++attempts < 4) throw statuses.serverNotReady()
    }
    expect(await msOf(store.waitForNews({ after: undefined, signal: neverAborts() }))).toBeGreaterThan(600)
    expect(attempts).toBe(4)
  })

  it.each(['accessDenied', 'notAuthenticated', 'serverNotReady', 'operationTimedOut', 'unexpectedResult'] as const)(
    'the answer %s may be tried again',
    async (name) => {
      server.hooks.beforeAppend = server.hooks.beforeRead = () => {
        throw statuses[name]()
      }
      await expect(store.append(stream, 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
      await expect(store.read(stream)).rejects.toMatchObject(unavailable)
      await expect(store.readAll({ after: undefined, limit: 1 })).rejects.toMatchObject(unavailable)
    },
  )

  it('an append that is too large, and a stream that was deleted for good, are refused', async () => {
    const large = sampleEvent({ data: { text: 'x'.repeat(1_100_000) } })
    await expect(store.append(stream, 'none', [large])).rejects.toMatchObject(refused)
    expect(await store.append(stream, 'none', [sampleEvent()])).toBe(0)
    server.hooks.beforeAppend = server.hooks.beforeRead = () => {
      throw statuses.streamDeleted(stream)
    }
    await expect(store.append(stream, 0, [sampleEvent()])).rejects.toMatchObject(refused)
    await expect(store.read(stream)).rejects.toMatchObject(refused)
  })

  it('an error in the middle of a long read gives no part of it', async () => {
    await store.append(stream, 'none', sampleEvents(500))
    const [first] = await store.read(stream, { limit: 1 })
    expect(first!.revision).toBe(0)
    const answers = server.database.stream(stream).slice(0, 200)
    const { eventResponse } = await import('./read-responses.js')
    server.hooks.beforeRead = (options) => {
      setTimeout(() => server.stop(), 20)
      return [...answers, ...answers, ...answers].map((event) => eventResponse(event, options))
    }
    server.hooks.afterRead = () => never
    await expect(store.read(stream)).rejects.toMatchObject(unavailable)
    server.hooks.afterRead = undefined
    server.hooks.beforeRead = undefined
    await server.start()
    expect(await insist(() => store.read(stream))).toHaveLength(500)
  })

  it('never appends over the shared stream of the client', () => {
    expect(server.calls.get('append')).toBeGreaterThan(10)
    expect(server.calls.get('batchAppend')).toBeUndefined()
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
