import { join } from 'node:path'
import { openKurrentEventStore } from '@trunkline/kurrentdb'
import type { EventStore } from '@trunkline/ports'
import type { Config } from '@trunkline/runtime'
import { openSqliteEventStore } from '@trunkline/sqlite'

/** The event store that the settings name: KurrentDB, or a file in the data folder. Throws when `KURRENTDB_URL` cannot be read. */
export function openEventStore({ dataDir, kurrentdbUrl }: Pick<Config, 'dataDir' | 'kurrentdbUrl'>): EventStore {
  if (kurrentdbUrl !== undefined) return openKurrentEventStore({ url: kurrentdbUrl })
  return openSqliteEventStore({ file: join(dataDir, 'events.sqlite') })
}
