/** Two command APIs on servers that they share: KurrentDB (its double), Kafka and MariaDB. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { realEngines, type Deployment, type Engines } from '../support/engines.js'
import { startKurrentServer, type KurrentServer } from '../kurrentdb/kurrentdb-server.js'
import { byGraphql, byRest, type Outcome } from './senders.js'
import { rest, SECRET, token, VAULT_KEY, type World } from './world.js'

let engines: Engines
let deployment: Deployment
let kurrent: KurrentServer
let operator: string
const running = new Map<string, StartedApp>()

/** Each with a folder of its own, as on machines apart. */
async function start(app: AppName, as: string = app): Promise<StartedApp> {
  const dataDir = join(deployment.dataDir, as)
  mkdirSync(dataDir, { recursive: true })
  const own = { DATA_DIR: dataDir, KURRENTDB_URL: kurrent.url, JWT_SECRET: SECRET, VAULT_KEY }
  const started = await startApp(app, { ...deployment.env, ...own })
  running.set(as, started)
  return started
}
const at = (name: string): World => ({ url: running.get(name)!.url }) as World

beforeAll(async () => {
  ;[engines, kurrent] = await Promise.all([realEngines(), startKurrentServer()])
  deployment = await engines.deploy()
  operator = await token('operator')
  await start('projector')
  await Promise.all([start('command-api', 'one'), start('command-api', 'other'), start('graphql')])
})
afterAll(async () => {
  for (const app of running.values()) await app.stop()
  kurrent?.stop()
  await deployment?.dispose()
  await engines?.dispose()
})

const senders = () => [byRest(at('one'), operator), byRest(at('other'), operator), byGraphql(at('graphql'), operator)]
const codesOf = (outcomes: readonly Outcome[]) => outcomes.map(({ code }) => code)

describe('two command APIs and a GraphQL', () => {
  it('do a command once, to whichever of them it is sent at once', async () => {
    for (let round = 0; round < 10; round++) {
      const key = randomUUID()
      const sent = senders().map((send) => send('createSipUser', { username: `once-${round}` }, { key }))
      const answers = await Promise.all(sent)
      for (const code of codesOf(answers)) expect([undefined, 'IN_PROGRESS']).toContain(code)
      const done = answers.flatMap(({ answer }) => answer ?? [])
      expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1)
      expect(new Set(done.map(({ id }) => id)).size).toBe(1)
    }
  })

  it('give a name to one alone of those who want it at once', async () => {
    for (let round = 0; round < 10; round++) {
      const users = ['x', 'y', 'z'].map((part) => ({ username: `${part}-${round}`, aliases: [`wanted-${round}`] }))
      const outcomes = await Promise.all(senders().map((send, i) => send('createSipUser', users[i]!)))
      expect(codesOf(outcomes).filter((code) => code === undefined)).toHaveLength(1)
      for (const code of codesOf(outcomes)) expect([undefined, 'TAKEN', 'BUSY']).toContain(code)
    }
  })

  it('show at one what was changed at the other, when asked for that revision', async () => {
    const [one] = senders()
    const { answer } = await one!('createSipUser', { username: 'read' })
    const { answer: changed } = await one!('addSipUserAlias', { id: answer!.id, alias: 'read-too' })
    const request = `GET /v1/sip-users/${answer!.id}?atLeastRevision=${changed!.revision}`
    expect((await rest(at('other'), request, { bearer: operator })).body.aliases).toEqual(['read-too'])
  })

  it('finish a bulk of which one was killed, with each user once', async () => {
    const users = Array.from({ length: 2000 }, (_, i) => ({ username: `bulk-${i}` }))
    const begun = await rest(at('one'), 'POST /v1/sip-users/bulk', { bearer: operator, body: { users } })
    expect(begun.status).toBe(202)
    const job = async (name: string) =>
      (await rest(at(name), `GET /v1/bulk-jobs/${begun.body.id}`, { bearer: operator })).body
    while ((await job('other')).done === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await Promise.all(['one', 'graphql'].map((name) => running.get(name)!.stop()))
    expect((await job('other')).state).toBe('running')
    for (let state = 'running'; state !== 'done'; { state } = await job('other'))
      await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await job('other')).toMatchObject({ total: 2000, done: 2000, failed: 0 })

    const events = kurrent.database.log.filter(({ type }) => type === 'sip_user.created')
    const names = events.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { username: string }).username)
    const created = names.filter((name) => name.startsWith('bulk-'))
    expect({ events: created.length, users: new Set(created).size }).toEqual({ events: 2000, users: 2000 })
  })
})
