import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, ViewStoreUnavailableError, type EventLog, type ViewStore } from '@trunkline/ports'
import { openSqliteEventLog } from '@trunkline/sqlite'
import { SharedGroup } from '../../../test/support/shared-group.js'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import type { Projection } from './projection.js'
import { startProjector } from './projector.js'
import type { ProjectorOptions } from './projector-options.js'
import { replayParked } from './replay-parked.js'
import { channelRecord, channelRecords, TallyProjection } from './testing/tally.projection.js'
import { openWorkbench, silent, type Workbench } from './testing/workbench.js'

const stream = STREAMS.switch

describe.each(VIEW_STORES)('projector on $name', (kind) => {
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

  const start = (projections: readonly Projection[], more: Partial<ProjectorOptions> = {}) =>
    startProjector({ log: bench.log, store: bench.store, logger: silent, projections, random: () => 0, ...more })
  const tallies = () => bench.store.all('SELECT * FROM tallies ORDER BY channel')
  const parked = () =>
    bench.store.all('SELECT record_id, projection, reason, type FROM parked_records ORDER BY position')
  const outbox = () => bench.store.all<{ seq: number; id: string }>('SELECT seq, id FROM outbox ORDER BY seq')

  /** Applies everything the log holds and stops. */
  async function drain(projections: readonly Projection[], more: Partial<ProjectorOptions> = {}) {
    const projector = await start(projections, more)
    await projector.caughtUp()
    const status = projector.status()
    await projector.close()
    return status
  }

  it('applies each record once, in order, whatever the size of batches and however often it restarts', async () => {
    await bench.log.append(stream, channelRecords(0, 100))
    await drain([new TallyProjection()], { batchSize: 7 })
    await drain([new TallyProjection()], { batchSize: 7 })
    await bench.log.append(stream, channelRecords(100, 40))
    await drain([new TallyProjection()], { batchSize: 1000 })
    expect((await tallies()).map(({ facts }) => facts)).toEqual([20, 20, 20, 20, 20, 20, 20])
    expect((await outbox()).map(({ id }) => id)).toEqual(Array.from({ length: 140 }, (_, seq) => `tally/core/${seq}`))
    expect((await outbox()).map(({ seq }) => seq)).toEqual(Array.from({ length: 140 }, (_, index) => index + 1))
  })

  it('goes on with what arrives while it runs', async () => {
    const projector = await start([new TallyProjection()])
    for (let from = 0; from < 50; from += 5) {
      await bench.log.append(stream, channelRecords(from, 5))
      await projector.caughtUp()
      expect(await outbox()).toHaveLength(from + 5)
    }
    await projector.close()
  })

  it('keeps order within each of several partitions', async () => {
    await bench.dispose()
    bench = await openWorkbench({ partitions: 4, stores })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    const records = Array.from({ length: 300 }, (_, seq) => channelRecord(seq, keys[seq % 6]!, { key: keys[seq % 6]! }))
    await bench.log.append(stream, records)
    await drain([new TallyProjection()], { batchSize: 11 })
    expect(await tallies()).toEqual(keys.map((channel, index) => ({ channel, facts: 50, last: `core/${294 + index}` })))
  })

  it('parks the one record that a projection cannot take, with the reason, and goes on', async () => {
    const records = channelRecords(0, 60)
    records[33] = channelRecord(33, 'bad')
    await bench.log.append(stream, records)
    const projection = new TallyProjection()
    projection.poison.add('bad')
    const status = await drain([projection], { batchSize: 50 })
    expect(status).toMatchObject({ parked: 1, records: 60, problem: undefined })
    expect(await parked()).toEqual([
      { record_id: 'core/33', projection: 'tally', reason: 'cannot count bad', type: 'channel.answered' },
    ])
    expect(await outbox()).toHaveLength(59)
  })

  it('lets the other projections have the record that one of them refuses', async () => {
    await bench.log.append(stream, [channelRecord(0, 'bad'), channelRecord(1, 'good')])
    const refusing = new TallyProjection('refusing')
    refusing.poison.add('bad')
    const taking = new TallyProjection('taking')
    await drain([refusing, taking])
    expect(await parked()).toMatchObject([{ record_id: 'core/0', projection: 'refusing' }])
    expect(await tallies()).toMatchObject([{ channel: 'bad', facts: 1 }, { channel: 'good' }])
  })

  it('parks unknown types and versions loudly instead of skipping them', async () => {
    await bench.log.append(stream, [
      channelRecord(0, 'a'),
      channelRecord(1, 'a', { type: 'channel.teleported' }),
      channelRecord(2, 'a', { version: 99 }),
      channelRecord(3, 'a', { data: null }),
    ])
    await drain([new TallyProjection()])
    expect(await parked()).toMatchObject([
      { projection: '*', reason: 'unknown type channel.teleported' },
      { projection: '*', reason: 'unknown version 99 of channel.created; known up to 1' },
      { projection: '*', reason: 'channel.answered without data' },
    ])
    expect(await outbox()).toHaveLength(1)
  })

  it('replays parked records when the cause is mended, also beside a running projector', async () => {
    await bench.log.append(stream, [channelRecord(0, 'bad'), channelRecord(1, 'good')])
    const projection = new TallyProjection()
    projection.poison.add('bad')
    const projector = await start([projection])
    await projector.caughtUp()
    const still = new TallyProjection()
    still.poison.add('bad')
    expect(await replayParked({ store: bench.store, projections: [still] })).toEqual({ replayed: 0, failed: 1 })
    expect(await replayParked({ store: bench.store, projections: [new TallyProjection()] })).toEqual({
      replayed: 1,
      failed: 0,
    })
    expect(await parked()).toEqual([])
    projection.poison.clear()
    await bench.log.append(stream, [channelRecord(2, 'bad')])
    await projector.caughtUp()
    await projector.close()
    expect(await tallies()).toMatchObject([
      { channel: 'bad', facts: 2 },
      { channel: 'good', facts: 1 },
    ])
  })

  it('tries again, with all caches dropped, while the store is away', async () => {
    await bench.log.append(stream, channelRecords(0, 30))
    let away = 4
    const store = new Proxy(bench.store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        if (name !== 'transaction') return value.bind(target) as unknown
        const transaction: ViewStore['transaction'] = (work) =>
          target.transaction(async (tx) => {
            const done = await work(tx)
            const events = await tx.all('SELECT 1 FROM outbox LIMIT 1')
            if (events.length > 0 && away-- > 0) throw new ViewStoreUnavailableError('away')
            return done
          })
        return transaction
      },
    })
    const retries: number[] = []
    await drain([new TallyProjection()], { store, hooks: { retried: ({ failures }) => void retries.push(failures) } })
    expect(retries).toEqual([1, 2, 3, 4])
    expect(await parked()).toEqual([])
    expect((await outbox()).map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, seq) => `tally/core/${seq}`))
  })

  it('has the effect of one when two projectors run at once', async () => {
    const [first, second] = await Promise.all([start([new TallyProjection()]), start([new TallyProjection()])])
    for (let from = 0; from < 200; from += 10) await bench.log.append(stream, channelRecords(from, 10))
    await Promise.all([first.caughtUp(), second.caughtUp()])
    await Promise.all([first.close(), second.close()])
    expect((await outbox()).map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, seq) => `tally/core/${seq}`))
    expect((await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)).toBe(200)
  })

  it('brings a new projection up to the others before all go on together', async () => {
    await bench.log.append(stream, channelRecords(0, 40))
    await drain([new TallyProjection('old')])
    await bench.log.append(stream, channelRecords(40, 5))
    const status = await drain([new TallyProjection('old'), new TallyProjection('new')], { batchSize: 9 })
    const { old, new: added } = status.positions[0]!
    expect(added).toBe(old)
    const ids = (await outbox()).map(({ id }) => id)
    const once = Array.from({ length: 45 }, (_, seq) => `tally/core/${seq}`)
    expect(ids).toHaveLength(90)
    for (const id of once) expect(ids.filter((other) => other === id)).toHaveLength(2)
  })

  it('refuses to start on a log that ends before its checkpoint', async () => {
    await bench.log.append(stream, channelRecords(0, 10))
    await drain([new TallyProjection()])
    const other = await openWorkbench({ stores })
    await expect(start([new TallyProjection()], { log: other.log })).rejects.toMatchObject({ code: 'LOG_BEHIND_VIEWS' })
    await other.dispose()
  })

  // after a power cut a broker came back without its last records: what came in their places was passed over without a word
  it('says so when the log loses its end while it runs, and goes on when it is back', async () => {
    await bench.log.append(stream, channelRecords(0, 10))
    const shorter = await openWorkbench({ stores })
    await shorter.log.append(stream, channelRecords(0, 7))
    let current = bench.log
    const log: EventLog = {
      append: (...args) => current.append(...args),
      partitions: (...args) => current.partitions(...args),
      read: (...args) => current.read(...args),
      end: (...args) => current.end(...args),
      join: (...args) => bench.log.join(...args),
      waitForNews: () => new Promise((resolve) => setTimeout(resolve, 10)),
      close: () => Promise.resolve(),
    }
    const projector = await start([new TallyProjection()], { log })
    const told = async (what: RegExp | undefined) => {
      while (!(what === undefined ? projector.status().failures === 0 : what.test(projector.status().problem ?? '')))
        await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await projector.caughtUp()
    current = shorter.log
    await told(/the log was lost or replaced/)
    expect(projector.status()).toMatchObject({ state: 'retrying', caughtUp: false })
    current = bench.log
    await bench.log.append(stream, channelRecords(10, 4))
    await told(undefined)
    await projector.caughtUp()
    expect(await outbox()).toHaveLength(14)
    await projector.close()
    await shorter.dispose()
  })

  it('rebuilds a view whose code has a new version before it goes on', async () => {
    await bench.log.append(stream, channelRecords(0, 20))
    await drain([new TallyProjection('tally', 1)])
    await bench.store.transaction((tx) => tx.run('UPDATE tallies SET facts = -1'))
    await bench.log.append(stream, channelRecords(20, 8))
    await drain([new TallyProjection('tally', 2)])
    expect((await tallies()).map(({ facts }) => facts)).toEqual([4, 4, 4, 4, 4, 4, 4])
    expect(await outbox()).toHaveLength(28)
  })

  describe('beside others', () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const keyed = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const key = keys[(from + index) % keys.length]!
        // every channel is told of by all switches: its row is everybody's
        return channelRecord(from + index, `c${(from + index) % 3}`, { key })
      })
    const settled = async (isSo: () => boolean | Promise<boolean>) => {
      while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const total = async () => (await tallies()).reduce((sum, { facts }) => sum + Number(facts), 0)

    beforeEach(async () => {
      await bench.dispose()
      bench = await openWorkbench({ partitions: 4, stores })
    })

    it('reads its own partitions only, says which, and takes over what it is given', async () => {
      const group = new SharedGroup(bench.log)
      await bench.log.append(stream, keyed(0, 80))
      const first = await start([new TallyProjection()], { log: group.log })
      const second = await start([new TallyProjection()], { log: group.log })
      group.deal(0, [0, 1])
      group.deal(1, [2, 3])
      await Promise.all([first.caughtUp(), second.caughtUp()])
      expect(first.status()).toMatchObject({ partitions: [0, 1], conflicts: 0, problem: undefined })
      expect(Object.keys(second.status().positions)).toEqual(['2', '3'])
      expect(first.status().records + second.status().records).toBe(80)
      expect(await total()).toBe(80)
      group.deal(0, [])
      group.deal(1, [0, 1, 2, 3])
      await bench.log.append(stream, keyed(80, 80))
      await second.caughtUp()
      expect(first.status().partitions).toEqual([])
      expect(first.status().records + second.status().records).toBe(160)
      expect(await total()).toBe(160)
      await Promise.all([first.close(), second.close()])
      expect(group.members.map(({ closed }) => closed)).toEqual([true, true])
    })

    it('loses and doubles nothing while two hold a partition, and takes it for no trouble', async () => {
      const group = new SharedGroup(bench.log)
      const trouble: string[] = []
      const logger = { ...silent, warn: (_: object, text: string) => void trouble.push(text) }
      const both = await Promise.all(
        [1, 2].map(() => start([new TallyProjection()], { log: group.log, logger, batchSize: 3 })),
      )
      group.deal(0, [0, 1, 2, 3])
      group.deal(1, [0, 1, 2, 3])
      for (let from = 0; from < 400; from += 20) {
        await bench.log.append(stream, keyed(from, 20))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await Promise.all(both.map((one) => one.caughtUp()))
      expect(both[0]!.status().conflicts + both[1]!.status().conflicts).toBeGreaterThan(0)
      expect(trouble).toEqual([])
      await Promise.all(both.map((one) => one.close()))
      expect(await total()).toBe(400)
      expect((await outbox()).map(({ seq }) => seq)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
    })

    it('harms nothing when it wakes up long after others have taken over', async () => {
      const group = new SharedGroup(bench.log)
      const asleep = Promise.withResolvers<void>()
      const awake = Promise.withResolvers<void>()
      let sleeps = false
      const log = new Proxy(group.log, {
        get: (target, name) => {
          const value = Reflect.get(target, name, target) as unknown
          if (name !== 'read') return typeof value === 'function' ? (value.bind(target) as unknown) : value
          // it has read its batch, and stands still before it writes
          const read: typeof target.read = async (request) => {
            const records = await target.read(request)
            if (sleeps && records.length > 0) {
              asleep.resolve()
              await awake.promise
            }
            return records
          }
          return read
        },
      })
      const zombie = await start([new TallyProjection()], { log })
      group.deal(0, [0, 1, 2, 3])
      await bench.log.append(stream, keyed(0, 40))
      await zombie.caughtUp()
      sleeps = true
      await bench.log.append(stream, keyed(40, 40))
      await asleep.promise
      // to whom the partitions seem its own all the time
      const other = await start([new TallyProjection()], { log: group.log })
      group.deal(1, [0, 1, 2, 3])
      await bench.log.append(stream, keyed(80, 40))
      await other.caughtUp()
      group.deal(1, [])
      awake.resolve()
      sleeps = false
      await bench.log.append(stream, keyed(120, 40))
      await zombie.caughtUp()
      expect(zombie.status().conflicts).toBeGreaterThan(0)
      await Promise.all([zombie.close(), other.close()])
      expect(await total()).toBe(160)
      expect(new Set((await outbox()).map(({ id }) => id)).size).toBe(160)
    })

    it('tells how far it is behind, by partition and projection', async () => {
      const group = new SharedGroup(bench.log)
      const projector = await start([new TallyProjection()], { log: group.log })
      expect(await projector.lag()).toEqual([])
      group.deal(0, [0, 2])
      await bench.log.append(stream, keyed(0, 80))
      await settled(async () => (await projector.lag()).length > 0 && projector.status().records > 0)
      await settled(async () => (await projector.lag()).every(({ records }) => records === 0))
      const caughtUp = [
        { partition: 0, projection: 'tally', records: 0 },
        { partition: 2, projection: 'tally', records: 0 },
      ]
      expect(await projector.lag()).toEqual(caughtUp)
      const held = await bench.store.transaction(async () => {
        await bench.log.append(stream, keyed(80, 80))
        return projector.lag()
      })
      expect(held.map(({ records }) => records).reduce((sum, one) => sum + one)).toBeGreaterThan(0)
      await settled(async () => (await projector.lag()).every(({ records }) => records === 0))
      await projector.close()
    })
  })

  it('tells of records that retention took before they were read', async () => {
    await bench.dispose()
    bench = await openWorkbench({ partitions: 1, stores })
    await bench.log.append(stream, channelRecords(0, 10))
    await drain([new TallyProjection()])
    const short = openSqliteEventLog({ directory: join(bench.directory, 'log'), retainRecords: 5 })
    for (let from = 10; from < 400; from += 10) await short.append(stream, channelRecords(from, 10))
    const [oldest] = await short.read({ stream, partition: 0, after: undefined, limit: 1 })
    await short.close()
    const missed: number[] = []
    const status = await drain([new TallyProjection()], {
      hooks: { skipped: ({ records }) => void missed.push(records) },
    })
    expect(missed).toEqual([Number(oldest!.position) - 11])
    expect(status.skipped).toBe(missed[0])
    expect(status.records + status.skipped).toBe(390)
  })
})
