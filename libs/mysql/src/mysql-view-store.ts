import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
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
import { isLost, isTableChanged, isUnavailable, translate } from './mysql-errors.js'
import { MysqlTransaction } from './mysql-transaction.js'
import { parseMysqlUrl } from './mysql-url.js'
import { createOwnTables, createTable, dropTable, migrate, replaceTables, whileAlone } from './schema.js'
import { openSession, OPTIONS, QUERY_MS, READER_SETUP, type Session } from './session.js'
import { mark, unmarkRows } from './trailing-space.js'

export interface MysqlViewStoreOptions {
  /** `mysql://user:password@host:3306/database`; the database must exist. */
  readonly url: string
  /** Connections for readers; 10 by default. */
  readonly readers?: number
  /** After so many seconds without a word the server ends a writer's transaction; 30 by default. */
  readonly writerIdleSeconds?: number
  /** Clock that dates migrations, ms since 1970. */
  readonly now?: () => number
}

/**
 * Opens a view store in a database of MySQL 8 or MariaDB. Nothing is connected until it is used. Write transactions are
 * serial, between processes too: each begins by locking one row. Throws `BadMysqlUrlError`.
 */
export function openMysqlViewStore(options: MysqlViewStoreOptions): ViewStore {
  return new MysqlViewStore(options)
}

const LOCK = 'SELECT id FROM trunkline_writer WHERE id = 1 FOR UPDATE'
const SNAPSHOT_TRIES = 3

class MysqlViewStore implements ViewStore {
  readonly dialect = 'mysql'
  readonly #options: MysqlViewStoreOptions
  readonly #readers: Pool
  #writer: Session | undefined
  #prepared = false
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: MysqlViewStoreOptions) {
    this.#options = options
    this.#readers = createPool({
      ...OPTIONS,
      ...parseMysqlUrl(options.url),
      connectionLimit: options.readers ?? 10,
      maxIdle: options.readers ?? 10,
      idleTimeout: 60_000,
    })
    // a connection runs these before what it was taken for
    this.#readers.pool.on('connection', (connection) => {
      connection.on('error', () => undefined)
      for (const statement of READER_SETUP) connection.query(statement, () => undefined)
    })
  }

  all<R = Row>(sql: string, parameters: readonly Value[] = []): Promise<R[]> {
    return this.#read(() => queryRows<R>(this.#readers, sql, parameters))
  }

  snapshot<T>(work: (reader: ViewReader) => Promise<T>): Promise<T> {
    return this.#read(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await this.#snapshot(work)
        } catch (error) {
          // a rebuilt view took its place meanwhile
          if (!isTableChanged(error) || tries === SNAPSHOT_TRIES) throw error
        }
      }
    })
  }

  async #snapshot<T>(work: (reader: ViewReader) => Promise<T>): Promise<T> {
    const connection = await this.#readers.getConnection()
    try {
      await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
      const reader: ViewReader = {
        dialect: 'mysql',
        all: (sql, parameters = []) => queryRows(connection, sql, parameters),
        snapshot: (inner) => inner(reader),
      }
      const result = await work(reader)
      await connection.query('COMMIT')
      connection.release()
      return result
    } catch (error) {
      await connection.query({ sql: 'ROLLBACK', timeout: 1000 }).then(
        () => connection.release(),
        () => connection.destroy(),
      )
      throw error
    }
  }

  async checkpoint(projection: string, partition: number): Promise<Position | undefined> {
    const sql = 'SELECT position FROM checkpoints WHERE projection = ? AND partition_no = ?'
    try {
      const [row] = await this.all<{ position: Position }>(sql, [projection, partition])
      return row?.position
    } catch (error) {
      if ((error as { errno?: number }).errno === NO_SUCH_TABLE) return undefined
      throw error
    }
  }

  createTables(tables: readonly TableDefinition[]): Promise<void> {
    return this.#change(async (session) => {
      for (const table of tables) await createTable(session, table)
    })
  }

  migrate(migrations: readonly Migration[]): Promise<void> {
    return this.#change((session) => migrate(session, migrations, this.#options.now ?? Date.now))
  }

  replaceTables(pairs: readonly TablePair[]): Promise<void> {
    return this.#change((session) => replaceTables(session, pairs))
  }

  dropTables(names: readonly string[]): Promise<void> {
    return this.#change(async (session) => {
      for (const name of names) await dropTable(session, name)
    })
  }

  transaction<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const session = await this.#begin()
      const tx = new MysqlTransaction(session)
      try {
        const result = await work(tx)
        tx.end()
        await session.run('COMMIT')
        return result
      } catch (error) {
        tx.end()
        // the server rolls back as soon as the connection is gone
        if (isLost(error)) this.#forget(session)
        else await session.run('ROLLBACK').catch(() => this.#forget(session))
        throw error
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#turn.catch(() => undefined)
    await this.#writer?.end().catch(() => this.#writer?.destroy())
    await this.#readers.end().catch(() => undefined)
  }

  /** Begins a transaction that has the lock. A connection that was lost while idle is made anew, once. */
  async #begin(): Promise<Session> {
    for (let isFirst = true; ; isFirst = false) {
      const wasOpen = this.#writer !== undefined
      const session = await this.#session()
      try {
        await session.run('START TRANSACTION')
        await session.all(LOCK)
        return session
      } catch (error) {
        this.#forget(session)
        if (!isFirst || !wasOpen || !isUnavailable(error)) throw error
      }
    }
  }

  async #session(): Promise<Session> {
    const { url, writerIdleSeconds = 30 } = this.#options
    const session = (this.#writer ??= await openSession(parseMysqlUrl(url), writerIdleSeconds))
    if (!this.#prepared) {
      await whileAlone(session, () => createOwnTables(session))
      this.#prepared = true
    }
    return session
  }

  #forget(session: Session): void {
    session.destroy()
    if (this.#writer === session) this.#writer = undefined
  }

  /** On a connection of its own: it may wait long for the lock by name. */
  #change(work: (session: Session) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      const session = await openSession(parseMysqlUrl(this.#options.url), CHANGE_IDLE_SECONDS)
      try {
        await whileAlone(session, async () => {
          await createOwnTables(session)
          await work(session)
        })
        this.#prepared = true
      } finally {
        await session.end().catch(() => session.destroy())
      }
    })
  }

  /** Runs `work` when all that was asked for earlier is over. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new ViewStoreUnavailableError('the view store is closed'))
    const run = this.#turn.then(async () => {
      try {
        return await work()
      } catch (error) {
        throw translate(error)
      }
    })
    this.#turn = run.catch(() => undefined)
    return run
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new ViewStoreUnavailableError('the view store is closed')
    try {
      return await work()
    } catch (error) {
      throw translate(error)
    }
  }
}

const NO_SUCH_TABLE = 1146
/** A large table takes long to index. */
const CHANGE_IDLE_SECONDS = 3600

async function queryRows<R>(on: Pool | PoolConnection, sql: string, parameters: readonly Value[]): Promise<R[]> {
  const [rows] = await on.query({ sql, timeout: QUERY_MS }, parameters.map(mark))
  return unmarkRows(rows as R[])
}
