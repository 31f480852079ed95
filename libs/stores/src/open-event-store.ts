import { join } from 'node:path'
import type { EventStore } from '@trunkline/ports'
import type { Config } from '@trunkline/runtime'
import { openSqliteEventStore } from '@trunkline/sqlite'

/** The event store that the settings name: KurrentDB, or a file in the data folder. Throws when `KURRENTDB_URL` cannot be read. */
export async function openEventStore(config: Pick<Config, 'dataDir' | 'kurrentdbUrl'>): Promise<EventStore> {
  const { dataDir, kurrentdbUrl } = config
  if (kurrentdbUrl !== undefined) {
    const { openKurrentEventStore } = await import('@trunkline/kurrentdb')
    return openKurrentEventStore({ url: kurrentdbUrl })
  }
  return openSqliteEventStore({ file: join(dataDir, 'events.sqlite') })
}
