import { expect, it } from '@jest/globals'
import type { NewEvent } from '../event-store.js'
import { RevisionConflictError } from '../event-store.js'
import { ids, sampleEvent, sampleEvents, type EventStoreCase } from './event-store-case.js'

const conflict = { code: 'REVISION_CONFLICT', retryable: true }
const circular: Record<string, unknown> = {}
circular['self'] = circular

/** The writing half of the contract of the event store. */
export function appendContract(current: () => EventStoreCase): void {
  it('numbers the events of a stream from 0 and gives the revision of the last', async () => {
    const { store, stream } = current()
    expect(await store.append(stream, 'none', [sampleEvent()])).toBe(0)
    expect(await store.append(stream, 0, sampleEvents(3))).toBe(3)
    expect((await store.read(stream)).map((event) => event.revision)).toEqual([0, 1, 2, 3])
  })

  it('gives an event back as it was: meta, version, time in µs, stream', async () => {
    const { store, stream } = current()
    const meta = { commandId: 'c1', correlationId: 'k', causationId: 'z', actor: 'ann "x"', '': 'é\0\n𝕏', $a: '$b' }
    const event = sampleEvent({ version: 12, time: Number.MAX_SAFE_INTEGER, meta })
    await store.append(stream, 'none', [event, sampleEvent({ time: 0 })])
    const [first, second] = await store.read(stream)
    expect(first).toEqual({ ...event, stream, revision: 0, position: first!.position })
    expect(second!.meta ?? {}).toEqual({})
    expect(second!.time).toBe(0)
  })

  it.each([
    ['any text', { text: '\0\u0001"\'\\ %s {} 𝕏 é \r\n \ud800', __text: '</script>' }],
    ['a megabyte', { long: 'x'.repeat(1_000_000) }],
    ['nothing', null],
    ['a text', 'text'],
    ['a list', [1, [], {}, -0.5, 1e300, true]],
  ])('keeps data: %s', async (_, data) => {
    const { store, stream, all } = current()
    await store.append(stream, 'none', [sampleEvent({ data, type: 'tÿpe with "spaces" 𝕏' })])
    const [event] = await store.read(stream)
    expect(event).toMatchObject({ data, type: 'tÿpe with "spaces" 𝕏' })
    expect(await all()).toEqual([event])
  })

  it('keeps names of streams as they are, and streams apart', async () => {
    const { store, stream } = current()
    const names = ['sipUser-alice@example.org', ' sp ace ', 'ünï-日本-𝕏', 'a\'b"c', 'a/b?c#d%20', 'A', 'a', '%', '*']
    const events = new Map(names.map((name) => [`${stream}-${name}`, sampleEvent()]))
    for (const [name, event] of events) await store.append(name, 'none', [event])
    for (const [name, { id }] of events) expect(await store.read(name)).toMatchObject([{ id, stream: name }])
  })

  it('refuses names of system streams and types, and ids that are no UUID', async () => {
    const { store, stream } = current()
    await expect(store.append('$all', 'none', [sampleEvent()])).rejects.toThrow(TypeError)
    await expect(store.read('$all')).rejects.toThrow(TypeError)
    await expect(store.append(stream, 'none', [sampleEvent({ type: '$type' })])).rejects.toThrow(TypeError)
    await expect(store.append(stream, 'none', [sampleEvent({ id: 'one' })])).rejects.toThrow(TypeError)
    expect(await store.read(stream)).toEqual([])
  })

  it('refuses an append when the stream is elsewhere, in both directions', async () => {
    const { store, stream } = current()
    await expect(store.append(stream, 0, [sampleEvent()])).rejects.toMatchObject(conflict)
    await store.append(stream, 'none', sampleEvents(2))
    for (const expected of ['none', 0, 2, 7] as const) {
      const append = store.append(stream, expected, [sampleEvent()])
      await expect(append).rejects.toBeInstanceOf(RevisionConflictError)
    }
    expect(await store.read(stream)).toHaveLength(2)
  })

  it('appends all events or none', async () => {
    const { store, stream } = current()
    await expect(store.append(stream, 'none', [sampleEvent(), sampleEvent({ data: circular })])).rejects.toThrow()
    await expect(store.append(stream, 0, sampleEvents(2))).rejects.toMatchObject(conflict)
    expect(await store.read(stream)).toEqual([])
    expect(await store.append(stream, 'none', sampleEvents(2))).toBe(1)
  })

  it('takes the same append again and changes nothing, also when the stream has moved on', async () => {
    const { store, stream, subject } = current()
    const [first, second, third] = [sampleEvents(2), sampleEvents(3), sampleEvents(1)]
    await store.append(stream, 'none', first)
    expect(await store.append(stream, 'none', first)).toBe(1)
    await store.append(stream, 1, second)
    await store.append(stream, 4, third)
    const again = await subject.reopen()
    expect(await again.append(stream, 1, second)).toBe(4)
    expect(await again.append(stream, 'none', first)).toBe(1)
    expect(await again.append(stream, 'none', [...first, ...second])).toBe(4)
    expect(ids(await store.read(stream))).toEqual(ids([...first, ...second, ...third]))
    await again.close()
  })

  it('refuses known events at another place, and those of which only some stand', async () => {
    const { store, stream } = current()
    const events = sampleEvents(4)
    await store.append(stream, 'none', events)
    const [a, b, c, d] = events as [NewEvent, NewEvent, NewEvent, NewEvent]
    const wrong = [
      ['none', [b]],
      ['none', [b, a]],
      ['none', [a, c]],
      [0, [b, sampleEvent()]],
      [1, [c, d, sampleEvent()]],
      [1, [sampleEvent(), d]],
      [2, [c]],
    ] as const
    for (const [expected, again] of wrong) {
      await expect(store.append(stream, expected, again)).rejects.toMatchObject(conflict)
    }
    expect(ids(await store.read(stream))).toEqual(ids(events))
  })

  it('takes an append of nothing where the stream is, and nowhere else', async () => {
    const { store, stream, all } = current()
    expect(await store.append(stream, 'none', [])).toBe(-1)
    await expect(store.append(stream, 0, [])).rejects.toMatchObject(conflict)
    await store.append(stream, 'none', sampleEvents(2))
    expect(await store.append(stream, 1, [])).toBe(1)
    await expect(store.append(stream, 'none', [])).rejects.toMatchObject(conflict)
    await expect(store.append(stream, 0, [])).rejects.toMatchObject(conflict)
    expect(await all()).toHaveLength(2)
  })

  it('lets exactly one of many win who append at the same revision', async () => {
    const { store, stream, subject } = current()
    const again = await subject.reopen()
    const events = sampleEvents(20)
    const appends = events.map((event, index) => (index % 2 === 0 ? store : again).append(stream, 'none', [event]))
    const results = await Promise.allSettled(appends)
    const won = events.filter((_, index) => results[index]!.status === 'fulfilled')
    expect(won).toHaveLength(1)
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
    expect(reasons.every((reason) => reason instanceof RevisionConflictError)).toBe(true)
    expect(ids(await store.read(stream))).toEqual(ids(won))
    await again.close()
  })

  it('lets everybody in who reads and tries again', async () => {
    const { store, stream, subject } = current()
    const again = await subject.reopen()
    const events = sampleEvents(20)
    const enter = async (event: NewEvent, index: number) => {
      const entrance = index % 2 === 0 ? store : again
      for (;;) {
        const expected = (await entrance.read(stream)).at(-1)?.revision ?? 'none'
        try {
          return await entrance.append(stream, expected, [event])
        } catch (error) {
          if (!(error instanceof RevisionConflictError)) throw error
        }
      }
    }
    const revisions = await Promise.all(events.map(enter))
    expect(revisions.sort((left, right) => left - right)).toEqual(events.map((_, index) => index))
    expect(ids(await store.read(stream)).sort()).toEqual(ids(events).sort())
    await again.close()
  })

  it('lets two openers make the same append at once: it stands once', async () => {
    const { store, stream, subject } = current()
    const again = await subject.reopen()
    const events = sampleEvents(3)
    const both = await Promise.all([store.append(stream, 'none', events), again.append(stream, 'none', events)])
    expect(both).toEqual([2, 2])
    expect(ids(await again.read(stream))).toEqual(ids(events))
    await again.close()
  })
}
