import { randomUUID } from 'node:crypto'
import { AccessError } from '@trunkline/access'
import { ViewStoreUnavailableError } from '@trunkline/ports'
import { AccountError } from '../account-error.js'
import type { AccountParts } from '../account-parts.js'

/** The error of the catalogue for anything thrown; what is not meant for clients is logged and replaced. */
export function publicAccountError(thrown: unknown, logger: AccountParts['logger']): AccountError {
  if (thrown instanceof AccountError) return thrown
  if (thrown instanceof AccessError) return new AccountError(thrown.retryable ? 'UNAVAILABLE' : 'UNAUTHENTICATED')
  if (thrown instanceof ViewStoreUnavailableError) {
    logger.warn({ err: thrown }, 'the store of accounts is not available')
    return new AccountError('UNAVAILABLE')
  }
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode
  // found by Fastify before a handler runs: its words may repeat the body
  if (typeof status === 'number' && status >= 400 && status < 500) return new AccountError('BAD_REQUEST')
  const errorId = randomUUID()
  logger.error({ err: thrown, errorId }, 'unexpected error of accounts')
  return new AccountError('INTERNAL', { errorId })
}
