import { AccessError, type Access, type Viewer } from '@trunkline/access'
import type { Logger } from 'pino'
import { toApiError } from '../errors/index.js'
import type { OperationGate } from '../limits/operation-gate.js'

/**
 * Resolves with the viewer of a token; counts a refused one against the address it came from. Rejects with
 * UNAUTHENTICATED, RATE_LIMITED or UNAVAILABLE.
 */
export async function authenticate(
  token: string | undefined,
  address: string,
  parts: { readonly access: Access; readonly gate: OperationGate; readonly logger: Logger },
): Promise<Viewer> {
  try {
    return await parts.access.verifyToken(token)
  } catch (error) {
    if (error instanceof AccessError && !error.retryable && error.code !== 'TOKEN_MISSING') {
      parts.gate.countRefusal(address)
    }
    throw toApiError(error, parts.logger)
  }
}
