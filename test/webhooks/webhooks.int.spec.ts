/** Webhooks to a real HTTP server, on both view stores: signed, in order, tried again, given up, sent again. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, type EventLog, type EventStore, type ViewStore } from '@trunkline/ports'
import { openSqliteEventLog, openSqliteEventStore } from '@trunkline/sqlite'
import { createVault, type ManagedVault } from '@trunkline/vault'
import { faultOfUrl, isSigned, startWebhooks, type Webhooks } from '@trunkline/webhooks'
import { pino } from 'pino'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

const logger = pino({ level: 'silent' })
const TENANT = 'a.example'

interface Received {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly data: Record<string, unknown>
}

/** What an owning application would run: answers as it is told, keeps what it took. */
class Receiver {
  readonly taken: Received[] = []
  readonly refused: string[] = []
  answers: number[] = []
  /** How many requests came, and what they are answered after. */
  asked = 0
  held: Promise<void> = Promise.resolve()
  secret = ''
  private server!: Server

  async start(port = 0): Promise<void> {
    this.server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += String(chunk)))
      request.on('end', () => {
        this.asked++
        void this.held.then(() => response.writeHead(this.judged(request, body)).end())
      })
    }).listen(port, '127.0.0.1')
    await once(this.server, 'listening')
  }

  /** The status that a request is answered with. */
  private judged({ headers }: IncomingMessage, body: string): number {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
    const signed = { id: String(id), timestamp: Number(timestamp), body }
    const isGood = isSigned(this.secret, signed, String(signature))
    const status = isGood ? (this.answers.shift() ?? 204) : 401
    if (status < 300) this.taken.push(JSON.parse(body) as Received)
    else this.refused.push(String(id))
    return status
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`waited too long: ${what}`)
}

