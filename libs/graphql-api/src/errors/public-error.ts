import { randomUUID } from 'node:crypto'
import { AccessError } from '@trunkline/access'
import { AccountError } from '@trunkline/accounts'
import { Problem } from '@trunkline/command-http'
import { CommandError } from '@trunkline/commands'
import { ProvisioningError, type Fault } from '@trunkline/domain'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Logger } from 'pino'
import { ApiError } from './api-error.js'
import { API_ERRORS, type ApiErrorCode } from './catalogue.js'
import { withoutValues } from './without-values.js'

/** Codes that Apollo Server and graphql-js give to faults of the request itself. */
const REQUEST_FAULTS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])
const RETRYABLE_CAUSES = new Set(['VIEW_STORE_UNAVAILABLE', 'LOG_UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE'])

/** Turns anything thrown into an {@link ApiError}; what is not meant for clients is logged and replaced. */
export function toApiError(thrown: unknown, logger: Logger): ApiError {
  const cause = rootCause(thrown)
  if (cause instanceof ApiError) return cause
  if (cause instanceof AccessError) {
    return cause.retryable ? new ApiError('UNAVAILABLE') : new ApiError('UNAUTHENTICATED', cause.message)
  }
  if (cause instanceof Problem && isKnown(cause.code)) {
    return new ApiError(cause.code, cause.details.detail, errorsOf(cause.details.errors ?? []))
  }
  if (cause instanceof ProvisioningError) return new ApiError(cause.code, undefined, errorsOf(cause.faults))
  if (cause instanceof CommandError) {
    const { code, faults, revision } = cause
    return new ApiError(code, undefined, { ...errorsOf(faults), ...(revision === undefined ? {} : { revision }) })
  }
  if (cause instanceof AccountError) {
    const { faults = [], retryAfterSeconds, errorId } = cause.details
    return new ApiError(cause.code, undefined, {
      ...errorsOf(faults),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(errorId === undefined ? {} : { errorId }),
    })
  }
  const code = (cause as { code?: unknown } | undefined)?.code
  if (typeof code === 'string' && RETRYABLE_CAUSES.has(code)) {
    logger.warn({ err: cause }, 'a store is not available')
    return new ApiError('UNAVAILABLE')
  }
  const errorId = randomUUID()
  logger.error({ err: cause, errorId }, 'unexpected error in the API')
  return new ApiError('INTERNAL', API_ERRORS.INTERNAL.meaning, { errorId })
}

const isKnown = (code: string): code is ApiErrorCode => code in API_ERRORS

/** Which field breaks which rule; never a value. */
function errorsOf(faults: readonly Fault[]): { readonly errors?: readonly Fault[] } {
  return faults.length === 0 ? {} : { errors: faults.map(({ field, rule }) => ({ field, rule })) }
}

/** The error as it goes over the wire: path and place stay, everything else comes from the catalogue. */
export function publicError(thrown: unknown, logger: Logger): GraphQLFormattedError {
  const error = thrown instanceof GraphQLError ? thrown : undefined
  const where = {
    ...(error?.locations ? { locations: error.locations } : {}),
    ...(error?.path ? { path: error.path } : {}),
  }
  if (error !== undefined && isRequestFault(error)) {
    return { message: withoutValues(error.message), ...where, extensions: describe('BAD_USER_INPUT') }
  }
  const api = toApiError(thrown, logger)
  const { http: _http, ...extensions } = api.extensions as Record<string, unknown>
  return { message: api.message, ...where, extensions }
}

function isRequestFault(error: GraphQLError): boolean {
  if (error instanceof ApiError || rootCause(error) instanceof ApiError) return false
  const code = error.extensions['code']
  if (typeof code === 'string') return REQUEST_FAULTS.has(code)
  // graphql-js itself: a fault found in the document before execution has a place but neither path nor cause.
  return error.originalError === undefined && error.path === undefined && error.locations !== undefined
}

function rootCause(thrown: unknown): unknown {
  let cause = thrown
  while (cause instanceof GraphQLError && !(cause instanceof ApiError) && cause.originalError)
    cause = cause.originalError
  return cause
}

function describe(code: ApiErrorCode): { code: ApiErrorCode; retryable: boolean } {
  return { code, retryable: API_ERRORS[code].retryable }
}
