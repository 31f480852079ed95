import type { EventLogReader, EventStoreReader, LogRecord, StoredEvent } from '@trunkline/ports'
import { PARTITION, VIEW } from './checkpoint.js'

/** An event of the event store where records of a log are expected. */
export interface StoredRecord extends LogRecord {
  readonly event: StoredEvent
}

/** The event store as a log of one partition, for whoever rebuilds views from a log. */
export function eventStoreLog(eventStore: EventStoreReader): EventLogReader {
  return {
    partitions: async () => 1,
    read: async ({ after, limit }) => (await eventStore.readAll({ after, limit })).map(recordOf),
    end: () => Promise.reject(new Error('an event store does not say where it ends')),
    waitForNews: ({ after, signal }) => eventStore.waitForNews({ after, signal }),
    join: async () => ({ partitions: () => [PARTITION], changed: async () => undefined, close: async () => undefined }),
  }
}

function recordOf(event: StoredEvent): StoredRecord {
  const { id, type, version, time, data, stream: key, position } = event
  return { id, type, version, time, data, key, stream: VIEW, partition: PARTITION, position, event }
}