describe.each(VIEW_STORES)('webhooks, on $name', ({ start }) => {
  let stores: ViewStores
  let folder: string
  let store: ViewStore
  let events: EventStore
  let log: EventLog
  let vault: ManagedVault
  let receiver: Receiver
  let count = 0
  const running: Webhooks[] = []
  beforeAll(async () => {
    stores = await start()
    folder = mkdtempSync(join(tmpdir(), 'trunkline-webhooks-'))
  })
  afterAll(async () => {
    await stores.dispose()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    count++
    store = await stores.open(`webhooks${count}`)
    events = openSqliteEventStore({ file: join(folder, `events${count}.sqlite`) })
    log = openSqliteEventLog({ directory: join(folder, `log${count}`) })
    vault = await createVault({ store, key: Buffer.alloc(32, 7), formerKeys: [] })
    receiver = new Receiver()
    await receiver.start()
  })
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close()
    await receiver.stop()
    await Promise.all([store.close(), events.close(), log.close()])
  })

  async function run(retrySeconds = [0.05, 0.05, 0.05], timeoutMs?: number): Promise<Webhooks> {
    const given = { store, eventStore: events, log, vault, logger, allowPrivate: true }
    const one = await startWebhooks({
      ...given,
      retrySeconds,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      pollMs: 20,
      // one that lost its lease for being slow would send again what the other has sent
      leaseMs: 20_000,
    })
    running.push(one)
    return one
  }
  async function hook({ webhooks }: Webhooks, types: Parameters<typeof webhooks.create>[0]['types'] = null) {
    const made = await webhooks.create({ tenant: TENANT, url: receiver.url, types })
    receiver.secret = made!.secret
    return made!.webhook.id
  }
  async function user(username: string, tenant = TENANT): Promise<string> {
    const id = randomUUID()
    const person = { displayName: { keyId: 'key-1', text: 'v1.sealedsealedsealedsealed' }, email: null, phone: null }
    const credential = { secretId: randomUUID(), credentialVersion: 1 }
    const data = { id, tenant, username, person, credential, limits: {}, aliases: [], claimId: randomUUID() }
    const event = { id: randomUUID(), type: 'sip_user.created', version: 1, time: (Date.now() + 1) * 1000, data }
    await events.append(`sip_user-${id}`, 'none', [event])
    return id
  }
  async function removed(id: string, username: string): Promise<void> {
    const data = { id, tenant: TENANT, username, names: [], formerSecretId: null }
    const event = { id: randomUUID(), type: 'sip_user.removed', version: 1, time: (Date.now() + 1) * 1000, data }
    await events.append(`sip_user-${id}`, 0, [event])
  }
  const presence = (online: boolean, changedAt: number, more: object = {}) =>
    log.append(STREAMS.presence, [
      {
        id: randomUUID(),
        type: 'presence.changed',
        version: 1,
        key: `alice@${TENANT}`,
        time: changedAt * 1000,
        data: {
          user: `alice@${TENANT}`,
          tenant: TENANT,
          online,
          contacts: online ? 1 : 0,
          activity: 'idle',
          liveCalls: 0,
          changedAt,
          ...more,
        },
      },
    ])

  it('tell of users created and removed, registered and gone: signed, in order, each once, without secrets', async () => {
    const [first] = [await run(), await run()]
    await hook(first!)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const id = await user('alice')
    await user('mallory', 'b.example')
    await removed(id, 'alice')
    await until('both came', () => receiver.taken.length === 2)
    const now = Date.now() + 10
    await presence(true, now)
    await presence(true, now + 1, { activity: 'busy' })
    await presence(false, now - 5)
    await presence(false, now + 2)
    await until('all came', () => receiver.taken.length === 4)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(receiver.taken.map(({ type, subject }) => [type, subject])).toEqual([
      ['trunkline.sip_user.created', `alice@${TENANT}`],
      ['trunkline.sip_user.removed', `alice@${TENANT}`],
      ['trunkline.user.registered', `alice@${TENANT}`],
      ['trunkline.user.unregistered', `alice@${TENANT}`],
    ])
    expect(receiver.refused).toEqual([])
    const [told] = receiver.taken
    expect(told!.data).toMatchObject({ id, username: 'alice', person: { displayName: '[sealed]' } })
    expect(JSON.stringify(told)).not.toMatch(/secretId|claimId|sealedsealed/)
  })

  it('are tried again in order when they fail, also when nobody listens, and by another process', async () => {
    const first = await run(Array.from({ length: 50 }, () => 0.05))
    await hook(first)
    const { port } = receiver
    await receiver.stop()
    await user('one')
    await user('two')
    await until('it was tried', async () => {
      const [row] = await store.all<{ attempts: number }>('SELECT max(attempts) AS attempts FROM webhook_deliveries')
      return (row?.attempts ?? 0) > 1
    })
    await running.splice(0)[0]!.close()
    await run(Array.from({ length: 50 }, () => 0.05))
    receiver.answers = [500, 503, 301]
    await receiver.start(port)
    await until('both came', () => receiver.taken.length === 2)
    expect(receiver.taken.map(({ subject }) => subject)).toEqual([`one@${TENANT}`, `two@${TENANT}`])
    expect(new Set(receiver.refused).size).toBe(1)
  })

  it('are given up after the last attempt, hold nothing else up, and can be sent again', async () => {
    const one = await run()
    const id = await hook(one)
    receiver.answers = [500, 500, 500, 500]
    await user('lost')
    await user('fine')
    await until('the other came', () => receiver.taken.length === 1)
    expect(receiver.taken[0]!.subject).toBe(`fine@${TENANT}`)
    const [dead] = await one.webhooks.deliveries(id, { state: 'dead', limit: 10 })
    expect(dead).toMatchObject({ attempts: 4, status: 500, reason: 'HTTP 500' })
    await one.webhooks.replay(id)
    await until('it came', () => receiver.taken.length === 2)
    const delivered = () => one.webhooks.deliveries(id, { state: 'delivered', limit: 10 })
    await until('both are noted', async () => (await delivered()).length === 2)
    await one.webhooks.replay(id, dead!.eventId)
    await until('it came again', () => receiver.taken.length === 3)
    expect(receiver.taken[2]!.id).toBe(receiver.taken[1]!.id)
    await until('both are noted again', async () => (await delivered()).length === 2)
  })

  it('are sent again when that is asked while the last attempt is on its way', async () => {
    const one = await run([5])
    const id = await hook(one)
    receiver.answers = [500, 500]
    await user('lost')
    await until('the first attempt failed', () => receiver.refused.length === 1)
    const held = Promise.withResolvers<void>()
    receiver.held = held.promise
    await until('the last is on its way', () => receiver.asked === 2)
    await one.webhooks.replay(id, receiver.refused[0])
    held.resolve()
    await until('it came', () => receiver.taken.length === 1)
  })

  it('end when the receiver says that nobody is there, go on when told so, and take only what they want', async () => {
    const one = await run()
    const id = await hook(one, ['sip_user.removed'])
    receiver.answers = [410]
    const [gone, kept] = [await user('gone'), await user('kept')]
    await removed(gone, 'gone')
    await until('it was stopped', async () => (await one.webhooks.get(id))?.active === false)
    await removed(kept, 'kept')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(receiver.taken).toEqual([])
    await one.webhooks.change(id, { active: true })
    await until('it came', () => receiver.taken.length === 1)
    expect(receiver.taken[0]).toMatchObject({ type: 'trunkline.sip_user.removed', subject: `gone@${TENANT}` })
    await one.webhooks.remove(id)
    expect(await store.all('SELECT * FROM webhook_deliveries')).toEqual([])
    expect((await vault.secrets('webhook', [id])).size).toBe(0)
  })

  it('are given up when they have waited for a week behind others, and can be sent again', async () => {
    const one = await run(Array.from({ length: 1000 }, () => 60))
    const id = await hook(one)
    receiver.answers = [500]
    await user('one')
    await user('two')
    const states = async () => (await one.webhooks.deliveries(id, { limit: 10 })).map(({ state }) => state)
    await until('both are noted', async () => (await states()).length === 2)
    const day = 86_400_000
    const limits = (now: number) => ({
      deliveredBefore: now - 7 * day,
      deadBefore: now - 30 * day,
      waitingSince: now - 7 * day,
    })
    await one.webhooks.forget(limits(Date.now() + 6 * day))
    expect(await states()).toEqual(['pending', 'pending'])
    await one.webhooks.forget(limits(Date.now() + 8 * day))
    expect(await states()).toEqual(['dead', 'dead'])
    await until('the attempt is noted', async () => receiver.refused.length === 1)
    await one.webhooks.replay(id)
    await until('both came', () => receiver.taken.length === 2)
    expect(receiver.taken.map(({ subject }) => subject)).toEqual([`one@${TENANT}`, `two@${TENANT}`])
  })

  it('stay in order when a process takes over whose clock is behind', async () => {
    const first = await run(Array.from({ length: 1000 }, () => 0.05))
    const id = await hook(first)
    const noted = async () => (await first.webhooks.deliveries(id, { limit: 10 })).length
    receiver.answers = Array.from({ length: 1000 }, () => 500)
    await user('one')
    await until('the first is noted', async () => (await noted()) === 1)
    await running.splice(0)[0]!.close()
    const late = { now: () => Date.now() - 3_000, retrySeconds: Array.from({ length: 1000 }, () => 0.05), pollMs: 20 }
    running.push(await startWebhooks({ store, eventStore: events, log, vault, logger, allowPrivate: true, ...late }))
    await user('two')
    await until('the second is noted', async () => (await noted()) === 2)
    receiver.answers = []
    await until('both came', () => receiver.taken.length === 2)
    expect(receiver.taken.map(({ subject }) => subject)).toEqual([`one@${TENANT}`, `two@${TENANT}`])
  })

  it('go on to others while a receiver never answers, or never ends its answer', async () => {
    const slow = createServer((request, response) => {
      if (request.url === '/silent') return
      response.writeHead(200)
      const drops = setInterval(() => response.write('.'), 100)
      response.on('close', () => clearInterval(drops))
    }).listen(0, '127.0.0.1')
    await once(slow, 'listening')
    const at = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`
    const one = await run([60], 20_000)
    const [silent, endless] = [
      await one.webhooks.create({ tenant: TENANT, url: `${at}/silent`, types: null }),
      await one.webhooks.create({ tenant: TENANT, url: `${at}/endless`, types: null }),
    ]
    await hook(one)
    await user('one')
    await until('the first came', () => receiver.taken.length === 1)
    const began = performance.now()
    await user('two')
    await until('the second came', () => receiver.taken.length === 2)
    expect(performance.now() - began).toBeLessThan(15_000)
    const states = async () => {
      const all = [silent!, endless!].map(({ webhook }) => one.webhooks.deliveries(webhook.id, { limit: 1 }))
      return (await Promise.all(all)).map(([first]) => first)
    }
    await until('both were noted', async () => (await states()).every((first) => (first?.attempts ?? 0) > 0))
    expect(await states()).toMatchObject([
      { state: 'pending', status: null, reason: 'no answer within 20 s' },
      { state: 'delivered', status: 200 },
    ])
    slow.closeAllConnections()
    slow.close()
  })

  it('keep their secret sealed', async () => {
    const one = await run()
    await hook(one)
    const tables = ['webhooks', 'vault_secrets', 'webhook_deliveries']
    const rows = await Promise.all(tables.map((table) => store.all(`SELECT * FROM ${table}`)))
    expect(JSON.stringify(rows)).not.toContain(receiver.secret.slice(6, 30))
    expect(receiver.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  })
})

describe('the address of a webhook', () => {
  it.each([
    ['https://app.example/hook', undefined],
    ['https://[2001:db8::1]/hook', undefined],
    ['http://app.example/hook', 'https'],
    ['https://user:pw@app.example/', 'password'],
    ['https://127.0.0.1/', 'private'],
    ['https://2130706433/', 'private'],
    ['https://0x7f.1/', 'private'],
    ['https://10.1.2.3/', 'private'],
    ['https://169.254.169.254/latest', 'private'],
    ['https://[::1]/', 'private'],
    ['https://[::ffff:10.0.0.1]/', 'private'],
    ['https://[fd00::1]/', 'private'],
    ['https://[::ffff:7f00:1]/', 'private'],
    ['https://127.0.0.1./', 'private'],
    ['https://[2002:7f00:1::]/', 'private'],
    ['https://[64:ff9b:1::7f00:1]/', 'private'],
    ['https://[::127.0.0.1]/', 'private'],
    ['ftp://app.example/', 'https'],
    ['nonsense', 'address'],
  ])('%s', (url, fault) => {
    if (fault === undefined) expect(faultOfUrl(url, false)).toBeUndefined()
    else expect(faultOfUrl(url, false)).toContain(fault)
  })

  it('may be private where that is allowed', () => expect(faultOfUrl('http://127.0.0.1:1/', true)).toBeUndefined())
})
