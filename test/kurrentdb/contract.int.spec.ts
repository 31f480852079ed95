/**
 * The contract of the event store over KurrentDB: against the server that KURRENTDB_URL names when it is set, else against
 * the double that is part of this repository. A real server need not be empty.
 */
import { afterAll, beforeAll } from '@jest/globals'
import { eventStoreContract } from '@trunkline/ports/contract'
import { openKurrentEventStore } from '@trunkline/kurrentdb'
import { startKurrentServer, type KurrentServer } from './kurrentdb-server.js'

const real = process.env['KURRENTDB_URL']
let server: KurrentServer | undefined
beforeAll(async () => {
  if (real === undefined) server = await startKurrentServer()
})
afterAll(() => server?.stop())

eventStoreContract(real === undefined ? 'KurrentDB client against the double' : 'KurrentDB', async () => {
  const url = real ?? server!.url
  const store = openKurrentEventStore({ url })
  return { store, reopen: async () => openKurrentEventStore({ url }), dispose: () => store.close() }
})
