import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, type ViewStore } from '@trunkline/ports'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { startProjector } from './projector.js'
import { RebuildClaim } from './rebuild-claim.js'
import { rebuildOrWait } from './rebuild-turn.js'
import { rebuildView } from './rebuild.js'
import { replayParked } from './replay-parked.js'
import { completeSwap } from './swap.js'
import { channelRecord, channelRecords, TallyProjection } from './testing/tally.projection.js'
import { indexesOf, openWorkbench, silent, tablesNamed, type Workbench } from './testing/workbench.js'

const stream = STREAMS.switch

describe.each(VIEW_STORES)('rebuild on $name', (kind) => {
  let stores: ViewStores
  let bench: Workbench
  beforeAll(async () => {
    stores = await kind.start()
  })
  afterAll(() => stores.dispose())
  beforeEach(async () => {
    bench = await openWorkbench({ stores })
  })
  afterEach(() => bench.dispose())

  const tallies = () => bench.store.all('SELECT * FROM tallies ORDER BY channel')
  const tablesLeft = () => tablesNamed(bench.store, '__g')
  const start = (projection = new TallyProjection()) =>
    startProjector({ log: bench.log, store: bench.store, logger: silent, projections: [projection], batchSize: 20 })
  const rebuild = (projection = new TallyProjection()) =>
    rebuildView({ log: bench.log, store: bench.store, logger: silent, projection, batchSize: 30 })

  it('gives the rows of the live view, row for row, and tells the world nothing', async () => {
    await bench.log.append(stream, channelRecords(0, 200))
    const projector = await start()
    await projector.caughtUp()
    await projector.close()
    const live = await tallies()
    const events = await bench.store.all('SELECT * FROM outbox')
    expect(await rebuild()).toMatchObject({ records: 200, parked: 0 })
    expect(await tallies()).toEqual(live)
    expect(await bench.store.all('SELECT * FROM outbox')).toEqual(events)
  })

  it('keeps all indexes, once each, over many rebuilds and restarts', async () => {
    await bench.log.append(stream, channelRecords(0, 20))
    for (let round = 1; round <= 3; round++) {
      const projector = await start()
      await projector.caughtUp()
      await projector.close()
      await rebuild()
      await bench.store.createTables(new TallyProjection().tables)
      expect(await indexesOf(bench.store, 'tallies')).toEqual([`tallies_facts__g${round}`, `tallies_last__g${round}`])
    }
  })

  it('swaps beside a running projector, which notices and goes on', async () => {
    const projector = await start()
    let next = 0
    const feed = async (count: number) => {
      await bench.log.append(stream, channelRecords(next, count))
      next += count
    }
    await feed(300)
    await projector.caughtUp()
    let done = false
    const rebuilding = (async () => {
      for (let round = 0; round < 5; round++) await rebuild()
      done = true
    })()
    while (!done) {
      await feed(10)
      await projector.caughtUp()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await rebuilding
    await feed(70)
    await projector.caughtUp()
    await projector.close()
    expect((await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)).toBe(next)
    const ids = (await bench.store.all<{ id: string }>('SELECT id FROM outbox ORDER BY seq')).map(({ id }) => id)
    expect(ids).toEqual(Array.from({ length: next }, (_, seq) => `tally/core/${seq}`))
  })

  it('mends rows that were damaged', async () => {
    await bench.log.append(stream, channelRecords(0, 50))
    const projector = await start()
    await projector.caughtUp()
    const before = await tallies()
    await bench.store.transaction((tx) => tx.run('UPDATE tallies SET facts = 0'))
    await rebuild()
    expect(await tallies()).toEqual(before)
    await projector.close()
  })

  it('takes what was parked once the code can, and forgets that it was parked', async () => {
    const records = channelRecords(0, 20)
    records[5] = channelRecord(5, 'bad')
    await bench.log.append(stream, records)
    const refusing = new TallyProjection()
    refusing.poison.add('bad')
    const projector = await start(refusing)
    await projector.caughtUp()
    await projector.close()
    const parked = () => bench.store.all('SELECT record_id FROM parked_records')
    expect(await parked()).toHaveLength(1)
    const still = new TallyProjection()
    still.poison.add('bad')
    expect(await rebuild(still)).toMatchObject({ records: 20, parked: 1 })
    expect(await parked()).toHaveLength(1)
    expect(await rebuild()).toMatchObject({ parked: 0 })
    expect(await parked()).toEqual([])
    expect((await tallies()).map(({ channel }) => channel)).toContain('bad')
  })

  it('stays behind a live view that has not read everything, so that no event is left out', async () => {
    await bench.log.append(stream, channelRecords(0, 20))
    const first = await start()
    await first.caughtUp()
    await first.close()
    await bench.log.append(stream, channelRecords(20, 20))
    expect(await rebuild()).toMatchObject({ records: 20 })
    const second = await start()
    await second.caughtUp()
    await second.close()
    expect(await bench.store.all('SELECT id FROM outbox')).toHaveLength(40)
  })

  it('gives way when another rebuild of the view begins', async () => {
    await bench.log.append(stream, channelRecords(0, 200))
    const projector = await start()
    await projector.caughtUp()
    await projector.close()
    // in many steps: the other one begins before the first has come to its end, also where it has to connect first
    const slow = () => rebuildView({ ...bench, logger: silent, projection: new TallyProjection(), batchSize: 2 })
    const results = await Promise.allSettled([slow(), slow()])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'REBUILD_REPLACED' } })
  })

  describe('when its process dies in the swap', () => {
    /** The store, one of whose operations never happens, or happened although nobody learnt of it. */
    const dying = (name: 'replaceTables' | 'transaction', when: (call: number) => 'before' | 'after' | undefined) => {
      let calls = 0
      return new Proxy(bench.store, {
        get: (target, key) => {
          const value = Reflect.get(target, key, target) as unknown
          if (typeof value !== 'function') return value
          if (key !== name) return value.bind(target) as unknown
          return async (...given: unknown[]) => {
            const moment = when((calls += 1))
            if (moment === 'before') throw new Error('killed')
            const done = (await (value as (...all: unknown[]) => unknown).apply(target, given)) as unknown
            if (moment === 'after') throw new Error('killed')
            return done
          }
        },
      })
    }
    const rebuildOn = (store: ViewStore) =>
      rebuildView({ log: bench.log, store, logger: silent, projection: new TallyProjection(), batchSize: 30 })
    const state = async () =>
      (await bench.store.all<{ state: string }>('SELECT state FROM rebuilds')).map((row) => row.state)
    const total = async () => (await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)

    it.each(['before', 'after'] as const)('%s the tables are replaced, the next start finishes', async (moment) => {
      await bench.log.append(stream, channelRecords(0, 100))
      const projector = await start()
      await projector.caughtUp()
      await projector.close()
      const rows = await tallies()
      await bench.store.transaction((tx) => tx.run('UPDATE tallies SET facts = -1'))
      await expect(rebuildOn(dying('replaceTables', () => moment))).rejects.toThrow('killed')
      expect(await state()).toEqual(['swapping'])
      const next = await start()
      expect(await state()).toEqual(['done'])
      expect(await tallies()).toEqual(rows)
      await bench.log.append(stream, channelRecords(100, 20))
      await next.caughtUp()
      await next.close()
      expect(await total()).toBe(120)
    })

    it('nobody writes the view until a running projector has finished it', async () => {
      await bench.log.append(stream, channelRecords(0, 100))
      const problems: string[] = []
      const projector = await startProjector({
        ...{ log: bench.log, store: bench.store, logger: silent, projections: [new TallyProjection()] },
        hooks: { retried: ({ reason }) => void problems.push(reason) },
      })
      await projector.caughtUp()
      await expect(rebuildOn(dying('replaceTables', () => 'before'))).rejects.toThrow('killed')
      await bench.log.append(stream, channelRecords(100, 50))
      const look = () =>
        bench.store.snapshot(async (reader) => {
          const [rebuild] = await reader.all<{ state: string }>('SELECT state FROM rebuilds')
          const [sum] = await reader.all<{ n: number }>('SELECT SUM(facts) AS n FROM tallies')
          return { state: rebuild!.state, total: Number(sum!.n) }
        })
      for (let seen = await look(); seen.state !== 'done'; seen = await look()) {
        expect(seen).toEqual({ state: 'swapping', total: 100 })
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await projector.caughtUp()
      await projector.close()
      expect(problems).toContainEqual(expect.stringMatching(/being replaced/))
      expect(await total()).toBe(150)
    })

    it('at any transaction of it, the live view stays right and the next rebuild succeeds', async () => {
      await bench.log.append(stream, channelRecords(0, 100))
      const projector = await start()
      await projector.caughtUp()
      const rows = await tallies()
      let last = 0
      for (let at = 1; last === 0; at++) {
        for (const moment of ['before', 'after'] as const) {
          const killed = await rebuildOn(dying('transaction', (call) => (call === at ? moment : undefined))).then(
            () => false,
            () => true,
          )
          if (!killed) last = at
          expect(await tallies()).toEqual(rows)
        }
      }
      expect(last).toBeGreaterThan(5)
      await rebuild()
      await bench.log.append(stream, channelRecords(100, 10))
      await projector.caughtUp()
      await projector.close()
      expect(await total()).toBe(110)
    })

    it('one who slept over the swap and a later rebuild replaces nothing', async () => {
      await bench.log.append(stream, channelRecords(0, 100))
      const projector = await start()
      await projector.caughtUp()
      await projector.close()
      const asleep = Promise.withResolvers<void>()
      const awake = Promise.withResolvers<void>()
      const sleepy = new Proxy(bench.store, {
        get: (target, key) => {
          const value = Reflect.get(target, key, target) as unknown
          if (typeof value !== 'function') return value
          if (key !== 'replaceTables') return value.bind(target) as unknown
          return async (pairs: Parameters<ViewStore['replaceTables']>[0]) => {
            asleep.resolve()
            await awake.promise
            return target.replaceTables(pairs)
          }
        },
      })
      const sleeping = rebuildOn(sleepy)
      await asleep.promise
      await completeSwap(bench.store, 'tally')
      const rows = await tallies()
      // the next one has made its tables and not filled them yet
      await RebuildClaim.take(bench.store, new TallyProjection()).then(async (claim) => {
        await bench.store.createTables(claim.tables.map(({ shadow }) => shadow))
        claim.stop()
      })
      awake.resolve()
      await sleeping
      expect(await tallies()).toEqual(rows)
      expect(await state()).toEqual(['building'])
      await rebuild()
      expect(await tallies()).toEqual(rows)
      expect(await tablesLeft()).toEqual([])
    })
  })

  it('leaves no table behind, however many rebuilds were cut short', async () => {
    await bench.log.append(stream, channelRecords(0, 10))
    const projector = await start()
    await projector.caughtUp()
    await projector.close()
    for (let round = 0; round < 3; round++) {
      const claim = await RebuildClaim.take(bench.store, new TallyProjection())
      await bench.store.createTables(claim.tables.map(({ shadow }) => shadow))
      claim.stop()
    }
    expect(await tablesLeft()).toEqual(['tallies__g3'])
    await rebuild()
    expect(await tablesLeft()).toEqual([])
  })

  describe('of a new version, by two processes that start at once', () => {
    const upgrade = (store: ViewStore, options: { leaseMs?: number } = {}) =>
      rebuildOrWait({
        log: bench.log,
        store,
        projection: new TallyProjection('tally', 2),
        stream,
        logger: silent,
        lookMs: 5,
        ...options,
      })

    beforeEach(async () => {
      await bench.log.append(stream, channelRecords(0, 300))
      const projector = await start()
      await projector.caughtUp()
      await projector.close()
      await bench.store.transaction((tx) => tx.run('UPDATE tallies SET facts = -1'))
    })

    it('is done once; the second waits', async () => {
      const other = await bench.reopen()
      await Promise.all([upgrade(bench.store), upgrade(other)])
      expect((await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)).toBe(300)
      const states = await bench.store.all('SELECT version, generation FROM projection_states')
      expect(states).toEqual([{ version: 2, generation: 2 }])
    })

    it('is taken over from one that died', async () => {
      await RebuildClaim.take(bench.store, new TallyProjection('tally', 2)).then((claim) => claim.stop())
      const startedMs = performance.now()
      await upgrade(bench.store, { leaseMs: 200 })
      expect(performance.now() - startedMs).toBeGreaterThan(200)
      expect((await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)).toBe(300)
    })
  })

  it('refuses to put rows of older code into the place of newer ones', async () => {
    const projector = await start(new TallyProjection('tally', 2))
    await projector.close()
    await expect(rebuild(new TallyProjection('tally', 1))).rejects.toMatchObject({ code: 'PROJECTION_OUTDATED' })
  })

  it('keeps on the list what it cannot take, though it was replayed into the old tables meanwhile', async () => {
    const records = channelRecords(0, 20)
    records[5] = channelRecord(5, 'bad')
    await bench.log.append(stream, records)
    const refusing = new TallyProjection()
    refusing.poison.add('bad')
    const projector = await start(refusing)
    await projector.caughtUp()
    await projector.close()
    const still = new TallyProjection()
    still.poison.add('bad')
    let replayed: Promise<{ replayed: number; failed: number }> | undefined
    await rebuildView({
      log: bench.log,
      store: bench.store,
      logger: silent,
      projection: still,
      progress: () => void (replayed ??= replayParked({ store: bench.store, projections: [new TallyProjection()] })),
    })
    expect(await replayed).toEqual({ replayed: 1, failed: 0 })
    expect(await bench.store.all('SELECT record_id FROM parked_records')).toEqual([{ record_id: 'core/5' }])
  })
})
