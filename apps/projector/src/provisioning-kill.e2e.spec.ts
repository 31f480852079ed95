/** The built projector (`npm run build`) is killed over and over while commands are taken; nothing of it may show. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, type EventLog, type EventStore, type ViewStore } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import {
  createThings,
  PROVISIONING_RELAY,
  PROVISIONING_VIEW_TABLES,
  startProvisioningProjector,
} from '@trunkline/provisioning-views'
import { openSqliteEventLog, openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { pino } from 'pino'
import { appendInOrder, provisioningAppends } from '../../../test/support/provisioning-events.js'

const logger = pino({ level: 'silent' })
const DIST = join(import.meta.dirname, '../dist')
const KILLS = 40
const EVENTS = 8000

async function rowsOf(store: ViewStore): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {}
  for (const { name, key } of PROVISIONING_VIEW_TABLES)
    rows[name] = (await store.all(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`)).map((row) => ({ ...row }))
  return rows
}

describe('a projector that is killed while things are provisioned', () => {
  let dataDir: string
  let events: EventStore
  let log: EventLog
  let child: ChildProcess | undefined
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-provisioning-'))
    events = openSqliteEventStore({ file: join(dataDir, 'events.sqlite') })
    log = openSqliteEventLog({ directory: join(dataDir, 'log') })
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await log.close()
    await events.close()
    rmSync(dataDir, { recursive: true })
  })

  const env = () => ({ ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'fatal', NODE_OPTIONS: '' })
  async function start(): Promise<void> {
    child = spawn(process.execPath, [join(DIST, 'main.js')], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
    const died = once(child, 'exit').then(() => Promise.reject(new Error('the projector did not start')))
    await Promise.race([once(child.stdout!, 'data'), died])
    died.catch(() => undefined)
  }

  it('leaves the view of an undisturbed run, tells each event in order, and can rebuild the view', async () => {
    const appends = provisioningAppends(EVENTS)
    const piece = Math.ceil(EVENTS / KILLS)
    for (let kill = 0; kill < KILLS; kill++) {
      await start()
      const exit = once(child!, 'exit')
      setTimeout(() => child!.kill('SIGKILL'), Math.random() * 60)
      await appendInOrder(events, appends.slice(kill * piece, (kill + 1) * piece))
      await exit
    }
    await start()
    const store = openSqliteViewStore({ file: join(dataDir, 'views.sqlite') })
    const last = (await events.readAll({ after: undefined, limit: 2 * EVENTS })).at(-1)!.position
    expect(await createThings(store).caughtUp(last, 60_000)).toBe(true)
    while ((await store.checkpoint(PROVISIONING_RELAY, 0)) !== last) await pause(20)

    const undisturbed = openSqliteViewStore({ file: join(dataDir, 'undisturbed.sqlite') })
    const projector = await startProvisioningProjector({ eventStore: events, store: undisturbed, logger })
    expect(await createThings(undisturbed).caughtUp(last, 60_000)).toBe(true)
    await projector.close()
    const expected = await rowsOf(undisturbed)
    expect(expected['provisioned']!.length).toBeGreaterThan(1000)
    expect(await rowsOf(store)).toEqual(expected)

    const told = await readAll(log, STREAMS.provisioning)
    const once_ = [...new Map(told.map((record) => [record.id, record])).values()]
    const ours = appends.filter(({ stream }) => !stream.startsWith('reservation-'))
    const byKey = (list: readonly { key: string; id: string }[]) =>
      Object.fromEntries([...Map.groupBy(list, ({ key }) => key)].map(([key, some]) => [key, some.map(({ id }) => id)]))
    expect(byKey(once_)).toEqual(byKey(ours.map(({ stream: key, event: { id } }) => ({ key, id }))))

    // beside the running projector, as an operator would
    const { stdout } = await promisify(execFile)(process.execPath, [join(DIST, 'rebuild.js'), 'provisioning'], {
      env: env(),
    })
    expect(stdout).toMatch(new RegExp(`view provisioning rebuilt from ${appends.length} records .* 0 parked`))
    expect(await rowsOf(store)).toEqual(expected)
    const [more] = provisioningAppends(EVENTS + 200)
      .slice(EVENTS)
      .filter(({ stream }) => stream.startsWith('reservation-'))
    await events.append('reservation-late', 'none', [{ ...more!.event, id: crypto.randomUUID() }])
    const end = (await events.readAll({ after: last, limit: 10 })).at(-1)!.position
    expect(await createThings(store).caughtUp(end, 60_000)).toBe(true)
    const exit = once(child!, 'exit')
    child!.kill('SIGTERM')
    await exit
    await Promise.all([store.close(), undisturbed.close()])
  }, 600_000)
})
