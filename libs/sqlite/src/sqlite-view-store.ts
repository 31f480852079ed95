import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  ViewStoreUnavailableError,
  type Migration,
  type Position,
  type Row,
  type TableDefinition,
  type TablePair,
  type Value,
  type ViewReader,
  type ViewStore,
  type ViewTransaction,
} from '@trunkline/ports'
import { Connection } from './connection.js'
import { ReaderPool } from './reader-pool.js'
import { isUnavailable, untilFree } from './sqlite-errors.js'
import { SqliteTransaction } from './sqlite-transaction.js'
import { migrate } from './sqlite-migrations.js'
import { indexesOf } from './table-indexes.js'
import { createTableSql, missingIndexesSql, quote } from './table-sql.js'

export interface SqliteViewStoreOptions {
  /** Path of the database; made when missing, unless `readonly`. */
  readonly file: string
  /** Only read: for a process that serves views which another one writes. */
  readonly readonly?: boolean
  /** How long a transaction waits for another process's lock, ms; 5000 by default. */
  readonly busyMs?: number
}

/**
 * Opens a view store in one file of SQLite. Writes are serialised in the process and between processes;
 * readers never wait for writers, and see only what is committed.
 */
export function openSqliteViewStore(options: SqliteViewStoreOptions): ViewStore {
  return new SqliteViewStore(options)
}

const CHECKPOINTS = `CREATE TABLE IF NOT EXISTS checkpoints (
  projection TEXT NOT NULL, partition_no INTEGER NOT NULL, position TEXT NOT NULL,
  PRIMARY KEY (projection, partition_no)) STRICT, WITHOUT ROWID`

class SqliteViewStore implements ViewStore {
  readonly dialect = 'sqlite'
  readonly #file: string
  readonly #busyMs: number
  readonly #writer: Connection | undefined
  readonly #snapshots: ReaderPool
  #reader: Connection | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor({ file, readonly = false, busyMs = 5000 }: SqliteViewStoreOptions) {
    this.#file = file
    this.#busyMs = busyMs
    try {
      this.#writer = readonly ? undefined : openWriter(file)
    } catch (error) {
      throw this.#translate(error)
    }
    this.#snapshots = new ReaderPool(file)
  }

  async all<R = Row>(sql: string, parameters?: readonly Value[]): Promise<R[]> {
    return this.#read(() => {
      // Its own connection: a plain read never waits for the snapshots of others.
      this.#reader ??= new Connection({ file: this.#file, readOnly: true })
      return this.#reader.all<R>(sql, parameters)
    })
  }

  async snapshot<T>(work: (reader: ViewReader) => Promise<T>): Promise<T> {
    const run = async (connection: Connection) => {
      // The first read fixes what a transaction sees; taken here, so that the snapshot is as of now.
      connection.db.exec('BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1')
      try {
        const reader: ViewReader = {
          dialect: 'sqlite',
          all: async (sql, parameters) => connection.all(sql, parameters),
          snapshot: (inner) => inner(reader),
        }
        return await work(reader)
      } finally {
        connection.db.exec('COMMIT')
      }
    }
    return this.#read(() => this.#snapshots.use(run))
  }

  async checkpoint(projection: string, partition: number): Promise<Position | undefined> {
    const sql = 'SELECT position FROM checkpoints WHERE projection = ? AND partition_no = ?'
    const [row] = await this.all<{ position: Position }>(sql, [projection, partition])
    return row?.position
  }

  async createTables(tables: readonly TableDefinition[]): Promise<void> {
    await this.#write((writer) => {
      for (const table of tables) {
        writer.db.exec(createTableSql(table))
        for (const sql of missingIndexesSql(table, indexesOf(writer, table.name))) writer.db.exec(sql)
      }
    })
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    await this.#write((writer) => migrate(writer, migrations, Date.now()))
  }

  async replaceTables(pairs: readonly TablePair[]): Promise<void> {
    await this.#write((writer) => {
      for (const { live, shadow } of pairs) {
        const known = writer.all("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [shadow])
        if (known.length === 0) continue
        writer.db.exec(`DROP TABLE IF EXISTS ${quote(live)}`)
        writer.db.exec(`ALTER TABLE ${quote(shadow)} RENAME TO ${quote(live)}`)
      }
    })
  }

  async dropTables(names: readonly string[]): Promise<void> {
    await this.#write((writer) => {
      for (const name of names) writer.db.exec(`DROP TABLE IF EXISTS ${quote(name)}`)
    })
  }

  transaction<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    return this.#write(async (writer) => {
      const tx = new SqliteTransaction(writer)
      try {
        return await work(tx)
      } finally {
        tx.end()
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#turn.catch(() => undefined)
    this.#snapshots.close()
    this.#reader?.close()
    this.#writer?.close()
  }

  async #read<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#closed) throw new ViewStoreUnavailableError('the view store is closed')
    try {
      return await work()
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Runs `work` in a write transaction when all that were asked for earlier are over. */
  #write<T>(work: (writer: Connection) => Promise<T> | T): Promise<T> {
    const writer = this.#writer
    if (this.#closed) return Promise.reject(new ViewStoreUnavailableError('the view store is closed'))
    if (writer === undefined) return Promise.reject(new TypeError('this view store was opened only for reading'))
    const run = this.#turn.then(async () => {
      try {
        await untilFree(this.#busyMs, () => writer.db.exec('BEGIN IMMEDIATE'))
        try {
          const result = await work(writer)
          writer.db.exec('COMMIT')
          return result
        } catch (error) {
          if (writer.db.isTransaction) writer.db.exec('ROLLBACK')
          throw error
        }
      } catch (error) {
        throw this.#translate(error)
      }
    })
    this.#turn = run.catch(() => undefined)
    return run
  }

  #translate(error: unknown): unknown {
    if (!isUnavailable(error)) return error
    return new ViewStoreUnavailableError(`view store ${this.#file}: ${(error as Error).message}`, { cause: error })
  }
}

function openWriter(file: string): Connection {
  mkdirSync(dirname(file), { recursive: true })
  const writer = new Connection({ file, readOnly: false })
  try {
    writer.db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
    // Rows of live calls are written again and again: a longer WAL (32 MB) copies them into the file less often.
    writer.db.exec('PRAGMA wal_autocheckpoint = 8000')
    // What is deleted or moved within a page is written over with zeros, which costs no further page.
    writer.db.exec('PRAGMA secure_delete = FAST')
    writer.db.exec(CHECKPOINTS)
    writer.db.exec('PRAGMA busy_timeout = 20')
    return writer
  } catch (error) {
    writer.close()
    throw error
  }
}
