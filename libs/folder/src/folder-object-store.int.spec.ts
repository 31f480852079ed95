import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import { objectStoreContract } from '@trunkline/ports/contract'
import { folderObjectRoute } from './folder-object-route.js'
import { openFolderObjectStore } from './folder-object-store.js'
import { serveRoute, type RouteServer } from './testing/serve-route.js'
import { INCOMING } from './write-object.js'

let server: RouteServer
beforeAll(async () => {
  server = await serveRoute()
})
afterAll(() => server.close())

objectStoreContract('folder', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-objects-'))
  const signing = { secret: 'a secret of the test', baseUrl: `${server.origin}/objects` }
  const store = openFolderObjectStore({ directory, signing })
  server.route = folderObjectRoute({ directory, signing })
  return {
    store,
    reopen: async () => openFolderObjectStore({ directory, signing }),
    rubbish: async () => readdirSync(join(directory, INCOMING)),
    dispose: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
