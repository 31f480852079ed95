import type { Viewer } from '@trunkline/access'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { ApiError } from '../errors/index.js'
import type { Limits } from './limits.js'
import { operationSize } from './operation-cost.js'
import { TokenBuckets } from '@trunkline/runtime'

/** One more token of the rate limit for each so many objects of cost. */
const COST_PER_TOKEN = 500

export interface OperationRequest {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>> | undefined
  readonly viewer: Viewer
}

/** Decides whether a valid operation may run; the same for HTTP and WebSocket. */
export class OperationGate {
  private readonly viewers: TokenBuckets
  private readonly refused: TokenBuckets

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: Limits,
    private readonly introspection: boolean,
  ) {
    this.viewers = new TokenBuckets(limits.burst, limits.perSecond)
    this.refused = new TokenBuckets(limits.refusedBurst, limits.refusedPerSecond)
  }

  /** Throws TOO_COMPLEX, FORBIDDEN or RATE_LIMITED. */
  admit({ document, operation, variables, viewer }: OperationRequest): void {
    const { maxAliases, maxCost, maxDepth } = this.limits
    const size = operationSize(this.schema, document, operation, variables)
    if (size.depth > maxDepth) throw new ApiError('TOO_COMPLEX', `deeper than ${maxDepth} levels`)
    if (size.aliases > maxAliases) throw new ApiError('TOO_COMPLEX', `more than ${maxAliases} aliases`)
    if (size.cost > maxCost)
      throw new ApiError('TOO_COMPLEX', `cost ${size.cost}, at most ${maxCost}; ask for smaller pages`)
    if (size.introspects && !this.introspection && viewer.role !== 'admin') throw new ApiError('FORBIDDEN')
    this.countRequest(viewer, 1 + Math.floor(size.cost / COST_PER_TOKEN))
  }

  /** Counts a request of a viewer; throws RATE_LIMITED. */
  countRequest(viewer: Viewer, tokens = 1): void {
    if (!this.viewers.take(`${viewer.role} ${viewer.tenant} ${viewer.user}`, tokens)) throw new ApiError('RATE_LIMITED')
  }

  /** Counts a refused token; throws RATE_LIMITED when this address had too many, so that guessing gets slow. */
  countRefusal(address: string): void {
    if (!this.refused.take(address)) throw new ApiError('RATE_LIMITED')
  }
}
