import type { ErrorType } from '@kurrent/kurrentdb-client'
import { EventStoreUnavailableError, RevisionConflictError } from '@trunkline/ports'
import { KurrentUrlError } from './kurrent-url.js'

/** KurrentDB will never take or give this: too large, a deleted stream, a server that is too old. Trying again is no use. */
export class KurrentRefusedError extends Error {
  readonly code = 'EVENT_STORE_REFUSED'
  readonly retryable = false
}

/** Statuses of gRPC (https://grpc.io/docs/guides/status-codes/) that the same request meets every time. */
const INVALID_ARGUMENT = 3
const OUT_OF_RANGE = 11
/** What the server answers when its own wait for a write is over. */
const ABORTED = 10

type ErrorText = `${ErrorType}`
const WRONG_EXPECTED_VERSION: ErrorText = 'wrong-expected-version'
const STREAM_NOT_FOUND: ErrorText = 'stream-not-found'
const NOT_LEADER: ErrorText = 'not-leader'
/** Types of the client's errors that the same request meets every time. */
const FINAL: ReadonlySet<unknown> = new Set<ErrorText>([
  'stream-deleted',
  'stream-tombstoned',
  'maximum-append-size-exceeded',
  'append-record-size-exceeded',
  'transaction-max-size-exceeded',
  'invalid-argument',
  'missing-required-metadata-property',
  'unsupported',
])

/**
 * What an error of the client means to callers. Everything that is not known to be final counts as unavailable: whether an
 * append stands is not known then, and the same append answers that. Denied access is among these, since it ends when the
 * operator mends it.
 */
export function translate(error: unknown, where: string): Error {
  if (error instanceof EventStoreUnavailableError || error instanceof KurrentRefusedError) return error
  if (error instanceof KurrentUrlError) return error
  const { type, code, message } = parts(error)
  if (type === WRONG_EXPECTED_VERSION) return new RevisionConflictError(message, { cause: error })
  const text = `KurrentDB at ${where}: ${message}`
  const final = FINAL.has(type) || code === INVALID_ARGUMENT || code === OUT_OF_RANGE
  return final
    ? new KurrentRefusedError(text, { cause: error })
    : new EventStoreUnavailableError(text, { cause: error })
}

/** The stream that was to be read does not exist. */
export function isNotFound(error: unknown): boolean {
  return parts(error).type === STREAM_NOT_FOUND
}

/** Another node of the cluster leads. */
export function isNotLeader(error: unknown): boolean {
  return parts(error).type === NOT_LEADER
}

/** The server gave up waiting for its own writer; the same append, made again, tells whether it stands. */
export function isServerTimeout(error: unknown): boolean {
  return parts(error).code === ABORTED
}

interface Parts {
  readonly type: unknown
  readonly code: unknown
  readonly message: string
}

/** The client throws objects of several kinds, in places even texts. */
function parts(error: unknown): Parts {
  if (typeof error !== 'object' || error === null) return { type: undefined, code: undefined, message: String(error) }
  const { type, code, message, name } = error as { type?: unknown; code?: unknown; message?: unknown; name?: unknown }
  return { type, code, message: typeof message === 'string' && message !== '' ? message : String(name ?? 'no reason') }
}
