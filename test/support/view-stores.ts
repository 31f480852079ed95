/** The view stores that a test is run on, each with databases as many as it asks for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMysqlViewStore } from '@trunkline/mysql'
import type { ViewStore } from '@trunkline/ports'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { startMariadb } from './mariadb-server.js'
import { emptyDatabase, OTHER_MYSQL } from './other-mysql.js'

export interface ViewStores {
  /** Where a database is, for a process of its own: a file, or an address that begins with `mysql:`. */
  place(database: string): Promise<string>
  open(database: string): Promise<ViewStore>
  dispose(): Promise<void>
}

export const VIEW_STORES: readonly { readonly name: string; start(): Promise<ViewStores> }[] = [
  { name: 'SQLite', start: startSqlite },
  { name: 'MariaDB', start: startMysql },
  ...(OTHER_MYSQL === undefined ? [] : [{ name: 'TEST_MYSQL_URL', start: () => otherMysql(OTHER_MYSQL!) }]),
]

async function startSqlite(): Promise<ViewStores> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-stores-'))
  const place = async (database: string) => join(folder, `${database}.sqlite`)
  return {
    place,
    open: async (database) => openSqliteViewStore({ file: await place(database) }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function startMysql(): Promise<ViewStores> {
  const server = await startMariadb()
  return {
    place: (database) => server.createDatabase(database),
    open: async (database) => openMysqlViewStore({ url: await server.createDatabase(database) }),
    dispose: () => server.dispose(),
  }
}

async function otherMysql(server: string): Promise<ViewStores> {
  // a database is made empty when it is first asked for
  const made = new Map<string, Promise<string>>()
  const place = (database: string): Promise<string> => {
    const known = made.get(database) ?? emptyDatabase(server, database)
    made.set(database, known)
    return known
  }
  return {
    place,
    open: async (database) => openMysqlViewStore({ url: await place(database) }),
    dispose: async () => undefined,
  }
}
