/**
 * Two provisioners as processes (`npm run build`) on one event store and one view store: one works, the other takes over from
 * one that is killed, and from one that stands still and later goes on with what it had begun.
 */
import { join } from 'node:path'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { issueToken } from '@trunkline/access'
import { KamailioServer, PATIENT } from '../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../kamailio/harness/maria-server.js'
import { until } from '../kamailio/harness/process.js'
import { startKurrentServer, type KurrentServer } from '../kurrentdb/kurrentdb-server.js'
import { Api } from '../proofs/support/api.js'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { startMariadb, type MariadbServer } from '../support/mariadb-server.js'
import { RedisServer } from '../support/redis-server.js'

const TENANT = 'a.example'
const SECRET = 'a-secret-of-tests-that-is-long-enough'
const USERS = 600

describe('two provisioners', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-two-provisioners-'))
  const running = new Set<StartedApp>()
  const ids: string[] = []
  let maria: MariaServer
  let views: MariadbServer
  let redis: RedisServer
  let kamailio: KamailioServer
  let kurrent: KurrentServer
  let env: Record<string, string>
  let api: Api
  let provisioners: StartedApp[]

  async function start(app: AppName, as: string): Promise<StartedApp> {
    const dataDir = join(folder, as)
    mkdirSync(dataDir, { recursive: true })
    const started = await startApp(app, { ...env, DATA_DIR: dataDir })
    running.add(started)
    return started
  }

  beforeAll(async () => {
    ;[maria, views, redis, kurrent] = await Promise.all([
      MariaServer.start(join(folder, 'db')),
      startMariadb(),
      RedisServer.start(),
      startKurrentServer(),
    ])
    const servers = { databaseUrl: maria.url, redisPort: redis.port, defines: { ...PATIENT, GATEWAY_PING: '0' } }
    kamailio = await KamailioServer.start(join(folder, 'kamailio'), servers)
    env = {
      JWT_SECRET: SECRET,
      VAULT_KEY: '5f'.repeat(32),
      KURRENTDB_URL: kurrent.url,
      MYSQL_URL: await views.createDatabase('views'),
      KAMAILIO_DATABASE_URL: maria.url,
      KAMAILIO_NODES: `sbc1=redis://127.0.0.1:${redis.port}/kam:events?rpc=${kamailio.rpcUrl}`,
    }
    await start('projector', 'log')
    const graphql = start('graphql', 'log')
    provisioners = await Promise.all([start('provisioner', 'one'), start('provisioner', 'other')])
    const role = { role: 'operator', tenant: TENANT, user: 'olga', ttlSeconds: 3600 } as const
    api = new Api((await graphql).url, await issueToken(SECRET, role))
  })
  afterAll(async () => {
    for (const app of running) await app.stop()
    await kamailio?.stop()
    kurrent?.stop()
    await Promise.all([maria?.stop(), views?.dispose(), redis?.dispose()])
    rmSync(folder, { recursive: true, force: true })
  })

  /** Only the one that works tells how far it is. */
  async function works(app: StartedApp): Promise<boolean> {
    const metrics = await fetch(`${app.url}/metrics`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
    return /trunkline_provisioning_items\{.*target="kamailio"/.test((await metrics?.text()) ?? '')
  }
  const worker = () =>
    until('one works', async () => {
      for (const app of provisioners) if (app.ended() === undefined && (await works(app))) return app
      return undefined
    })
  const inTable = async () => Number(await maria.sql('SELECT COUNT(*) FROM subscriber'))
  const limit = async (concurrentCalls: number, some: readonly string[]) => {
    for (const id of some) await api.command('setSipUserLimits', { id, limits: { concurrentCalls } })
  }
  const withLimit = async (n: number) =>
    Number(await maria.sql(`SELECT COUNT(*) FROM tk_names WHERE key_value LIKE '%;c=${n};%'`))
  const inMemory = async (name: string) =>
    JSON.stringify(await kamailio.rpc.call('htable.get', ['names', `${name}@${TENANT}`]))

  it('do each thing once, and one goes on when the other is killed', async () => {
    const users = Array.from({ length: USERS }, (_, n) => ({ username: `user${n}` }))
    const create =
      'mutation ($input: CreateSipUsersInput!) { createSipUsers(input: $input, idempotencyKey: "all") { id } }'
    await api.query(create, { input: { users } })
    const first = await worker()
    await until('some are there', async () => (await inTable()) > 0)
    await first.stop('SIGKILL')
    await until('all are there', async () => (await inTable()) === USERS)
    expect(await maria.sql('SELECT COUNT(DISTINCT username) FROM subscriber')).toMatch(/^600\b/)
    const page = '{ sipUsers(first: 50) { edges { node { id } } } }'
    const { sipUsers } = await api.query<{ sipUsers: { edges: { node: { id: string } }[] } }>(page)
    ids.push(...sipUsers.edges.map(({ node }) => node.id))
    const again = await start('provisioner', first === provisioners[0] ? 'one' : 'other')
    provisioners = provisioners.map((app) => (app === first ? again : app))
  })

  it('one that stood still does no harm when it goes on', async () => {
    await limit(11, ids)
    const still = await worker()
    const begun = limit(12, ids)
    await until('it is at work', async () => (await withLimit(12)) > 0)
    still.signal('SIGSTOP')
    await begun
    await until('the other has done it all', async () => (await withLimit(12)) === ids.length)
    const other = provisioners.find((app) => app !== still)!
    await until('it says so', () => works(other))
    await limit(13, ids)
    await until('and what came after', async () => (await withLimit(13)) === ids.length)
    still.signal('SIGCONT')
    await limit(14, ids.slice(0, 10))
    await until('the newest are there', async () => (await withLimit(14)) === 10)
    await until('it knows that another works', async () => !(await works(still)))
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect({ newest: await withLimit(14), before: await withLimit(13) }).toEqual({
      newest: 10,
      before: ids.length - 10,
    })
    expect([await works(still), await works(other)]).toEqual([false, true])
    const { sipUsers } = await api.query<{ sipUsers: { edges: { node: { username: string } }[] } }>(
      '{ sipUsers(first: 50) { edges { node { username } } } }',
    )
    for (const [n, { node }] of sipUsers.edges.entries())
      expect(await inMemory(node.username)).toContain(n < 10 ? 'c=14;' : 'c=13;')
  })
})
