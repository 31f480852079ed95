import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { startProjector } from './projector.js'
import { rebuildView } from './rebuild.js'
import { channelRecord, channelRecords, TallyProjection } from './testing/tally.projection.js'
import { openWorkbench, silent, type Workbench } from './testing/workbench.js'

const stream = STREAMS.switch

describe('rebuild', () => {
  let bench: Workbench
  beforeEach(() => {
    bench = openWorkbench()
  })
  afterEach(() => bench.dispose())

  const tallies = () => bench.store.all('SELECT * FROM tallies ORDER BY channel')
  const indexes = () =>
    bench.store.all(
      "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'tallies%' ORDER BY name",
    )
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
      expect(await indexes()).toEqual([
        { name: `tallies_facts__g${round}`, tbl_name: 'tallies' },
        { name: `tallies_last__g${round}`, tbl_name: 'tallies' },
      ])
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
    const results = await Promise.allSettled([rebuild(), rebuild()])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'REBUILD_REPLACED' } })
  })
})
