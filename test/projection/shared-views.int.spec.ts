/** Several projectors on one view store: whatever happens between them, the rows are those of one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { allProjections, SHARED_TABLES, startProjector, type Projector } from '@trunkline/projection'
import { STREAMS, ViewStoreUnavailableError, type EventLog, type ViewStore } from '@trunkline/ports'
import { openSqliteEventLog } from '@trunkline/sqlite'
import { silentLogger } from '../support/pipeline.js'
import { platformFacts } from '../support/platform-facts.js'
import { allRows } from '../support/project.js'
import { mulberry } from '../support/random.js'
import { SharedGroup } from '../support/shared-group.js'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

const PARTITIONS = 7
const everything = platformFacts()

async function rowsOfAllViews(store: ViewStore): Promise<Record<string, unknown[]>> {
  const parts = await Promise.all(allProjections().map((projection) => allRows(store, projection)))
  return Object.assign({}, ...parts) as Record<string, unknown[]>
}

describe.each(VIEW_STORES)('projectors that share one view store: $name', (kind) => {
  let stores: ViewStores
  let folder: string
  beforeAll(async () => {
    stores = await kind.start()
  })
  afterAll(() => stores.dispose())
  const closing: (() => Promise<void>)[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-shared-'))
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  function openLog(name: string): EventLog {
    const log = openSqliteEventLog({ directory: join(folder, name), partitions: PARTITIONS })
    closing.push(() => log.close())
    return log
  }

  async function openStore(name: string): Promise<ViewStore> {
    const store = await stores.open(name)
    closing.push(() => store.close())
    return store
  }

  async function start(store: ViewStore, log: EventLog, batchSize: number): Promise<Projector> {
    await store.createTables(SHARED_TABLES)
    const options = { log, store, projections: allProjections(), logger: silentLogger, batchSize }
    const projector = await startProjector(options)
    closing.push(() => projector.close())
    return projector
  }

  async function undisturbed(log: EventLog, name: string): Promise<Record<string, unknown[]>> {
    const store = await openStore(name)
    const projector = await start(store, log, 500)
    await projector.caughtUp()
    return rowsOfAllViews(store)
  }

  /** A store whose transactions die at a random statement, as those of a process that is killed there. */
  function mortal(store: ViewStore, dies: () => boolean): ViewStore {
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        if (name !== 'transaction') return value.bind(target) as unknown
        const transaction: ViewStore['transaction'] = (work) =>
          target.transaction(async (tx) => {
            const done = await work(tx)
            if (dies()) throw new ViewStoreUnavailableError('killed before the transaction was durable')
            return done
          })
        return transaction
      },
    })
  }

  it.each(kind.name === 'SQLite' ? [1, 2, 3, 4, 5, 6] : [7, 8])(
    'gives the rows of one, whatever is dealt to whom, and who dies (seed %s)',
    async (seed) => {
      const random = mulberry(seed)
      const log = openLog('log')
      const shared = new SharedGroup(log)
      const queues = [...everything.values()].map((facts) => [...facts])
      const feed = async () => {
        const batch: Fact[] = []
        for (const queue of queues) if (random() < 0.7) batch.push(...queue.splice(0, Math.floor(random() * 24)))
        await log.append(STREAMS.switch, batch)
      }
      const subset = () => Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(() => random() < 0.5)
      const living: { projector: Projector; member: number; kill: () => void }[] = []
      const spawn = async () => {
        let dead = false
        const store = mortal(await openStore(`views${seed}`), () => dead)
        const projector = await start(store, shared.log, 1 + Math.floor(random() * 40))
        living.push({ projector, member: shared.members.length - 1, kill: () => (dead = true) })
        shared.deal(shared.members.length - 1, subset())
      }
      await spawn()
      await spawn()
      while (queues.some((queue) => queue.length > 0)) {
        await feed()
        const one = living[Math.floor(random() * living.length)]!
        if (random() < 0.3) shared.deal(one.member, subset())
        await new Promise((resolve) => setTimeout(resolve, random() * 8))
        if (random() < 0.03) {
          one.kill()
          living.splice(living.indexOf(one), 1)
          await one.projector.close()
          await spawn()
        }
      }
      const half = Math.floor(random() * PARTITIONS)
      const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)
      shared.deal(living[0]!.member, all.slice(0, half))
      shared.deal(living[1]!.member, all.slice(half))
      await Promise.all(living.map(({ projector }) => projector.caughtUp()))
      const store = await openStore(`views${seed}`)
      const rows = await rowsOfAllViews(store)
      const expected = await undisturbed(log, `undisturbed${seed}`)
      for (const table of Object.keys(expected)) expect([table, rows[table]]).toEqual([table, expected[table]])
      expect(rows['calls']!.filter((row) => (row as { kind: string }).kind === 'hop').length).toBeGreaterThan(20)
      const seqs = (await store.all<{ seq: number }>('SELECT seq FROM outbox ORDER BY seq')).map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    },
  )
})
