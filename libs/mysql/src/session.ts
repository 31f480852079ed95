import { createConnection, format, type Connection, type ConnectionOptions } from 'mysql2/promise'
import type { Value } from '@trunkline/ports'
import { mark, unmarkRows } from './trailing-space.js'

const OPTIONS = {
  charset: 'utf8mb4_bin',
  enableKeepAlive: true,
  keepAliveInitialDelay: 10_000,
  // sums come as DECIMAL
  decimalNumbers: true,
  dateStrings: true,
  jsonStrings: true,
  // the driver's own reads all of a statement for places to put parameters, also when there are none
  queryFormat: (sql: string, parameters: Value[] | undefined) =>
    parameters === undefined || parameters.length === 0 ? sql : format(sql, parameters),
} as const satisfies ConnectionOptions

export interface SessionOptions {
  readonly connection: ConnectionOptions
  /** Statements that set the session up, whatever the server's own settings are. */
  readonly setup: readonly string[]
  /** A statement that is not answered for so long fails, ms. */
  readonly answerMs: number
}

const CONNECT_MS = 5000
/** A large table takes long to index, ms. */
const CHANGE_MS = 3_600_000

const MODES = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'"

export const READER_SETUP: readonly string[] = [
  MODES,
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'SET SESSION lock_wait_timeout = 30',
]

/**
 * A writer that hangs with a transaction open is cut off by the server after `idleSeconds`, so that the lock it holds
 * does not keep the others away for long; they wait a little longer than that.
 */
export function writerSetup(idleSeconds: number): readonly string[] {
  const wait = idleSeconds + 5
  return [
    MODES,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    `SET SESSION wait_timeout = ${idleSeconds}, lock_wait_timeout = ${wait}, innodb_lock_wait_timeout = ${wait}`,
  ]
}

/** Throws what the driver throws. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const connection = await createConnection({
    ...OPTIONS,
    connectTimeout: Math.min(CONNECT_MS, options.answerMs),
    ...options.connection,
  })
  const session = new Session(connection, options.answerMs)
  try {
    for (const statement of options.setup) await session.run(statement)
    return session
  } catch (error) {
    session.destroy()
    throw error
  }
}

/** One connection with our way of passing text. */
export class Session {
  readonly #connection: Connection
  readonly #answerMs: number
  #isLost = false

  constructor(connection: Connection, answerMs: number) {
    this.#connection = connection
    this.#answerMs = answerMs
    // told when nothing was under way; a statement that is under way fails with the same
    connection.on('error', () => (this.#isLost = true))
    connection.on('end', () => (this.#isLost = true))
  }

  /** The connection went away while nothing was asked. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** How long a statement may wait at the server for another process: less than we wait for its answer. */
  get patienceSeconds(): number {
    return Math.max(1, Math.floor(this.#answerMs / 1000) - 5)
  }

  async all<R>(sql: string, parameters: readonly Value[] = []): Promise<R[]> {
    const rows = await this.#query(sql, parameters)
    return Array.isArray(rows) ? unmarkRows(rows as R[]) : []
  }

  /** Gives the number of rows that the statement met. */
  async run(sql: string, parameters: readonly Value[] = []): Promise<number> {
    const result = await this.#query(sql, parameters)
    return (result as { affectedRows?: number }).affectedRows ?? 0
  }

  /** A change of tables, which may take long. */
  async change(sql: string): Promise<void> {
    await this.#connection.query({ sql, timeout: CHANGE_MS })
  }

  escape(value: Value): string {
    return this.#connection.escape(mark(value))
  }

  async end(): Promise<void> {
    await this.#connection.end()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  async #query(sql: string, parameters: readonly Value[]): Promise<unknown> {
    try {
      const [result] = await this.#connection.query({ sql, timeout: this.#answerMs }, parameters.map(mark))
      return result
    } catch (error) {
      // the driver puts the statement with its values there, and errors get into logs
      if (typeof error === 'object' && error !== null && 'sql' in error) error.sql = sql
      throw error
    }
  }
}
