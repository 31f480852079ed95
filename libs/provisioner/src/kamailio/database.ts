/** Kamailio's own database: rows read, compared and written, with waiting for what passes by itself. */
import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'
import { isUnavailable, parseMysqlUrl } from '@trunkline/mysql'
import { TargetAwayError } from '../reactor/target.js'

/** Placeholders only: what comes from outside never gets into the text of a statement. */
export interface Statements {
  all<R>(sql: string, parameters?: readonly (string | number)[]): Promise<R[]>
  run(sql: string, parameters?: readonly (string | number)[]): Promise<void>
}

export interface KamailioDatabase extends Statements {
  /** Rolls back and tries again after a deadlock or a lost connection; `work` must bear to be run twice. */
  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const CONNECTIONS = 4
const ATTEMPTS = 3
const DEADLOCK = new Set([1205, 1213])
/** No right to do so, or no such database, table or column: the operator mends that, and no thing is at fault. */
const SET_UP = new Set([1044, 1045, 1049, 1054, 1142, 1143, 1146])

/**
 * The database refused a statement. Only the code of its error is told: its message may quote the statement, and
 * digests and passwords stand in it.
 */
export class KamailioSqlError extends Error {
  readonly code = 'KAMAILIO_SQL_REFUSED'
  readonly retryable = false

  constructor(reason: string) {
    super(`Kamailio's database refused a statement: ${reason}`)
  }
}

/** Nothing is connected until it is used. All methods throw {@link TargetAwayError} when the server cannot be reached. */
export function openKamailioDatabase(url: string, { answerMs = 10_000 } = {}): KamailioDatabase {
  const pool = createPool({
    ...parseMysqlUrl(url),
    connectionLimit: CONNECTIONS,
    connectTimeout: Math.min(5000, answerMs),
    enableKeepAlive: true,
    timezone: 'Z',
    dateStrings: true,
    // a connection that idles is closed before the server does so
    maxIdle: CONNECTIONS,
    idleTimeout: 30_000,
  })
  return new Database(pool, answerMs)
}

class Database implements KamailioDatabase {
  readonly #pool: Pool
  readonly #answerMs: number

  constructor(pool: Pool, answerMs: number) {
    this.#pool = pool
    this.#answerMs = answerMs
  }

  all<R>(sql: string, parameters: readonly (string | number)[] = []): Promise<R[]> {
    return this.#with((tx) => tx.all<R>(sql, parameters))
  }

  run(sql: string, parameters: readonly (string | number)[] = []): Promise<void> {
    return this.#with((tx) => tx.run(sql, parameters))
  }

  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    return this.#with(async (tx) => {
      await tx.run('START TRANSACTION')
      const result = await work(tx)
      await tx.run('COMMIT')
      return result
    })
  }

  close(): Promise<void> {
    return this.#pool.end()
  }

  async #with<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(work)
      } catch (error) {
        if (attempt < ATTEMPTS && isPassing(error)) continue
        if (isUnavailable(error) || SET_UP.has((error as { errno?: number }).errno ?? 0))
          throw new TargetAwayError(`Kamailio's database: ${reasonOf(error)}`)
        throw isOfServer(error) ? new KamailioSqlError(reasonOf(error)) : error
      }
    }
  }

  async #once<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    const connection = await this.#pool.getConnection()
    try {
      await this.#prepare(connection)
      const result = await work(this.#statements(connection))
      connection.release()
      return result
    } catch (error) {
      // what the connection is in the middle of is not known: it goes, and its transaction with it
      connection.destroy()
      throw error
    }
  }

  /** Once a connection: whatever the server's own settings are. */
  async #prepare(connection: PoolConnection & { isPrepared?: boolean }): Promise<void> {
    if (connection.isPrepared) return
    const modes = "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'"
    await connection.query({ sql: `SET SESSION ${modes}, innodb_lock_wait_timeout = 5`, timeout: this.#answerMs })
    await connection.query({ sql: 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', timeout: this.#answerMs })
    connection.isPrepared = true
  }

  #statements(connection: PoolConnection): Statements {
    const ask = (sql: string, parameters: readonly (string | number)[] = []) =>
      connection.query<RowDataPacket[]>({ sql, timeout: this.#answerMs }, [...parameters])
    return {
      all: async <R>(sql: string, parameters?: readonly (string | number)[]) =>
        (await ask(sql, parameters))[0] as unknown as R[],
      run: async (sql, parameters) => void (await ask(sql, parameters)),
    }
  }
}

/** A deadlock, or a connection that was lost while it idled. */
function isPassing(error: unknown): boolean {
  const { errno, code } = error as { errno?: unknown; code?: unknown }
  if (typeof errno === 'number' && DEADLOCK.has(errno)) return true
  return code === 'PROTOCOL_CONNECTION_LOST' || code === 'ECONNRESET' || code === 'EPIPE'
}

function isOfServer(error: unknown): boolean {
  return typeof (error as { errno?: unknown }).errno === 'number'
}

function reasonOf(error: unknown): string {
  const { code, errno, message } = error as { code?: unknown; errno?: number; message?: unknown }
  return typeof code === 'string' && !SET_UP.has(errno ?? 0) ? code : String(message)
}
