import { afterAll, beforeAll } from '@jest/globals'
import { viewStoreContract } from '@trunkline/ports/contract'
import { startMariadb, type MariadbServer } from '../../../test/support/mariadb-server.js'
import { emptyDatabase, OTHER_MYSQL } from '../../../test/support/other-mysql.js'
import { openMysqlViewStore } from './mysql-view-store.js'

let databases = 0

function contractOn(name: string, createDatabase: (name: string) => Promise<string>): void {
  viewStoreContract(name, async () => {
    const url = await createDatabase(`contract_${++databases}`)
    const store = openMysqlViewStore({ url })
    return { store, reopen: async () => openMysqlViewStore({ url }), dispose: () => store.close() }
  })
}

let server: MariadbServer
beforeAll(async () => {
  server = await startMariadb()
})
afterAll(() => server.dispose())

contractOn('MySQL (MariaDB)', (name) => server.createDatabase(name))
if (OTHER_MYSQL !== undefined) contractOn('MySQL (TEST_MYSQL_URL)', (name) => emptyDatabase(OTHER_MYSQL!, name))
