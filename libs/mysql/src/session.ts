import { createConnection, type Connection, type ConnectionOptions } from 'mysql2/promise'
import type { Value } from '@trunkline/ports'
import { mark, unmarkRows } from './trailing-space.js'

/** How sessions are set, whatever the server's own settings are. */
const MODES = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'"

export const OPTIONS = {
  charset: 'utf8mb4_bin',
  connectTimeout: 5000,
  enableKeepAlive: true,
  keepAliveInitialDelay: 10_000,
  // sums come as DECIMAL
  decimalNumbers: true,
  dateStrings: true,
  jsonStrings: true,
} as const satisfies ConnectionOptions

/** A reader waits this long for an answer, ms. */
export const QUERY_MS = 60_000

/** Statements for a connection that reads. */
export const READER_SETUP = [
  MODES,
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'SET SESSION lock_wait_timeout = 30',
]

/**
 * Statements for a connection that writes. A writer that hangs with a transaction open is cut off by the server, so
 * that the lock it holds does not keep the others away for long.
 */
function writerSetup(idleSeconds: number): string[] {
  const waitSeconds = Math.min(idleSeconds, LOCK_WAIT_SECONDS)
  return [
    MODES,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    `SET SESSION wait_timeout = ${idleSeconds}, lock_wait_timeout = ${waitSeconds}, innodb_lock_wait_timeout = ${waitSeconds}`,
  ]
}

const LOCK_WAIT_SECONDS = 60

/** Throws what the driver throws. A statement that is not answered within `idleSeconds` fails. */
export async function openSession(options: ConnectionOptions, idleSeconds: number): Promise<Session> {
  const connection = await createConnection({ ...OPTIONS, ...options })
  // a connection that is lost while idle tells by an event; the next statement fails with the same
  connection.on('error', () => undefined)
  try {
    for (const statement of writerSetup(idleSeconds)) await connection.query({ sql: statement, timeout: QUERY_MS })
    return new Session(connection, idleSeconds * 1000)
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** One connection with our way of passing text. */
export class Session {
  constructor(
    private readonly connection: Connection,
    private readonly timeout: number,
  ) {}

  async all<R>(sql: string, parameters: readonly Value[] = []): Promise<R[]> {
    const [rows] = await this.connection.query({ sql, timeout: this.timeout }, parameters.map(mark))
    return Array.isArray(rows) ? unmarkRows(rows as R[]) : []
  }

  /** Gives the number of rows that the statement met. */
  async run(sql: string, parameters: readonly Value[] = []): Promise<number> {
    const [result] = await this.connection.query({ sql, timeout: this.timeout }, parameters.map(mark))
    return (result as { affectedRows?: number }).affectedRows ?? 0
  }

  escape(value: Value): string {
    return this.connection.escape(mark(value))
  }

  async end(): Promise<void> {
    await this.connection.end()
  }

  destroy(): void {
    this.connection.destroy()
  }
}
