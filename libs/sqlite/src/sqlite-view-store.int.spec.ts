import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { viewStoreContract } from '@trunkline/ports/contract'
import { openSqliteViewStore } from './sqlite-view-store.js'

viewStoreContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-views-'))
  const file = join(directory, 'views.sqlite')
  const store = openSqliteViewStore({ file })
  const dispose = async () => {
    await store.close()
    rmSync(directory, { recursive: true })
  }
  return { store, reopen: async () => openSqliteViewStore({ file }), dispose }
})
