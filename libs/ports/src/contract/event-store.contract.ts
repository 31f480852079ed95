import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { NewEvent } from '../event-store.js'
import { appendContract } from './event-store-append.contract.js'
import {
  ids,
  prepareCase,
  sampleEvent,
  sampleEvents,
  type EventStoreCase,
  type EventStoreUnderTest,
} from './event-store-case.js'

export { ids, sampleEvent, sampleEvents, type EventStoreUnderTest } from './event-store-case.js'

/** What every adapter of the event store promises. `open` gives a store, which others may have used before. */
export function eventStoreContract(name: string, open: () => Promise<EventStoreUnderTest>): void {
  describe(`event store contract: ${name}`, () => {
    let current: EventStoreCase
    beforeEach(async () => {
      current = await prepareCase(await open())
    })
    afterEach(() => current.subject.dispose())
    appendContract(() => current)
    readContract(() => current)
    waitContract(() => current)
    closeContract(() => current)
  })
}

function readContract(current: () => EventStoreCase): void {
  it('reads a stream from a revision, and at most the limit', async () => {
    const { store, stream } = current()
    const events = sampleEvents(6)
    await store.append(stream, 'none', events)
    expect(ids(await store.read(stream))).toEqual(ids(events))
    expect(ids(await store.read(stream, { from: 4 }))).toEqual(ids(events.slice(4)))
    expect(ids(await store.read(stream, { limit: 2 }))).toEqual(ids(events.slice(0, 2)))
    expect(ids(await store.read(stream, { from: 1, limit: 3 }))).toEqual(ids(events.slice(1, 4)))
    expect(await store.read(stream, { from: 6 })).toEqual([])
    expect(await store.read(stream, { limit: 0 })).toEqual([])
  })

  it('reads nothing from a stream that does not exist', async () => {
    const { store, stream } = current()
    expect(await store.read(stream)).toEqual([])
    expect(await store.read(stream, { from: 3, limit: 1 })).toEqual([])
  })

  it('reads a stream that is longer than any page', async () => {
    const { store, stream } = current()
    const events = sampleEvents(1500)
    for (let at = 0; at < 1500; at += 500) {
      await store.append(stream, at === 0 ? 'none' : at - 1, events.slice(at, at + 500))
    }
    expect(ids(await store.read(stream))).toEqual(ids(events))
  })

  it('reads all streams in the one order in which they were appended', async () => {
    const { store, stream, all } = current()
    const order: NewEvent[] = []
    for (let round = 0; round < 8; round++) {
      for (const name of ['a', 'b']) {
        const events = sampleEvents(2)
        await store.append(`${stream}-${name}`, round === 0 ? 'none' : 2 * round - 1, events)
        order.push(...events)
      }
    }
    const events = await all()
    expect(ids(events)).toEqual(ids(order))
    const positions = events.map((event) => event.position)
    expect([...positions].sort()).toEqual(positions)
    expect(new Set(positions).size).toBe(order.length)
    expect(events.map((event) => event.stream)).toContain(`${stream}-b`)
  })

  it('gives an event the same position in its stream and among all', async () => {
    const { store, stream, all } = current()
    await store.append(stream, 'none', sampleEvents(3))
    expect(await all()).toEqual(await store.read(stream))
  })

  it('reads all only after the position, at most the limit, and nothing at the end', async () => {
    const { store, stream, start } = current()
    const events = sampleEvents(4)
    await store.append(stream, 'none', events)
    const [first] = await store.readAll({ after: start, limit: 1 })
    expect(first!.id).toBe(events[0]!.id)
    expect(ids(await store.readAll({ after: first!.position, limit: 2 }))).toEqual(ids(events.slice(1, 3)))
    const last = (await store.read(stream)).at(-1)!
    const beyond = await store.readAll({ after: last.position, limit: 10 })
    expect(beyond.filter((event) => event.stream.startsWith(stream))).toEqual([])
  })

  it('reads all from the first event when there is no position', async () => {
    const { store, start } = current()
    const [first, ...more] = await store.readAll({ after: undefined, limit: 1 })
    expect(more).toEqual([])
    expect(first!.position <= start).toBe(true)
  })

  it('has acknowledged events for whoever opens the store again', async () => {
    const { store, stream, subject, all } = current()
    const events = sampleEvents(2)
    await store.append(stream, 'none', events)
    const again = await subject.reopen()
    expect(await again.read(stream)).toEqual(await store.read(stream))
    expect(ids(await all(again))).toEqual(ids(events))
    expect(await again.append(stream, 1, [sampleEvent()])).toBe(2)
    expect(await store.read(stream)).toHaveLength(3)
    await again.close()
  })
}

function waitContract(current: () => EventStoreCase): void {
  const newsOf = (of: EventStoreCase) => of.store.waitForNews({ after: of.start, signal: neverAborts() })

  it('wakes a reader that waits for news of its own process', async () => {
    const of = current()
    const waiting = newsOf(of)
    const event = sampleEvent()
    await of.store.append(of.stream, 'none', [event])
    await waiting
    expect(ids(await of.all())).toEqual([event.id])
  })

  it('wakes a reader when another opener appends', async () => {
    const of = current()
    const again = await of.subject.reopen()
    const waiting = newsOf(of)
    const event = sampleEvent()
    await again.append(of.stream, 'none', [event])
    await waiting
    expect(ids(await of.all())).toEqual([event.id])
    await again.close()
  })

  it('does not make a reader wait for what is there already', async () => {
    const of = current()
    await of.store.append(of.stream, 'none', [sampleEvent()])
    await newsOf(of)
    await of.store.waitForNews({ after: undefined, signal: neverAborts() })
  })

  it('loses no event to a reader that reads and waits in turns', async () => {
    const { store, stream, start, subject } = current()
    const again = await subject.reopen()
    const events = sampleEvents(30)
    const appended = (async () => {
      for (const [index, event] of events.entries())
        await again.append(stream, index === 0 ? 'none' : index - 1, [event])
    })()
    const seen: string[] = []
    for (let after = start; seen.length < events.length;) {
      const batch = await store.readAll({ after, limit: 4 })
      if (batch.length === 0) await store.waitForNews({ after, signal: neverAborts() })
      seen.push(...ids(batch.filter((event) => event.stream === stream)))
      after = batch.at(-1)?.position ?? after
    }
    expect(seen).toEqual(ids(events))
    await appended
    await again.close()
  })

  it('stops waiting when the signal aborts, before or during the wait', async () => {
    const { store, start } = current()
    await store.waitForNews({ after: start, signal: AbortSignal.abort() })
    const abort = new AbortController()
    const waiting = store.waitForNews({ after: start, signal: abort.signal })
    abort.abort()
    await waiting
  })
}

function closeContract(current: () => EventStoreCase): void {
  it('says that it is unavailable, retryable, once closed, and lets go who waits', async () => {
    const { store, stream, start } = current()
    const waiting = store.waitForNews({ after: start, signal: neverAborts() })
    await store.close()
    await waiting
    const unavailable = { code: 'EVENT_STORE_UNAVAILABLE', retryable: true }
    await expect(store.append(stream, 'none', [sampleEvent()])).rejects.toMatchObject(unavailable)
    await expect(store.read(stream)).rejects.toMatchObject(unavailable)
    await expect(store.readAll({ after: start, limit: 1 })).rejects.toMatchObject(unavailable)
    await store.waitForNews({ after: start, signal: neverAborts() })
    await store.close()
  })
}

const neverAborts = () => new AbortController().signal
