import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog, LogRecord, ViewStore } from '@trunkline/ports'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import type { ProjectionLogger } from '../projector-options.js'

export const silent: ProjectionLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A real log and a real view store in a folder of their own. */
export interface Workbench {
  readonly directory: string
  readonly log: EventLog
  readonly store: ViewStore
  all(stream: string): Promise<LogRecord[]>
  dispose(): Promise<void>
}

export function openWorkbench(partitions = 1): Workbench {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-projection-'))
  const log = openSqliteEventLog({ directory: join(directory, 'log'), partitions })
  const store = openSqliteViewStore({ file: join(directory, 'views.sqlite') })
  return {
    directory,
    log,
    store,
    async all(stream) {
      const records: LogRecord[] = []
      for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
        records.push(...(await log.read({ stream, partition, after: undefined, limit: 1_000_000 })))
      }
      return records
    },
    async dispose() {
      await log.close()
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}
