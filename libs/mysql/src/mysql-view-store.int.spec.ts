import { afterAll, beforeAll } from '@jest/globals'
import { viewStoreContract } from '@trunkline/ports/contract'
import { startMariadb, type MariadbServer } from '../../../test/support/mariadb-server.js'
import { openMysqlViewStore } from './mysql-view-store.js'

let server: MariadbServer
let databases = 0
beforeAll(async () => {
  server = await startMariadb()
})
afterAll(() => server.dispose())

viewStoreContract('MySQL (MariaDB)', async () => {
  const url = await server.createDatabase(`contract_${++databases}`)
  const store = openMysqlViewStore({ url })
  return { store, reopen: async () => openMysqlViewStore({ url }), dispose: () => store.close() }
})
