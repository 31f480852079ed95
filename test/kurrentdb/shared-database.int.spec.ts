/** A database that is not only ours: events of its system and of others, users, certificates, several nodes. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { binaryEvent, jsonEvent, KurrentDBClient } from '@kurrent/kurrentdb-client'
import type { EventStore } from '@trunkline/ports'
import { ids, sampleEvent, sampleEvents } from '@trunkline/ports/contract'
import { KurrentUrlError, openKurrentEventStore } from '@trunkline/kurrentdb'
import { insist } from './insist.js'
import { startKurrentServer, type KurrentServer, type KurrentServerOptions } from './kurrentdb-server.js'
import { notLeader } from './statuses.js'

const unavailable = { code: 'EVENT_STORE_UNAVAILABLE', retryable: true }

describe('a KurrentDB that is shared', () => {
  let folder: string
  const servers: KurrentServer[] = []
  const stores: EventStore[] = []
  const start = async (options?: KurrentServerOptions) => {
    const server = await startKurrentServer(options)
    servers.push(server)
    return server
  }
  const open = (url: string) => {
    const store = openKurrentEventStore({ url, deadlineMs: 5000 })
    stores.push(store)
    return store
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-kurrentdb-'))
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    for (const server of servers.splice(0)) server.stop()
    rmSync(folder, { recursive: true })
  })

  it('looks at events of the system once, not at every read', async () => {
    const server = await start()
    const store = open(server.url)
    await store.append('ours', 'none', [sampleEvent()])
    const after = (await store.read('ours'))[0]!.position
    server.writeSystemEvents(20_000)
    expect(await store.readAll({ after, limit: 10 })).toEqual([])
    expect(server.counters.considered).toBeGreaterThan(20_000)
    const waiting = store.waitForNews({ after, signal: new AbortController().signal })
    while (server.counters.considered < 40_000) await new Promise((resolve) => setTimeout(resolve, 10))
    const event = sampleEvent()
    await store.append('ours', 0, [event])
    await waiting
    server.counters.considered = 0
    for (let round = 0; round < 10; round++) expect(ids(await store.readAll({ after, limit: 10 }))).toEqual([event.id])
    // The server tells every 500 events where it is.
    expect(server.counters.considered).toBeLessThan(10 * 505)
  })

  // after a month of the server's own statistics every read was too late, and what came behind them was never read
  it('gets past more events of the system than the server looks at in time', async () => {
    const server = await start()
    const store = openKurrentEventStore({ url: server.url, deadlineMs: 2500 })
    stores.push(store)
    await store.append('ours', 'none', [sampleEvent()])
    const after = (await store.read('ours'))[0]!.position
    server.writeSystemEvents(5000)
    const last = server.database.log.at(-1)!.position
    const event = sampleEvent()
    await store.append('ours', 0, [event])
    server.hooks.beforeRead = (options) => {
      const from = BigInt(options.getAll()?.getPosition()?.getCommitPosition() ?? last)
      const looksFor = server.database.placeOf(last) - server.database.placeOf(from)
      if (!options.hasSubscription() && looksFor > 1000) return new Promise(() => undefined)
    }
    expect(ids(await store.readAll({ after, limit: 10 }))).toEqual([event.id])
    server.hooks.beforeRead = undefined
    const behind = (await store.read('ours'))[1]!.position
    expect(await store.readAll({ after: behind, limit: 10 })).toEqual([])
    server.hooks.beforeRead = () => new Promise(() => undefined)
    await expect(store.readAll({ after, limit: 10 })).rejects.toMatchObject(unavailable)
  })

  it('passes over other types in streams of the system, however many, and is not woken by them', async () => {
    const server = await start()
    const store = open(server.url)
    await store.append('ours', 'none', [sampleEvent()])
    const after = (await store.read('ours'))[0]!.position
    const others = { contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.alloc(0) }
    for (let count = 0; count < 50; count++) {
      server.database.append('$mine', 'any', [{ id: randomUUID(), type: 'looks-ordinary', ...others }])
    }
    expect(await store.readAll({ after, limit: 7 })).toEqual([])
    let woken = false
    const waiting = store.waitForNews({ after, signal: new AbortController().signal }).then(() => (woken = true))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(woken).toBe(false)
    await store.append('ours', 0, [sampleEvent()])
    await waiting
    expect(await store.readAll({ after, limit: 7 })).toHaveLength(1)
  })

  it('passes events of others on with version 0, whatever they hold', async () => {
    const server = await start()
    const store = open(server.url)
    const other = KurrentDBClient.connectionString(server.url)
    await other.appendToStream(
      'theirs',
      [
        jsonEvent({ type: 'Theirs', data: { x: 1 } }),
        jsonEvent({ type: 'Theirs', data: { x: 2 }, metadata: { $correlationId: 'k' } }),
        binaryEvent({ type: 'Bytes', data: Buffer.from([0, 255]), metadata: Buffer.from([1, 2]) }),
      ],
      { credentials: { username: 'x', password: 'x' } },
    )
    const raw = { id: randomUUID(), type: 'Torn', contentType: 'application/json' }
    server.database.append('theirs', 'any', [{ ...raw, data: Buffer.from('{"x":'), metadata: Buffer.from('{') }])
    const ours = sampleEvent()
    await store.append('ours', 'none', [ours])
    const events = await store.readAll({ after: undefined, limit: 100 })
    expect(events.map(({ type, version, data }) => [type, version, data])).toEqual([
      ['Theirs', 0, { x: 1 }],
      ['Theirs', 0, { x: 2 }],
      ['Bytes', 0, null],
      ['Torn', 0, '{"x":'],
      [ours.type, 1, ours.data],
    ])
    expect(events[0]!.time).toBeGreaterThan(1_700_000_000_000_000)
    await other.dispose()
  })

  it('is used by name and password over TLS, with any characters in them', async () => {
    const files = certificates(folder)
    const tls = { key: readFileSync(files.key), certificate: readFileSync(files.certificate) }
    const server = await start({ tls, user: 'trunk%3Aline:p%40ss%2Fw%C3%B6rd%25' })
    const url = `${server.url.replace('trunk%3Aline', 'trunkline')}&tlsCAFile=${encodeURIComponent(files.authority)}`
    const right = await start({ tls, user: 'trunkline:p%40ss%2Fw%C3%B6rd%25' })
    const store = open(`${right.url}&tlsCAFile=${encodeURIComponent(files.authority)}`)
    const events = sampleEvents(2)
    await store.append('s', 'none', events)
    expect(ids(await store.read('s'))).toEqual(ids(events))
    expect(ids(await store.readAll({ after: undefined, limit: 5 }))).toEqual(ids(events))
    await store.waitForNews({ after: undefined, signal: new AbortController().signal })
    const header = `Basic ${Buffer.from('trunkline:p@ss/wörd%').toString('base64')}`
    expect([...right.authorizations]).toEqual([header])

    const wrong = open(url)
    const append = await wrong.append('s', 'none', events).catch((error: unknown) => error as Error)
    const read = await wrong.read('s').catch((error: unknown) => error as Error)
    for (const error of [append, read]) {
      expect(error).toMatchObject(unavailable)
      expect((error as Error).message).not.toMatch(/p(@|%40)ss/)
    }
    const distrusted = open(server.url)
    await expect(distrusted.append('s', 'none', events)).rejects.toMatchObject(unavailable)
    await expect(distrusted.read('s')).rejects.toMatchObject(unavailable)
    const careless = open(`${right.url}&tlsVerifyCert=false`)
    expect(ids(await careless.read('s'))).toEqual(ids(events))
    expect(await careless.append('s', 'none', events)).toBe(1)
  })

  it('says which certificate file cannot be used', async () => {
    const lacking = () => open('kurrentdb://u:hush@localhost:2113?tlsCAFile=/nowhere/ca.pem')
    expect(lacking).toThrow(KurrentUrlError)
    expect(lacking).toThrow(/localhost:2113: .*certificate/)
    const file = join(folder, 'ca.pem')
    writeFileSync(file, 'no certificate')
    await expect(open(`kurrentdb://localhost:2113?tlsCAFile=${file}`).read('s')).rejects.toMatchObject(unavailable)
  })

  it('is found through any of its nodes, and again after another node leads', async () => {
    const leader = await start()
    const follower = await start({ leader: { host: '127.0.0.1', port: leader.port } })
    const gone = await start()
    gone.stop()
    const store = open(`kurrentdb://${gone.address},${follower.address}?tls=false`)
    await store.append('s', 'none', [sampleEvent()])
    expect(await store.read('s')).toHaveLength(1)
    expect(leader.database.stream('s')).toHaveLength(1)
    leader.stop()
    await expect(store.append('s', 0, [sampleEvent()])).rejects.toMatchObject(unavailable)
    await expect(store.read('s')).rejects.toMatchObject(unavailable)
    follower.leader = { host: '127.0.0.1', port: follower.port }
    const event = sampleEvent()
    expect(await insist(() => store.append('s2', 'none', [event]))).toBe(0)
    expect(follower.database.stream('s2')).toHaveLength(1)
    expect(await insist(() => store.read('s2'))).toHaveLength(1)
  })

  it('is followed to the node that leads when the one that was asked does not', async () => {
    const leader = await start()
    const asked = await start()
    asked.hooks.beforeAppend = asked.hooks.beforeRead = () => {
      throw notLeader('127.0.0.1', leader.port)
    }
    const store = open(asked.url)
    await expect(store.append('s', 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
    expect(await store.append('s', 'none', [sampleEvent()])).toBe(0)
    await expect(store.read('s')).rejects.toMatchObject(unavailable)
    expect(await store.read('s')).toHaveLength(1)
    expect(leader.database.stream('s')).toHaveLength(1)
  })

  it('has its events when another server goes on with its file', async () => {
    const file = join(folder, 'events.jsonl')
    const first = await start({ file })
    const events = sampleEvents(3)
    await open(first.url).append('s', 'none', events)
    first.stop()
    const second = await start({ file })
    expect(ids(await open(second.url).read('s'))).toEqual(ids(events))
  })
})

/** An authority, and a certificate for localhost that it signed: rustls takes no certificate that vouches for itself. */
function certificates(folder: string): { authority: string; key: string; certificate: string } {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = file('authority.pem')
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('authority.key'),
    '-out',
    authority,
    '-days',
    '2',
    '-subj',
    '/CN=test',
  )
  openssl('req', ...newKey, '-keyout', file('server.key'), '-out', file('server.csr'), '-subj', '/CN=localhost')
  writeFileSync(file('server.ext'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n')
  const signing = ['-CA', authority, '-CAkey', file('authority.key'), '-CAcreateserial', '-days', '2']
  openssl(
    'x509',
    '-req',
    '-in',
    file('server.csr'),
    ...signing,
    '-extfile',
    file('server.ext'),
    '-out',
    file('server.pem'),
  )
  return { authority, key: file('server.key'), certificate: file('server.pem') }
}
