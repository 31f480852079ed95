/**
 * A process of its own (it runs the built libraries: `npm run build`) meets servers that answer nonsense or break off, and is
 * still there at the end: no exception and no rejection that nobody holds. Everything it asked for ends in time.
 */
import { execFile } from 'node:child_process'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startKurrentServer, type KurrentServer } from './kurrentdb-server.js'
import { AppendResp, ReadResp } from './protocol.js'
import { serverNotReady } from './statuses.js'

/** Everything that a store does, many at once, and again when that is over; prints how it ended. */
const CHILD = `
  import { randomUUID } from 'node:crypto'
  import { openKurrentEventStore } from '@trunkline/kurrentdb'
  const store = openKurrentEventStore({ url: process.argv[1], deadlineMs: 2500 })
  const event = () => ({ id: randomUUID(), type: 't', version: 1, time: 1, data: { text: 'x'.repeat(300_000) } })
  const outcomes = {}
  // Waiting for news holds no process.
  const held = setInterval(() => undefined, 1000)
  for (let round = 0; round < 2; round++) {
    const waiting = store.waitForNews({ after: undefined, signal: AbortSignal.timeout(700) })
    const work = [waiting]
    for (let n = 0; n < 10; n++) {
      work.push(store.append('s' + randomUUID(), 'none', [event(), event(), event()]))
      work.push(store.read('s'), store.readAll({ after: undefined, limit: 5 }))
    }
    for (const { status, reason } of await Promise.allSettled(work)) {
      const outcome = reason === undefined ? status : (reason.code ?? String(reason))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  clearInterval(held)
  await store.close()
  process.stdout.write(JSON.stringify(outcomes))`

/** One append that is under way while others look for the cluster in vain; prints how it ended. */
const LATE_FAILURE = `
  import { openKurrentEventStore } from '@trunkline/kurrentdb'
  const store = openKurrentEventStore({ url: process.argv[1], deadlineMs: 10_000 })
  const waiting = store.waitForNews({ after: undefined, signal: AbortSignal.timeout(2000) })
  const event = { id: '6f1c2a7e-0b1d-4c7e-9a51-0f3c5d9b2e11', type: 't', version: 1, time: 1, data: null }
  const outcome = await store.append('s', 'none', [event]).catch((error) => error.code)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await waiting
  await store.close()
  process.stdout.write(outcome)`

async function runScript(script: string, url: string): Promise<string> {
  const args = ['--input-type=module', '-e', script, url]
  // The native half reports its panics on stderr, and goes on.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  return stdout
}

async function run(url: string): Promise<Record<string, number>> {
  const stdout = await runScript(CHILD, url)
  const outcomes = JSON.parse(stdout) as Record<string, number>
  expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(62)
  return outcomes
}

describe('a process that uses KurrentDB survives', () => {
  const stops: (() => void)[] = []
  afterEach(() => stops.splice(0).forEach((stop) => stop()))

  async function listen(server: Server): Promise<string> {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stops.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  async function double(): Promise<KurrentServer> {
    const server = await startKurrentServer()
    stops.push(() => server.stop())
    return server
  }
  /** Nothing was done, and everything may be tried again; two are the waits for news, which never reject. */
  const nothingDone = { fulfilled: 2, EVENT_STORE_UNAVAILABLE: 60 }

  it('a server that sends random bytes', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.write(randomBytes(2000))))
    expect(await run(`kurrentdb://${await listen(server)}?tls=false`)).toEqual(nothingDone)
  })

  it('a server that hangs up', async () => {
    const server = createServer((socket) => socket.destroy())
    expect(await run(`kurrentdb://${await listen(server)}?tls=false`)).toEqual(nothingDone)
  })

  it('a web server, of HTTP/1 and of HTTP/2', async () => {
    const old = createHttpServer((_, response) => response.end('<html>It works!</html>'))
    expect(await run(`kurrentdb://${await listen(old)}?tls=false`)).toEqual(nothingDone)
    const newer = createHttp2Server((_, response) => response.end('<html>It works!</html>'))
    expect(await run(`kurrentdb://${await listen(newer)}?tls=false`)).toEqual(nothingDone)
  })

  it('answers that are messages of the protocol and say nothing', async () => {
    const server = await double()
    server.hooks.afterAppend = () => new AppendResp()
    const empty = () => new ReadResp().setEvent(new ReadResp.ReadEvent())
    const torn = () =>
      new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(new ReadResp.ReadEvent.RecordedEvent()))
    server.hooks.beforeRead = () => [new ReadResp(), empty(), torn()]
    const outcomes = await run(server.url)
    expect(outcomes['EVENT_STORE_UNAVAILABLE']).toBeGreaterThanOrEqual(20)
    expect(Object.keys(outcomes).sort()).toEqual(['EVENT_STORE_UNAVAILABLE', 'fulfilled'])
  })

  it('a server that breaks off in the middle of large appends, again and again', async () => {
    const server = await double()
    let breaks = 0
    server.hooks.beforeAppend = async () => {
      if (breaks === 2) return
      breaks++
      server.stop()
      await server.start()
    }
    const outcomes = await run(server.url)
    expect(breaks).toBeGreaterThan(0)
    expect(outcomes['EVENT_STORE_UNAVAILABLE']).toBeGreaterThan(0)
    // More than the waits for news: what came after the breaks was served.
    expect(outcomes['fulfilled']).toBeGreaterThan(2)
  })

  it('a cluster none of whose nodes is there', async () => {
    expect(await run('kurrentdb://127.0.0.1:1,127.0.0.1:2?tls=false&discoveryInterval=20')).toEqual(nothingDone)
    expect(await run('kurrentdb+discover://127.0.0.1:1?tls=false&discoveryInterval=20')).toEqual(nothingDone)
  })

  it('a cluster whose nodes come and go', async () => {
    const [one, two] = [await double(), await double()]
    one.leader = two.leader = { host: '127.0.0.1', port: two.port }
    let over = false
    const flapping = (async () => {
      for (let alternate = 1; !over; alternate++) {
        await new Promise((resolve) => setTimeout(resolve, 60))
        two.stop()
        if (alternate % 2 === 0) await two.start()
      }
    })()
    try {
      const outcomes = await run(`kurrentdb://${one.address},${two.address}?tls=false&discoveryInterval=20`)
      expect(Object.keys(outcomes).sort()).toEqual(['EVENT_STORE_UNAVAILABLE', 'fulfilled'])
    } finally {
      over = true
      await flapping
    }
  })

  it('an append that fails while the node that leads is looked for in vain', async () => {
    const [seed, leader] = [await double(), await double()]
    seed.leader = { host: '127.0.0.1', port: leader.port }
    leader.hooks.beforeRead = () => {
      throw serverNotReady()
    }
    leader.hooks.beforeAppend = async () => {
      // From here on nobody tells where the leader is, and the wait for news keeps asking.
      seed.stop()
      await new Promise((resolve) => setTimeout(resolve, 600))
      throw serverNotReady()
    }
    const url = `kurrentdb+discover://${seed.address}?tls=false&discoveryInterval=50&maxDiscoverAttempts=5`
    expect(await runScript(LATE_FAILURE, url)).toBe('EVENT_STORE_UNAVAILABLE')
  })
})
