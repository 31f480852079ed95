import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, ViewStoreUnavailableError, type ViewStore } from '@trunkline/ports'
import type { Projection } from './projection.js'
import { startProjector } from './projector.js'
import type { ProjectorOptions } from './projector-options.js'
import { replayParked } from './replay-parked.js'
import { channelRecord, channelRecords, TallyProjection } from './testing/tally.projection.js'
import { openWorkbench, silent, type Workbench } from './testing/workbench.js'

const stream = STREAMS.switch

describe('projector', () => {
  let bench: Workbench
  beforeEach(() => {
    bench = openWorkbench()
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
    bench = openWorkbench(4)
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
    const other = openWorkbench()
    await expect(start([new TallyProjection()], { log: other.log })).rejects.toMatchObject({ code: 'LOG_BEHIND_VIEWS' })
    await other.dispose()
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
})
