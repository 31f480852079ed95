import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process works on the same data folder. */
export class DataDirInUseError extends Error {
  readonly code = 'DATA_DIR_IN_USE'
  readonly retryable = false
}

/**
 * Takes the data folder for this process. The lock is one of the operating system on a file, held by an open
 * SQLite transaction: it ends with the process, however that dies, so that none is ever left behind.
 * Gives the function that lets it go. Throws {@link DataDirInUseError}.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'lock.sqlite')
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    const { errcode } = error as { errcode?: number }
    if (errcode === undefined || (errcode & 0xff) !== 5) throw error
    throw new DataDirInUseError(
      `Another Trunkline process is using ${resolve(dataDir)}. Stop it, or give this one a folder of its own with DATA_DIR.`,
    )
  }
  return () => db.close()
}
