/** A built process (`npm run build`) that does a bulk is killed over and over; BULK_USERS=10000 for the size of the promise. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { createCommander, type BulkJob, type RunningCommander } from '@trunkline/commands'
import type { EventStore, StoredEvent, ViewStore } from '@trunkline/ports'
import { createThings } from '@trunkline/provisioning-views'
import { createLogger } from '@trunkline/runtime'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { createVault, digestsFromText, sipDigests, type Vault } from '@trunkline/vault'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHILD = join(import.meta.dirname, 'bulk-child.mjs')
const USERS = Number(process.env['BULK_USERS'] ?? 3000)
const KILLS = 5
const viewer: Viewer = { role: 'operator', tenant: 'a.example', user: 'o@a.example', expiresAt: Infinity }

const folder = mkdtempSync(join(tmpdir(), 'trunkline-bulk-'))
const files = [join(folder, 'events.sqlite'), join(folder, 'views.sqlite')] as const
let eventStore: EventStore
let viewStore: ViewStore
let vault: Vault
let commander: RunningCommander
let child: ChildProcess | undefined

beforeAll(async () => {
  eventStore = openSqliteEventStore({ file: files[0] })
  viewStore = openSqliteViewStore({ file: files[1] })
  vault = await createVault({ store: viewStore, key: Buffer.alloc(32, 5), formerKeys: [] })
  const logger = createLogger({ level: 'fatal', name: 'test', fd: 2 })
  const things = createThings(viewStore)
  commander = await createCommander({ eventStore, viewStore, vault, things, logger, background: false })
})
afterAll(async () => {
  await kill()
  await commander.close()
  await eventStore.close()
  await viewStore.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  child = spawn(process.execPath, [CHILD, ...files], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
}

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function until(id: string, isFar: (job: BulkJob) => boolean): Promise<BulkJob> {
  for (;;) {
    const job = await commander.bulk.job(id, viewer)
    if (isFar(job)) return job
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function allEvents(): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let page; (page = await eventStore.readAll({ after: events.at(-1)?.position, limit: 5000 })).length > 0;) {
    events.push(...page)
  }
  return events
}

describe('a bulk whose process is killed over and over', () => {
  it(`creates exactly its ${USERS} users, each with the password that is shown`, async () => {
    const users = Array.from({ length: USERS }, (_, i) => ({
      username: `user${i}`,
      person: { displayName: `Person ${i}`, email: `person${i}@a.example` },
      aliases: [`alias-${i}`],
    }))
    const { id } = await commander.bulk.start({ users, viewer, idempotencyKey: 'bulk' })
    const progress: number[] = []
    for (let round = 0; round < KILLS; round++) {
      // the next process takes the job up once the dead one has been silent for long enough
      await start()
      const before = (await commander.bulk.job(id, viewer)).done
      await until(id, ({ done }) => done > before)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      await kill()
      progress.push((await commander.bulk.job(id, viewer)).done)
      // what waits for the lease to end is proven elsewhere; here it would be a quarter of a minute each time
      await viewStore.transaction((tx) => tx.run('UPDATE command_bulk_jobs SET lease_until = 0'))
    }
    expect(progress.at(-1)).toBeLessThan(USERS)
    await start()
    const job = await until(id, ({ state }) => state === 'done')
    expect(job).toMatchObject({ total: USERS, done: USERS, failed: 0 })

    const created = (await allEvents()).filter(({ type }) => type === 'sip_user.created')
    const names = created.map(({ data }) => (data as { username: string }).username)
    expect(names.length).toBe(USERS)
    expect(new Set(names)).toEqual(new Set(users.map(({ username }) => username)))
    const secretOf = new Map(
      created.map(({ data }) => {
        const { username, credential } = data as { username: string; credential: { secretId: string } }
        return [username, credential.secretId]
      }),
    )
    const kept = await vault.secrets('sip_user', [...secretOf.values()])
    let shown = 0
    for (let after: number | undefined; ;) {
      const { credentials, next } = await commander.bulk.takeCredentials({ id, viewer, after })
      for (const { username, password } of credentials) {
        shown++
        const digests = digestsFromText(kept.get(secretOf.get(username)!)!)
        expect(digests.ha1).toBe(sipDigests({ username, domain: 'a.example', password }).ha1)
      }
      if (next === null) break
      after = next
    }
    expect(shown).toBe(USERS)
    const [{ n } = { n: 0 }] = await viewStore.all<{ n: number }>('SELECT count(*) AS n FROM vault_secrets')
    expect(n).toBe(USERS)
  })
})
