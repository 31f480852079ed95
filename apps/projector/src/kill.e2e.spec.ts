/** The built projector (`npm run build`) is killed over and over while facts arrive; nothing of it may show. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { allProjections, rebuildView, SHARED_TABLES, startProjector, VIEWS } from '@trunkline/projection'
import { STREAMS, type EventLog, type NewRecord, type ViewStore } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { factsOf, scenarios } from '../../../test/support/capture.js'
import { allRows } from '../../../test/support/project.js'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const KILLS = 200
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

async function rowsOfAllViews(store: ViewStore): Promise<Record<string, unknown[]>> {
  const parts = await Promise.all(allProjections().map((projection) => allRows(store, projection)))
  return Object.assign({}, ...parts) as Record<string, unknown[]>
}

describe('a projector that is killed at random moments', () => {
  let dataDir: string
  let log: EventLog
  let child: ChildProcess | undefined
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-projector-'))
    log = openSqliteEventLog({ directory: join(dataDir, 'log') })
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await log.close()
    rmSync(dataDir, { recursive: true })
  })

  async function start(): Promise<void> {
    const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'fatal', NODE_OPTIONS: '' }
    child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout!, 'data')
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const exit = once(child!, 'exit')
    child!.kill(signal)
    await exit
  }

  it('leaves the views of an undisturbed run, row for row, and tells each event once', async () => {
    const facts: NewRecord[] = scenarios().slice(0, 30).flatMap(factsOf)
    const piece = Math.ceil(facts.length / (KILLS * 4))
    let at = 0
    const feed = async (pieces: number) => {
      for (let count = 0; count < pieces && at < facts.length; count++, at += piece) {
        await log.append(STREAMS.switch, facts.slice(at, at + piece))
        await new Promise((resolve) => setTimeout(resolve, 4))
      }
    }
    for (let kill = 0; kill < KILLS; kill++) {
      await start()
      setTimeout(() => child!.kill('SIGKILL'), Math.random() * 40)
      const exit = once(child!, 'exit')
      await feed(4)
      await exit
    }
    await start()
    await feed(Infinity)
    const store = openSqliteViewStore({ file: join(dataDir, 'views.sqlite') })
    const end = await log.end(STREAMS.switch, 0)
    const isDone = async () =>
      (await store.checkpoint('calls', 0)) === end && (await store.all('SELECT 1 FROM outbox LIMIT 1')).length === 0
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20))
    await stop('SIGTERM')
    const disturbed = await rowsOfAllViews(store)

    const undisturbed = openSqliteViewStore({ file: join(dataDir, 'undisturbed.sqlite') })
    await undisturbed.createTables(SHARED_TABLES)
    const projector = await startProjector({ log, store: undisturbed, projections: allProjections(), logger: silent })
    await projector.caughtUp()
    await projector.close()
    expect(disturbed).toEqual(await rowsOfAllViews(undisturbed))
    expect(disturbed['calls']!.length).toBeGreaterThan(20)

    const told = [...(await readAll(log, STREAMS.calls)), ...(await readAll(log, STREAMS.presence))]
    const seqs = told.map(({ meta }) => Number(meta?.['seq'])).sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: told.length }, (_, index) => index + 1))

    for (const make of Object.values(VIEWS)) await rebuildView({ log, store, projection: make(), logger: silent })
    expect(await rowsOfAllViews(store)).toEqual(disturbed)
    await store.close()
    await undisturbed.close()
  }, 1_200_000)
})
