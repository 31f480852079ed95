import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS, type ViewStore } from '@trunkline/ports'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { startProjector } from './projector.js'
import { replayParked } from './replay-parked.js'
import { channelRecord, TallyProjection } from './testing/tally.projection.js'
import { openWorkbench, silent, type Workbench } from './testing/workbench.js'

describe.each(VIEW_STORES)('parked records on $name', (kind) => {
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

  it('are replayed one by one, since all of them may be more than fits in memory', async () => {
    const records = Array.from({ length: 5 }, (_, seq) => channelRecord(seq, 'bad'))
    await bench.log.append(STREAMS.switch, records)
    const poisoned = new TallyProjection()
    poisoned.poison.add('bad')
    const projector = await startProjector({ ...bench, logger: silent, projections: [poisoned], random: () => 0 })
    await projector.caughtUp()
    await projector.close()
    let most = 0
    const store = new Proxy(bench.store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        if (name !== 'all') return value.bind(target) as unknown
        const all: ViewStore['all'] = async <R>(...asked: Parameters<ViewStore['all']>) => {
          const rows = await target.all<R>(...asked)
          most = Math.max(most, rows.filter((row) => 'record' in (row as object)).length)
          return rows
        }
        return all
      },
    })
    const replayed = await replayParked({ store, projections: [new TallyProjection()] })
    expect(replayed).toEqual({ replayed: 5, failed: 0 })
    expect(most).toBe(1)
    expect(await bench.store.all('SELECT facts FROM tallies')).toEqual([{ facts: 5 }])
  })
})
