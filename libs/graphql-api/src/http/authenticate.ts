import { AccessError, type Access, type Viewer } from '@trunkline/access'
import type { OperationGate } from '../limits/operation-gate.js'

/** Resolves with the viewer of a token; counts a refused one against the address it came from. */
export async function authenticate(
  token: string | undefined,
  address: string,
  parts: { readonly access: Access; readonly gate: OperationGate },
): Promise<Viewer> {
  try {
    return await parts.access.verifyToken(token)
  } catch (error) {
    if (error instanceof AccessError && !error.retryable && error.code !== 'TOKEN_MISSING') {
      parts.gate.countRefusal(address)
    }
    throw error
  }
}
