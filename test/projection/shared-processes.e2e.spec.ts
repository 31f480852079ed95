/** Built projectors (`npm run build`), several at once on one store, are killed over and over; so are rebuilds beside them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { allProjections, SHARED_TABLES, startProjector, VIEWS } from '@trunkline/projection'
import { STREAMS, type EventLog, type LogRecord, type ViewStore } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { silentLogger } from '../support/pipeline.js'
import { platformFacts } from '../support/platform-facts.js'
import { allRows } from '../support/project.js'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

const CHILD = join(import.meta.dirname, '../support/projector-child.mjs')
const PARTITIONS = 7
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const ROUNDS = { SQLite: 20, MariaDB: 10 } as Readonly<Record<string, number>>

async function rowsOfAllViews(store: ViewStore): Promise<Record<string, unknown[]>> {
  const parts = await Promise.all(allProjections().map((projection) => allRows(store, projection)))
  return Object.assign({}, ...parts) as Record<string, unknown[]>
}

describe.each(VIEW_STORES)('projectors of several processes, killed at random moments: $name', (kind) => {
  let stores: ViewStores
  let folder: string
  let log: EventLog
  let views: string
  const children = new Set<ChildProcess>()
  beforeAll(async () => {
    stores = await kind.start()
  })
  afterAll(() => stores.dispose())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-processes-'))
    log = openSqliteEventLog({ directory: join(folder, 'log'), partitions: PARTITIONS })
    for (const stream of [STREAMS.switch, STREAMS.calls, STREAMS.presence]) await log.partitions(stream)
    views = await stores.place('shared')
  })
  afterEach(async () => {
    await Promise.all([...children].map((child) => kill(child)))
    await log.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function run(...more: string[]): Promise<ChildProcess> {
    const args = [CHILD, join(folder, 'log'), views, ...more]
    const env = { ...process.env, NODE_OPTIONS: '' }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    children.add(child)
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
    return child
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child)
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  const some = () => ALL.filter(() => Math.random() < 0.6).join(',')
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  it('leave the rows of one that nobody disturbed, and a stream without holes', async () => {
    const queues = [...platformFacts().values()].map((facts) => [...facts])
    const rounds = ROUNDS[kind.name]!
    const piece = queues.map((queue) => Math.ceil(queue.length / (rounds * 5)))
    const feed = async (pieces: number) => {
      for (let count = 0; count < pieces; count++) {
        await log.append(
          STREAMS.switch,
          queues.flatMap((queue, index) => queue.splice(0, piece[index])),
        )
        await pause(5)
      }
    }
    await kill(await run(ALL.join(',')))
    for (let round = 0; round < rounds; round++) {
      const [first, second] = await Promise.all([run(some()), run(some())])
      const view = Object.keys(VIEWS)[round % 2 === 0 ? 0 : round % Object.keys(VIEWS).length]!
      const [rebuild] = await Promise.all([run('', view), feed(5)])
      await pause(Math.random() * 150)
      await Promise.all([kill(rebuild), pause(Math.random() * 30).then(() => kill(first))])
      await kill(second)
    }
    const last = await Promise.all([run('0,1,2'), run('3,4,5,6')])
    await feed(rounds * 5)
    const store = await stores.open('shared')
    const isDone = async () => {
      if ((await store.all('SELECT 1 FROM outbox LIMIT 1')).length > 0) return false
      for (const partition of ALL)
        for (const view of Object.keys(VIEWS))
          if ((await store.checkpoint(view, partition)) !== (await log.end(STREAMS.switch, partition))) return false
      return true
    }
    while (!(await isDone())) await pause(20)
    await Promise.all(last.map((child) => kill(child)))
    const rows = await rowsOfAllViews(store)
    await store.close()

    const undisturbed = openSqliteViewStore({ file: join(folder, 'undisturbed.sqlite') })
    await undisturbed.createTables(SHARED_TABLES)
    const one = { log, store: undisturbed, projections: allProjections(), logger: silentLogger }
    const projector = await startProjector(one)
    await projector.caughtUp()
    await projector.close()
    const expected = await rowsOfAllViews(undisturbed)
    await undisturbed.close()
    for (const table of Object.keys(expected)) expect([table, rows[table]]).toEqual([table, expected[table]])

    const told = [...(await fresh(STREAMS.calls)), ...(await fresh(STREAMS.presence))]
    const seqs = told.map(seqOf).sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: told.length }, (_, index) => index + 1))
    expect(told.length).toBeGreaterThan(500)
  }, 400_000)

  /** What a reader keeps who drops, in each partition, whatever is not newer than the last one seen. */
  async function fresh(stream: string): Promise<LogRecord[]> {
    const kept: LogRecord[] = []
    for (const partition of ALL) {
      let last = 0
      for (const record of await readAll(log, stream, partition)) {
        if (seqOf(record) <= last) continue
        last = seqOf(record)
        kept.push(record)
      }
    }
    return kept
  }
})

function seqOf({ meta }: LogRecord): number {
  return Number(meta?.['seq'])
}
