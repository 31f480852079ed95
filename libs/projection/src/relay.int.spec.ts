import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { LogUnavailableError, STREAMS, type EventLog } from '@trunkline/ports'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { ensureOutbox, outboxRow, writeOutbox } from './outbox.js'
import type { OutboxEvent } from './projection.js'
import { startRelay } from './relay.js'
import { openWorkbench, silent, type Workbench } from './testing/workbench.js'

function event(number: number, stream: string = STREAMS.calls): OutboxEvent {
  return {
    stream,
    key: `k${number % 3}`,
    id: `e${number}`,
    type: 'sample',
    version: 1,
    timeUs: number,
    data: { number },
  }
}

describe.each(VIEW_STORES)('relay on $name', (kind) => {
  let stores: ViewStores
  let bench: Workbench
  beforeAll(async () => {
    stores = await kind.start()
  })
  afterAll(() => stores.dispose())
  beforeEach(async () => {
    bench = await openWorkbench({ stores })
    await ensureOutbox(bench.store, bench.log)
  })
  afterEach(() => bench.dispose())

  const put = (...events: OutboxEvent[]) => bench.store.transaction((tx) => writeOutbox(tx, events.map(outboxRow)))
  const start = (log: EventLog = bench.log) =>
    startRelay({ store: bench.store, log, logger: silent, batchSize: 10, pollMs: 5, random: () => 0 })
  const published = async (stream: string = STREAMS.calls) =>
    (await bench.all(stream)).map(({ id, meta }) => `${meta?.['seq']}:${id}`)

  async function drain(log?: EventLog): Promise<void> {
    const relay = await start(log)
    await relay.drained()
    await relay.close()
  }
  /** The log, with another `append`. */
  const withAppend = (append: EventLog['append']): EventLog =>
    new Proxy(bench.log, {
      get: (target, name) => {
        if (name === 'append') return append
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })

  it('publishes events in the order of their numbers, each to its stream, and forgets them', async () => {
    const events = Array.from({ length: 35 }, (_, index) =>
      event(index, index % 5 === 0 ? STREAMS.presence : undefined),
    )
    await put(...events)
    await drain()
    const expected = (presence: boolean) =>
      events.map(({ id }, index) => `${index + 1}:${id}`).filter((_, index) => (index % 5 === 0) === presence)
    expect(await published()).toEqual(expected(false))
    expect(await published(STREAMS.presence)).toEqual(expected(true))
    expect(await bench.store.all('SELECT * FROM outbox')).toEqual([])
  })

  it('publishes what is committed while it runs, at once when woken', async () => {
    const relay = await start()
    for (let number = 0; number < 20; number++) {
      await put(event(number))
      relay.wake()
      await relay.drained()
    }
    await relay.close()
    expect(await published()).toHaveLength(20)
  })

  it('publishes nothing twice after a crash between publishing and noting it', async () => {
    await put(event(0), event(1))
    await drain()
    await put(...Array.from({ length: 15 }, (_, index) => event(index + 2)))
    const crash = start(
      withAppend(async (stream, records) => {
        await bench.log.append(stream, records)
        throw new Error('killed before it was noted')
      }),
    )
    const relay = await crash
    while ((await published()).length < 12) await new Promise((resolve) => setTimeout(resolve, 2))
    await relay.close()
    await drain()
    expect(await published()).toEqual(Array.from({ length: 17 }, (_, index) => `${index + 1}:e${index}`))
  })

  it('keeps the events while the log is away', async () => {
    let away = 3
    await put(...Array.from({ length: 25 }, (_, index) => event(index)))
    await drain(
      withAppend(async (stream, records) => {
        if (away-- > 0) throw new LogUnavailableError('away')
        await bench.log.append(stream, records)
      }),
    )
    expect(await published()).toEqual(Array.from({ length: 25 }, (_, index) => `${index + 1}:e${index}`))
  })

  it('goes on with greater numbers when the views are new and the log is old', async () => {
    await put(event(0), event(1), event(2))
    await drain()
    const fresh = await openWorkbench({ stores })
    await ensureOutbox(fresh.store, bench.log)
    await fresh.store.transaction((tx) => writeOutbox(tx, [outboxRow(event(3))]))
    expect(await fresh.store.all('SELECT seq FROM outbox')).toEqual([{ seq: 4 }])
    await fresh.dispose()
  })

  // the next number was NaN, which no store keeps: every event after that had a number that readers had seen
  it('goes on with greater numbers when somebody else wrote what is no number', async () => {
    await put(event(0))
    await drain()
    const stranger = { id: 'x', type: 'call.started', version: 1, key: 'k', time: 1, data: {} }
    await bench.log.append(STREAMS.calls, [
      { ...stranger, meta: { seq: 'first' } },
      { ...stranger, meta: { seq: '1e400' } },
    ])
    const fresh = await openWorkbench({ stores })
    await ensureOutbox(fresh.store, bench.log)
    await fresh.store.transaction((tx) => writeOutbox(tx, [outboxRow(event(1))]))
    expect(await fresh.store.all('SELECT seq FROM outbox')).toEqual([{ seq: 2 }])
    await fresh.dispose()
  })

  it('goes on with greater numbers when the views were restored from a back-up', async () => {
    await put(event(0))
    await drain()
    const [backUp] = await bench.store.all<{ next_seq: number; published_seq: number; published_position: string }>(
      'SELECT * FROM outbox_state',
    )
    await put(event(1), event(2))
    await drain()
    const { next_seq, published_seq, published_position } = backUp!
    await bench.store.transaction((tx) =>
      tx.run('UPDATE outbox_state SET next_seq = ?, published_seq = ?, published_position = ?', [
        next_seq,
        published_seq,
        published_position,
      ]),
    )
    await drain()
    await put(event(3))
    await drain()
    expect(await published()).toEqual(['1:e0', '2:e1', '3:e2', '4:e3'])
  })

  describe('of several on one store', () => {
    const turns = [false, false]
    const startBoth = (log: EventLog = bench.log) =>
      Promise.all(
        [0, 1].map((index) =>
          startRelay({
            store: bench.store,
            log: index === 0 ? log : bench.log,
            logger: silent,
            batchSize: 10,
            pollMs: 2,
            random: () => 0,
            isActive: () => turns[index]!,
          }),
        ),
      )
    const settled = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    beforeEach(() => void turns.fill(false))

    it('only the one whose turn it is publishes; both know how far that is', async () => {
      const [first, second] = await startBoth()
      await put(...Array.from({ length: 25 }, (_, index) => event(index)))
      await settled(() => first!.status().stuckMs > 20)
      expect(await published()).toEqual([])
      expect(first!.status()).toMatchObject({ active: false, failures: 0 })
      turns[1] = true
      await Promise.all([first!.drained(), second!.drained()])
      expect(await published()).toHaveLength(25)
      expect(first!.status()).toMatchObject({ active: false, publishedSeq: 25 })
      await settled(() => second!.status().active && first!.status().stuckMs === 0)
      await Promise.all([first!.close(), second!.close()])
    })

    it('the next one goes on without loss or repetition, over and over', async () => {
      const [first, second] = await startBoth()
      turns[0] = true
      for (let number = 0; number < 60; number++) {
        await put(event(number))
        if (number % 7 === 0) {
          turns.fill(false)
          await settled(() => !first!.status().active && !second!.status().active)
          turns[number % 2] = true
        }
      }
      await Promise.all([first!.drained(), second!.drained()])
      await Promise.all([first!.close(), second!.close()])
      expect(await published()).toEqual(Array.from({ length: 60 }, (_, number) => `${number + 1}:e${number}`))
    })

    it('one that slept in its append takes nothing back, and its repetitions have numbers that were seen', async () => {
      const asleep = Promise.withResolvers<void>()
      const awake = Promise.withResolvers<void>()
      const sleepy = withAppend(async (stream, records) => {
        asleep.resolve()
        await awake.promise
        await bench.log.append(stream, records)
      })
      const [zombie, other] = await startBoth(sleepy)
      await put(event(0), event(1), event(2))
      turns[0] = true
      await asleep.promise
      turns.fill(false)
      turns[1] = true
      await other!.drained()
      await put(event(3), event(4))
      await other!.drained()
      awake.resolve()
      await settled(() => !zombie!.status().active)
      expect((await bench.store.all('SELECT published_seq FROM outbox_state'))[0]).toEqual({ published_seq: 5 })
      await put(event(5))
      await other!.drained()
      await Promise.all([zombie!.close(), other!.close()])
      let last = 0
      const fresh = (await published()).filter((one) => {
        const seq = Number(one.split(':')[0])
        const isNew = seq > last
        if (isNew) last = seq
        return isNew
      })
      expect(fresh).toEqual(['1:e0', '2:e1', '3:e2', '4:e3', '5:e4', '6:e5'])
    })
  })
})
