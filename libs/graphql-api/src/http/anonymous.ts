import type { Role, Viewer } from '@trunkline/access'
import { getOperationAST, Kind, parse } from 'graphql'
import { OPEN_MUTATIONS } from '../mutations/account-mutations.js'

/** Whoever has no token: no role of a token, so that nothing is open to it by oversight. */
export const ANONYMOUS = 'anonymous' as Role

/** By its address, so that each pays for its own requests. */
export function anonymousViewer(address: string): Viewer {
  return { role: ANONYMOUS, tenant: '', user: address, expiresAt: Number.MAX_SAFE_INTEGER }
}

/** Whether a request asks for nothing but mutations that need no token, such as `login`. */
export function needsNoToken(body: unknown, maxTokens: number): boolean {
  const { query, operationName } = (body ?? {}) as { query?: unknown; operationName?: unknown }
  if (typeof query !== 'string' || !/\bmutation\b/.test(query)) return false
  try {
    const document = parse(query, { maxTokens })
    const operation = getOperationAST(document, typeof operationName === 'string' ? operationName : undefined)
    return (
      operation?.operation === 'mutation' &&
      operation.selectionSet.selections.every((one) => one.kind === Kind.FIELD && OPEN_MUTATIONS.has(one.name.value))
    )
  } catch {
    return false
  }
}
