/** The built provisioner (`npm run build`) is killed at random moments while users are created; nothing of it may show. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { provisioningStream, sipUserEvent } from '@trunkline/domain'
import { driftOf, readReconciliations, requestReconcile, type Drift } from '@trunkline/provisioner'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { createVault, digestsToText, sipDigests, type Vault } from '@trunkline/vault'
import type { EventStore, ViewStore } from '@trunkline/ports'
import { KamailioServer, PATIENT } from '../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../kamailio/harness/maria-server.js'
import { until } from '../kamailio/harness/process.js'
import { RedisServer } from '../support/redis-server.js'

const MAIN = join(import.meta.dirname, '../../apps/provisioner/dist/main.js')
/** 10,000 by hand: `USERS=10000`. */
const USERS = Number(process.env['USERS'] ?? 2000)
const TENANT = 'a.example'
const KEY = Buffer.alloc(32, 7)
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const passwordOf = (name: string) => `secret-of-${name}`

describe('a provisioner that is killed while users are created', () => {
  let folder: string
  let maria: MariaServer
  let redis: RedisServer
  let kamailio: KamailioServer
  let eventStore: EventStore
  let store: ViewStore
  let vault: Vault
  let projector: ProvisioningProjector
  let child: ChildProcess | undefined
  let output = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-kill-'))
    ;[maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    const servers = { databaseUrl: maria.url, redisPort: redis.port, defines: PATIENT }
    kamailio = await KamailioServer.start(join(folder, 'kamailio'), servers)
    eventStore = openSqliteEventStore({ file: join(folder, 'data', 'events.sqlite') })
    store = openSqliteViewStore({ file: join(folder, 'data', 'views.sqlite') })
    vault = await createVault({ store, key: KEY, formerKeys: [] })
    projector = await startProvisioningProjector({ eventStore, store, logger: silent as never })
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await projector?.close()
    await eventStore?.close()
    await store?.close()
    await kamailio?.stop()
    await maria?.stop()
    await redis?.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(): Promise<void> {
    const rpc = encodeURIComponent(kamailio.rpcUrl)
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      DATA_DIR: join(folder, 'data'),
      PORT: '0',
      LOG_LEVEL: 'info',
      JWT_SECRET: 'a secret of at least thirty-two characters',
      VAULT_KEY: KEY.toString('hex'),
      KAMAILIO_DATABASE_URL: maria.url,
      KAMAILIO_NODES: `sbc1=${redis.url}/kam:events?rpc=${rpc}`,
    }
    child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr!.on('data', (data: Buffer) => (output += data.toString()))
    child.stdout!.on('data', (data: Buffer) => (output += data.toString()))
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
    if (child.exitCode !== null) throw new Error(`the provisioner ended: ${output.slice(-2000)}`)
  }

  async function kill(): Promise<void> {
    const exit = once(child!, 'exit')
    child!.kill('SIGKILL')
    await exit
  }

  /** What the command of a bulk leaves: the digests in the vault, and one event for each user. */
  async function create(names: readonly string[]): Promise<void> {
    const users = names.map((username) => ({ username, id: randomUUID(), secretId: randomUUID() }))
    await vault.putSecrets(
      users.map(({ username, secretId }) => {
        const digests = sipDigests({ username, domain: TENANT, password: passwordOf(username) })
        return { id: secretId, purpose: 'sip_user' as const, text: digestsToText(digests) }
      }),
    )
    for (const { username, id, secretId } of users) {
      const event = sipUserEvent('sip_user.created', {
        id,
        tenant: TENANT,
        username,
        person: { displayName: null, email: null, phone: null },
        credential: { secretId, credentialVersion: 1 },
        limits: { concurrentCalls: null, callsPerMinute: null },
        aliases: [],
        claimId: randomUUID(),
      })
      await eventStore.append(provisioningStream.sipUser(id), 'none', [
        { ...event, id: randomUUID(), time: Date.now() * 1000 },
      ])
    }
  }

  /** Where something differs, by the comparison of the process that runs. */
  async function compare(): Promise<Drift[]> {
    const begun = Date.now()
    const id = await requestReconcile(store)
    const done = await until(
      'the comparison is done',
      async () => (await readReconciliations(store)).find((one) => one.requestId === id && one.state !== 'running'),
      120_000,
    )
    process.stderr.write(`compared in ${Date.now() - begun} ms\n`)
    expect(done).toMatchObject({ state: 'done', reason: null })
    await until('it is repaired', async () => {
      const sql = "SELECT COUNT(*) AS n FROM provisioning_items WHERE state <> 'applied'"
      return Number((await store.all<{ n: number }>(sql))[0]!.n) === 0
    })
    return done.report.filter((drift) => driftOf(drift) > 0)
  }

  it('leaves exactly these users in the table, each once, and in the memory of Kamailio', async () => {
    const names = Array.from({ length: USERS }, (_, i) => `user${String(i).padStart(5, '0')}`)
    const begun = Date.now()
    const creating = (async () => {
      for (let at = 0; at < names.length; at += 250) {
        await create(names.slice(at, at + 250))
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    })()
    const rows = async () => Number((await maria.sql('SELECT COUNT(*) FROM subscriber')).trim())
    let kills = 0
    const heights: number[] = []
    for (; (await rows()) < USERS * 0.9; kills++) {
      await start()
      // longer when nothing came of the last time: on a busy machine this may be too short for the first step
      const again = heights.length > 1 && heights.at(-1) === heights.at(-2) ? 3 : 1
      await new Promise((resolve) => setTimeout(resolve, (50 + Math.random() * 900) * again))
      await kill()
      heights.push(await rows())
    }
    await creating
    await start()
    await until('all is applied', async () => {
      const sql = "SELECT COUNT(*) AS n FROM provisioning_items WHERE state = 'applied'"
      return Number((await store.all<{ n: number }>(sql))[0]!.n) === USERS
    })
    const tookMs = Date.now() - begun
    const found = (await maria.sql('SELECT username, domain, password, ha1, ha1b FROM subscriber ORDER BY username'))
      .trim()
      .split('\n')
    expect(found).toEqual(
      names.map((username) => {
        const { ha1, ha1b } = sipDigests({ username, domain: TENANT, password: passwordOf(username) })
        return [username, TENANT, '', ha1, ha1b].join('\t')
      }),
    )
    const stats = (await kamailio.rpc.call('htable.stats')) as { name: string; all: number }[]
    expect(stats.find(({ name }) => name === 'names')!.all).toBe(USERS)
    expect((await maria.sql('SELECT key_name FROM tk_names ORDER BY key_name')).trim().split('\n')).toEqual(
      names.map((name) => `${name}@${TENANT}`),
    )
    const drift = await compare()
    expect(drift).toEqual([])
    await kamailio.rpc.call('htable.delete', ['names', `${names[7]}@${TENANT}`])
    await kamailio.rpc.call('htable.sets', ['names', 'nobody@a.example', 'u=nobody'])
    await maria.sql(`DELETE FROM subscriber WHERE username = '${names[5]}'`)
    const repaired = (await compare()).map(({ table, place, missing, surplus }) => [table, place, missing, surplus])
    expect(repaired).toEqual([
      ['subscriber', 'database', 1, 0],
      ['names', 'sbc1', 1, 1],
    ])
    expect(await compare()).toEqual([])
    expect(kills).toBeGreaterThan(2)
    const items = JSON.stringify(await store.all('SELECT * FROM provisioning_items'))
    for (const written of [output, items]) {
      expect(written).not.toContain('secret-of-')
      expect(written).not.toMatch(/\b[0-9a-f]{32}\b/)
    }
    const things = await createThings(store).list('sip_user', { limit: 1 })
    expect(things).toHaveLength(1)
    const exit = once(child!, 'exit')
    child!.kill('SIGTERM')
    expect((await exit)[0]).toBe(0)
    process.stderr.write(`${USERS} users, ${kills} kills at ${heights.join(', ')} rows: ${tookMs} ms\n`)
  }, 400_000)
})
