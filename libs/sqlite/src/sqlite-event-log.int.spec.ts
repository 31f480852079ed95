import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract } from '@trunkline/ports/contract'
import { openSqliteEventLog } from './sqlite-event-log.js'

eventLogContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-log-'))
  const log = openSqliteEventLog({ directory })
  const dispose = async () => {
    await log.close()
    rmSync(directory, { recursive: true })
  }
  return { log, reopen: async () => openSqliteEventLog({ directory }), dispose }
})
