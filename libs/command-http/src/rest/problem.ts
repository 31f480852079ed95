import { randomUUID } from 'node:crypto'
import { AccessError } from '@trunkline/access'
import { AccountError } from '@trunkline/accounts'
import { CommandError } from '@trunkline/commands'
import { ProvisioningError, type Fault } from '@trunkline/domain'
import type { Logger } from '@trunkline/runtime'
import { REST_ERRORS, type RestErrorCode } from './rest-errors.js'

interface Details {
  readonly errors?: readonly Fault[]
  readonly errorId?: string
  /** Revision that the thing has, for STALE_REVISION. */
  readonly revision?: number
  readonly detail?: string
  readonly retryAfterSeconds?: number
}

/** What goes wrong, as it may be told (RFC 9457). Never holds a value that was sent. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly code: RestErrorCode,
    readonly details: Details = {},
  ) {
    super(REST_ERRORS[code].meaning)
  }

  get status(): number {
    return REST_ERRORS[this.code].status
  }

  /** The body of type application/problem+json. */
  toBody(): Record<string, unknown> {
    const { errors, errorId, revision, detail } = this.details
    return {
      type: 'about:blank',
      title: REST_ERRORS[this.code].meaning,
      status: this.status,
      code: this.code,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined || errors.length === 0 ? {} : { errors }),
      ...(revision === undefined ? {} : { revision }),
      ...(errorId === undefined ? {} : { errorId }),
    }
  }
}

export function invalid(field: string, rule: string): Problem {
  return new Problem('INVALID', { errors: [{ field, rule }] })
}

const HTTP_CODES: Readonly<Record<number, RestErrorCode>> = {
  404: 'NO_SUCH_PATH',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
}

/** Turns anything thrown into a problem; what is not meant for clients is logged and replaced. */
export function toProblem(thrown: unknown, logger: Logger): Problem {
  if (thrown instanceof Problem) return thrown
  if (thrown instanceof AccessError) {
    return thrown.retryable
      ? new Problem('UNAVAILABLE')
      : new Problem('UNAUTHENTICATED', { detail: `Refused: ${thrown.message}.` })
  }
  if (thrown instanceof ProvisioningError) return new Problem(thrown.code, { errors: thrown.faults })
  if (thrown instanceof CommandError) {
    const { code, faults, revision } = thrown
    return new Problem(code, { errors: faults, ...(revision === undefined ? {} : { revision }) })
  }
  if (thrown instanceof AccountError) {
    const { faults = [], retryAfterSeconds, errorId } = thrown.details
    return new Problem(thrown.code, {
      errors: faults,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(errorId === undefined ? {} : { errorId }),
    })
  }
  const { retryable, statusCode } = (thrown ?? {}) as { retryable?: unknown; statusCode?: unknown }
  if (retryable === true) {
    logger.warn({ err: thrown }, 'a store is not available')
    return new Problem('UNAVAILABLE')
  }
  // Faults that Fastify finds before a handler runs have a status of the client's kind.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Problem(HTTP_CODES[statusCode] ?? 'MALFORMED')
  }
  const errorId = randomUUID()
  logger.error({ err: thrown, errorId }, 'unexpected error in the API')
  return new Problem('INTERNAL', { errorId })
}
