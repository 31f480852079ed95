/** Commands on every pair of stores, with the real views between. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { createCommander, type RunningCommander } from '@trunkline/commands'
import { openKurrentEventStore } from '@trunkline/kurrentdb'
import type { EventStore, ViewStore } from '@trunkline/ports'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { createLogger } from '@trunkline/runtime'
import { openSqliteEventStore } from '@trunkline/sqlite'
import { createVault } from '@trunkline/vault'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKurrentServer } from '../kurrentdb/kurrentdb-server.js'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

interface Stores {
  readonly eventStore: EventStore
  dispose(): Promise<void>
}

async function onSqlite(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-commands-'))
  const eventStore = openSqliteEventStore({ file: join(folder, 'events.sqlite') })
  const dispose = async () => {
    await eventStore.close()
    rmSync(folder, { recursive: true })
  }
  return { eventStore, dispose }
}

async function onKurrent(): Promise<Stores> {
  const server = await startKurrentServer()
  const eventStore = openKurrentEventStore({ url: server.url })
  const dispose = async () => {
    await eventStore.close()
    await server.stop()
  }
  return { eventStore, dispose }
}

const pairs = [
  ...VIEW_STORES.map((views) => ({ name: `SQLite and ${views.name}`, start: onSqlite, views })),
  { name: 'a double of KurrentDB and SQLite', start: onKurrent, views: VIEW_STORES[0]! },
]

const logger = createLogger({ level: 'fatal', name: 'test', fd: 2 })
const viewer: Viewer = { role: 'operator', tenant: 'a.example', user: 'o@a.example', expiresAt: Infinity }

describe.each(pairs)('on $name', ({ start, views }) => {
  let stores: Stores
  let databases: ViewStores
  let viewStore: ViewStore
  let projector: ProvisioningProjector
  const commanders: RunningCommander[] = []
  let keys = 0

  beforeAll(async () => {
    stores = await start()
    databases = await views.start()
    viewStore = await databases.open('commands')
    const { eventStore } = stores
    projector = await startProvisioningProjector({ eventStore, store: viewStore, logger })
    const vault = await createVault({ store: viewStore, key: Buffer.alloc(32, 1), formerKeys: [] })
    const things = createThings(viewStore)
    for (const background of [true, false]) {
      commanders.push(await createCommander({ eventStore, viewStore, vault, things, logger, background }))
    }
  })
  afterAll(async () => {
    for (const commander of commanders) await commander.close()
    await projector.close()
    await viewStore.close()
    await stores.dispose()
    await databases.dispose()
  })

  const send = (name: string, input: object, key = `key-${++keys}`, by = 0) =>
    commanders[by]!.execute({ name, input, viewer, idempotencyKey: key })

  it('the same command at once from many is done once and shown once', async () => {
    const sent = Array.from({ length: 6 }, (_, i) => send('createSipUser', { username: 'once' }, 'same', i % 2))
    const answers = await Promise.all(sent)
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    const shown = answers.filter(({ result }) => (result as { password: string | null }).password !== null)
    expect(shown).toHaveLength(1)
    expect(await stores.eventStore.read(`sip_user-${answers[0]!.id}`)).toHaveLength(1)
  })

  it('what a dead process was at is taken over by one of those who ask again', async () => {
    const { id } = await send('createSipUser', { username: 'orphaned' })
    const first = await send('suspendSipUser', { id }, 'orphan')
    // as if the process had died between the append and its answer
    const set = "SET answer = NULL, owner = 'dead', lease_until = ?"
    const now = Date.now()
    await viewStore.transaction((tx) =>
      tx.run(`UPDATE command_records ${set} WHERE used_at > ? AND answer LIKE ?`, [
        now + 700,
        now - 60_000,
        `%${id}%"revision":1%`,
      ]),
    )
    const sent = Array.from({ length: 4 }, (_, i) => send('suspendSipUser', { id }, 'orphan', i % 2))
    const answers = await Promise.all(sent)
    expect(Date.now()).toBeGreaterThanOrEqual(now + 700)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    for (const answer of answers) expect({ ...answer, replayed: false }).toEqual(first)
    expect(await stores.eventStore.read(`sip_user-${id}`)).toHaveLength(2)
  })

  it('of many who want one name one gets it', async () => {
    const wanted = Array.from({ length: 8 }, (_, i) => send('createSipUser', { username: 'wanted' }, undefined, i % 2))
    const ends = await Promise.allSettled(wanted)
    const refused = ends
      .filter((end) => end.status === 'rejected')
      .map(({ reason }) => (reason as { code: string }).code)
    expect(refused).toEqual(Array<string>(7).fill('TAKEN'))
  })

  it('what another thing leads to is not removed, as soon as the other is there', async () => {
    const user = await send('createSipUser', { username: 'target' })
    const number = await send('addNumber', { number: '+493011111111' })
    await send('assignNumber', { id: number.id, target: { kind: 'user', id: user.id } })
    await expect(send('removeSipUser', { id: user.id })).rejects.toMatchObject({ code: 'IN_USE' })
    await send('releaseNumber', { id: number.id })
    expect(await send('removeSipUser', { id: user.id })).toMatchObject({ changed: true })
    const menu = (number: string, next: object[]) => ({
      number,
      settings: { name: 'M', greeting: 'm.wav', entries: [{ digits: '0', action: { kind: 'hang_up' } }, ...next] },
    })
    const first = await send('createIvrMenu', menu('60', []))
    const second = await send('createIvrMenu', menu('61', [{ digits: '1', action: { kind: 'menu', id: first.id } }]))
    const circle = { id: first.id, settings: { onTimeout: { kind: 'menu', id: second.id } } }
    await expect(send('updateIvrMenu', circle)).rejects.toMatchObject({ code: 'LOOP' })
  })

  it('what the views cannot tell yet is not decided', async () => {
    const user = await send('createSipUser', { username: 'behind' })
    await projector.close()
    await send('suspendSipUser', { id: user.id })
    const refused = send('removeSipUser', { id: user.id }, 'late')
    await expect(refused).rejects.toMatchObject({ code: 'VIEWS_BEHIND', status: 503, retryable: true })
    projector = await startProvisioningProjector({ eventStore: stores.eventStore, store: viewStore, logger })
    const until = performance.now() + 30_000
    const again = async (): Promise<unknown> => {
      try {
        return await send('removeSipUser', { id: user.id }, 'late')
      } catch (error) {
        if ((error as { code: string }).code !== 'VIEWS_BEHIND' || performance.now() > until) throw error
        return again()
      }
    }
    expect(await again()).toMatchObject({ changed: true, revision: 2 })
  })

  it('a bulk creates all of its users', async () => {
    const users = Array.from({ length: 300 }, (_, i) => ({ username: `bulk${i}`, person: { displayName: `P ${i}` } }))
    const { bulk } = commanders[1]!
    const [{ id }, again] = await Promise.all([
      bulk.start({ users, viewer, idempotencyKey: 'bulk' }),
      commanders[0]!.bulk.start({ users, viewer, idempotencyKey: 'bulk' }),
    ])
    expect(again.id).toBe(id)
    while ((await bulk.job(id, viewer)).state !== 'done') await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await bulk.job(id, viewer)).toMatchObject({ total: 300, done: 300, failed: 0 })
    const { credentials } = await bulk.takeCredentials({ id, viewer, limit: 500 })
    expect(credentials).toHaveLength(300)
    const last = credentials.at(-1)!
    expect(await bulk.takeCredentials({ id, viewer, after: last.row })).toEqual({ credentials: [], next: null })
    expect(await stores.eventStore.read(`sip_user-${last.id}`)).toHaveLength(1)
  })

  it('a blocked caller is let through when the time is over', async () => {
    const blocked = await send('blockCaller', {
      match: 'exact',
      value: 'x',
      expiresAt: new Date(Date.now() + 3000).toISOString(),
    })
    await new Promise((resolve) => setTimeout(resolve, 3100))
    await Promise.all(commanders.map((commander) => commander.sweep()))
    await Promise.all(commanders.map((commander) => commander.sweep()))
    expect(await stores.eventStore.read(`blocked_caller-${blocked.id}`)).toHaveLength(2)
  })
})
