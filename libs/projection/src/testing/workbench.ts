import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog, LogRecord, ViewStore } from '@trunkline/ports'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import type { ViewStores } from '../../../../test/support/view-stores.js'
import type { ProjectionLogger } from '../projector-options.js'

export const silent: ProjectionLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A real log in a folder of its own, and a real view store. */
export interface Workbench {
  readonly directory: string
  readonly log: EventLog
  readonly store: ViewStore
  /** Opens the view store once more, as another process would. */
  reopen(): Promise<ViewStore>
  all(stream: string): Promise<LogRecord[]>
  dispose(): Promise<void>
}

export interface WorkbenchOptions {
  readonly partitions?: number
  /** Where the view store is made; in the folder, by default. */
  readonly stores?: ViewStores
}

let databases = 0

export async function openWorkbench({ partitions = 1, stores }: WorkbenchOptions = {}): Promise<Workbench> {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-projection-'))
  const log = openSqliteEventLog({ directory: join(directory, 'log'), partitions })
  const database = `bench${(databases += 1)}`
  const opened: ViewStore[] = []
  const reopen = async () => {
    const store =
      stores === undefined
        ? openSqliteViewStore({ file: join(directory, 'views.sqlite') })
        : await stores.open(database)
    opened.push(store)
    return store
  }
  return {
    directory,
    log,
    store: await reopen(),
    reopen,
    async all(stream) {
      const records: LogRecord[] = []
      for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
        records.push(...(await log.read({ stream, partition, after: undefined, limit: 1_000_000 })))
      }
      return records
    },
    async dispose() {
      await log.close()
      for (const store of opened) await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** Names of the tables that hold this text in their name. */
export async function tablesNamed(store: ViewStore, text: string): Promise<string[]> {
  const sql =
    store.dialect === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database() ORDER BY table_name'
  const rows = await store.all<{ name: string }>(sql)
  return rows.map(({ name }) => name).filter((name) => name.includes(text))
}

/** Names of the indexes of a table, without that of its key. */
export async function indexesOf(store: ViewStore, table: string): Promise<string[]> {
  const sql =
    store.dialect === 'sqlite'
      ? "SELECT name FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name"
      : `SELECT DISTINCT index_name AS name FROM information_schema.statistics
         WHERE table_schema = database() AND index_name <> 'PRIMARY' AND table_name = ? ORDER BY index_name`
  return (await store.all<{ name: string }>(sql, [table])).map(({ name }) => name)
}
