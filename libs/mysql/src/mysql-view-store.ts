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
import { isLost, isNoSuchTable, isTableChanged, translate } from './mysql-errors.js'
import { MysqlTransaction } from './mysql-transaction.js'
import { parseMysqlUrl } from './mysql-url.js'
import { ReaderPool } from './reader-pool.js'
import { createOwnTables, createTable, dropTable, migrate, replaceTables, whileAlone } from './schema.js'
import { openSession, READER_SETUP, writerSetup, type Session, type SessionOptions } from './session.js'

export interface MysqlViewStoreOptions {
  /** `mysql://user:password@host:3306/database`; the database must exist. */
  readonly url: string
  /** Connections for readers; 10 by default. */
  readonly readers?: number
  /** After so many seconds without a word the server ends a writer's transaction; 30 by default. */
  readonly writerIdleSeconds?: number
  /** A statement that is not answered for so many seconds fails; 60 by default. Changes of tables may take an hour. */
  readonly answerSeconds?: number
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
  readonly #now: () => number
  readonly #writing: SessionOptions
  readonly #readers: ReaderPool
  #writer: Session | undefined
  #prepared = false
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor({
    url,
    readers = 10,
    writerIdleSeconds = 30,
    answerSeconds = 60,
    now = Date.now,
  }: MysqlViewStoreOptions) {
    const reading = { connection: parseMysqlUrl(url), setup: READER_SETUP, answerMs: answerSeconds * 1000 }
    this.#now = now
    this.#readers = new ReaderPool(reading, readers)
    this.#writing = { ...reading, setup: writerSetup(writerIdleSeconds) }
  }

  all<R = Row>(sql: string, parameters?: readonly Value[]): Promise<R[]> {
    return this.#read(() => this.#readers.use((session) => session.all<R>(sql, parameters)))
  }

  snapshot<T>(work: (reader: ViewReader) => Promise<T>): Promise<T> {
    return this.#read(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await this.#readers.use((session) => snapshotOn(session, work))
        } catch (error) {
          // a rebuilt view took its place meanwhile
          if (!isTableChanged(error) || tries === SNAPSHOT_TRIES) throw error
        }
      }
    })
  }

  async checkpoint(projection: string, partition: number): Promise<Position | undefined> {
    const sql = 'SELECT position FROM checkpoints WHERE projection = ? AND partition_no = ?'
    try {
      const [row] = await this.all<{ position: Position }>(sql, [projection, partition])
      return row?.position
    } catch (error) {
      if (isNoSuchTable(error)) return undefined
      throw error
    }
  }

  createTables(tables: readonly TableDefinition[]): Promise<void> {
    return this.#change(async (session) => {
      for (const table of tables) await createTable(session, table)
    })
  }

  migrate(migrations: readonly Migration[]): Promise<void> {
    return this.#change((session) => migrate(session, migrations, this.#now))
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
        if (tx.failure !== undefined) throw tx.failure
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
    await this.#readers.close()
  }

  /** Begins a transaction that has the lock. A connection that was lost while idle is made anew, once. */
  async #begin(): Promise<Session> {
    const idle = this.#writer
    if (idle !== undefined) {
      try {
        await takeLock(idle)
        return idle
      } catch (error) {
        this.#forget(idle)
        if (!isLost(error)) throw error
      }
    }
    const session = await openSession(this.#writing)
    this.#writer = session
    try {
      if (!this.#prepared) await whileAlone(session, () => createOwnTables(session))
      this.#prepared = true
      await takeLock(session)
      return session
    } catch (error) {
      this.#forget(session)
      throw error
    }
  }

  #forget(session: Session): void {
    session.destroy()
    if (this.#writer === session) this.#writer = undefined
  }

  /** On a connection of its own: it may wait long for the lock by name. */
  #change(work: (session: Session) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      const session = await openSession(this.#writing)
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

async function takeLock(session: Session): Promise<void> {
  await session.run('START TRANSACTION')
  await session.all(LOCK)
}

async function snapshotOn<T>(session: Session, work: (reader: ViewReader) => Promise<T>): Promise<T> {
  const reader: ViewReader = {
    dialect: 'mysql',
    all: (sql, parameters) => session.all(sql, parameters),
    snapshot: (inner) => inner(reader),
  }
  await session.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
  try {
    const result = await work(reader)
    await session.run('COMMIT')
    return result
  } catch (error) {
    if (!isLost(error)) await session.run('ROLLBACK')
    throw error
  }
}
