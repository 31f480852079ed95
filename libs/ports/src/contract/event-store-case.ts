import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import type { Position } from '../event-log.js'
import type { EventStore, NewEvent, StoredEvent } from '../event-store.js'

export interface EventStoreUnderTest {
  readonly store: EventStore
  /** Opens the same store once more, as another process or after a restart would. */
  reopen(): Promise<EventStore>
  /** Closes `store` and removes what it stored, as far as that is possible. */
  dispose(): Promise<void>
}

/** What the cases work with. The store need not be empty: names are new each time, and reading starts at `start`. */
export interface EventStoreCase {
  readonly subject: EventStoreUnderTest
  readonly store: EventStore
  /** A stream name that nobody has used. */
  readonly stream: string
  /** Everything of this case comes after it. */
  readonly start: Position
  /** Events of this case after a position (`start` by default), read in small steps. */
  all(store?: EventStore, after?: Position): Promise<StoredEvent[]>
}

/** An event for tests, with an id of its own. */
export function sampleEvent(more: Partial<NewEvent> = {}): NewEvent {
  const id = randomUUID()
  return { id, type: 'sample-happened', version: 1, time: 1_780_000_000_123_456, data: { id }, ...more }
}

export const sampleEvents = (count: number) => Array.from({ length: count }, () => sampleEvent())
export const ids = (events: readonly NewEvent[]) => events.map((event) => event.id)

/** A case on a store that was just opened. */
export async function prepareCase(subject: EventStoreUnderTest): Promise<EventStoreCase> {
  const { store } = subject
  const stream = `contract-${randomUUID()}`
  await store.append(`${stream}-start`, 'none', [sampleEvent()])
  const start = (await store.read(`${stream}-start`))[0]!.position
  const all = async (reader = store, after = start) => {
    const events: StoredEvent[] = []
    for (let at = after; ;) {
      const batch = await reader.readAll({ after: at, limit: 7 })
      if (batch.length === 0) return events.filter((event) => event.stream.startsWith(stream))
      expect(batch.length).toBeLessThanOrEqual(7)
      events.push(...batch)
      at = batch.at(-1)!.position
    }
  }
  return { subject, store, stream, start, all }
}
