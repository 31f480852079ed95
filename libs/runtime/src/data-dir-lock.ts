import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process works on the same data folder. */
export class DataDirInUseError extends Error {
  readonly code = 'DATA_DIR_IN_USE'
  readonly retryable = false
}

/**
 * Takes the data folder for this process alone. The lock is one of the operating system on a file, held by an open
 * SQLite transaction: it ends with the process, however that dies, so that none is ever left behind.
 * Gives the function that lets it go. Throws {@link DataDirInUseError}.
 */
export function lockDataDir(dataDir: string): () => void {
  return hold(dataDir, 'lock.sqlite', 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
}

/**
 * Shares the data folder with other apps, but with no second one of the same role. Throws
 * {@link DataDirInUseError} when one has it alone (`npm start`), or has the role.
 */
export function shareDataDir(dataDir: string, role: string): () => void {
  const release = hold(dataDir, 'lock.sqlite', 'BEGIN; SELECT count(*) FROM sqlite_schema')
  try {
    const releaseRole = hold(dataDir, `lock-${role}.sqlite`, 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return () => {
      releaseRole()
      release()
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Kept here, since a connection that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>()

function hold(dataDir: string, name: string, sql: string): () => void {
  // Call records are private: only the owner of the process may read them.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(join(dataDir, name), { timeout: 0 })
  try {
    db.exec(sql)
  } catch (error) {
    db.close()
    const { errcode } = error as { errcode?: number }
    if (errcode === undefined || (errcode & 0xff) !== 5) throw error
    throw new DataDirInUseError(
      `Another Trunkline process is using ${resolve(dataDir)}. Stop it, or give this one a folder of its own with DATA_DIR.`,
    )
  }
  held.add(db)
  return () => {
    if (held.delete(db)) db.close()
  }
}
