/** What errors of the server and of the connection mean to us: the same work may succeed later, or never. */
import { ViewStoreUnavailableError } from '@trunkline/ports'

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html and MariaDB's list of error codes. */
const LATER: ReadonlySet<number> = new Set([
  1021, // disk full
  1040, // too many connections
  1053, // server shutdown
  1077, // normal shutdown
  1114, // table (space) full
  1152, // aborting connection
  1158, // network read error
  1159, // network read timeout
  1160, // network write error
  1161, // network write timeout
  1203, // too many connections of this user
  1205, // lock wait timeout
  1213, // deadlock
  1226, // resource limit of this user
  1290, // read-only while another server takes over
  1317, // query interrupted
  1412, // table definition changed while a snapshot was read
  1836, // read-only mode
  1927, // connection killed (MariaDB)
  3024, // query took too long
  4031, // connection idle for too long (MySQL)
])
const NETWORK: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
])
/** With these the server answers a statement and ends the connection. */
const ENDED: ReadonlySet<number> = new Set([1053, 1152, 1927, 4031])
const TABLE_CHANGED = 1412
const DUPLICATE = 1062
const NO_SUCH_TABLE = 1146

type Trouble = {
  readonly code?: unknown
  readonly errno?: unknown
  readonly message?: unknown
  readonly fatal?: unknown
}

const asTrouble = (error: unknown): Trouble => (typeof error === 'object' && error !== null ? error : {})

export function isUnavailable(error: unknown): boolean {
  const { code, errno, message } = asTrouble(error)
  if (typeof errno === 'number' && LATER.has(errno)) return true
  if (typeof code === 'string' && NETWORK.has(code)) return true
  return typeof message === 'string' && /closed state|Connection lost/.test(message)
}

/** The connection is gone, or its answer did not come: nothing more can be said on it. */
export function isLost(error: unknown): boolean {
  const { code, errno, fatal } = asTrouble(error)
  if (typeof errno === 'number' && ENDED.has(errno)) return true
  return fatal === true || (typeof code === 'string' && NETWORK.has(code))
}

/** A table was replaced since the snapshot was taken. */
export const isTableChanged = (error: unknown): boolean => asTrouble(error).errno === TABLE_CHANGED

export const isNoSuchTable = (error: unknown): boolean => asTrouble(error).errno === NO_SUCH_TABLE

export const isDuplicate = (error: unknown): boolean => asTrouble(error).errno === DUPLICATE

/** The one error that callers know for what may go away; all others as they are. */
export function translate(error: unknown): unknown {
  if (!isUnavailable(error)) return error
  return new ViewStoreUnavailableError(`view store: ${String(asTrouble(error).message)}`, { cause: error })
}
