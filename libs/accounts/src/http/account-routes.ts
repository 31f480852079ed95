import { bearerToken, type Access, type Viewer } from '@trunkline/access'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AccountError } from '../account-error.js'
import type { AccountParts } from '../account-parts.js'
import type { Accounts } from '../create-accounts.js'
import { ACCOUNT_OPERATIONS, type AccountOperation } from '../operations/index.js'
import { publicAccountError } from './public-account-error.js'

export interface AccountRoutesOptions {
  readonly accounts: Accounts
  /** As `accounts.guard(access)` gives it, so that tokens of ended sessions are refused. */
  readonly access: Access
  readonly logger: AccountParts['logger']
  /** IP address of the client; by default as Fastify has it, which trusts proxies only when told to. */
  readonly addressOf?: (request: FastifyRequest) => string
}

const BODY_LIMIT = 8192

/** Answers are JSON. An error is `{"error": {"code", "message", "retryable", …}}`. */
export function registerAccountRoutes(server: FastifyInstance, options: AccountRoutesOptions): void {
  for (const operation of ACCOUNT_OPERATIONS) {
    server.route({
      method: operation.rest.method,
      url: operation.rest.path.replace(/\{(\w+)\}/g, ':$1'),
      bodyLimit: BODY_LIMIT,
      errorHandler: (error, _request, reply) => void sendAccountError(reply, error, options.logger),
      handler: async (request, reply) => {
        try {
          const result = await answer(operation, request, options)
          return await noStore(reply).send(result)
        } catch (error) {
          return sendAccountError(reply, error, options.logger)
        }
      },
    })
  }
}

async function answer(
  operation: AccountOperation,
  request: FastifyRequest,
  options: AccountRoutesOptions,
): Promise<unknown> {
  const { accounts, access, addressOf = ({ ip }) => ip } = options
  const viewer = operation.needsToken ? await viewerOf(request, access) : undefined
  return operation.run({ accounts, viewer, address: addressOf(request) }, inputOf(operation, request))
}

async function viewerOf(request: FastifyRequest, access: Access): Promise<Viewer> {
  return access.verifyToken(bearerToken(request.headers.authorization))
}

/** What the path says cannot be said otherwise in the body. */
function inputOf({ rest }: AccountOperation, request: FastifyRequest): unknown {
  const params = request.params as Record<string, unknown>
  if (rest.method === 'GET') return { ...(request.query as object), ...params }
  const body = request.body ?? {}
  if (typeof body !== 'object' || Array.isArray(body)) throw new AccountError('BAD_REQUEST')
  if (Object.keys(params).some((name) => name in body)) throw new AccountError('BAD_REQUEST')
  return { ...body, ...params }
}

function sendAccountError(reply: FastifyReply, thrown: unknown, logger: AccountParts['logger']): FastifyReply {
  const error = publicAccountError(thrown, logger)
  const { code, message, retryable, details } = error
  if (details.retryAfterSeconds !== undefined) void reply.header('retry-after', String(details.retryAfterSeconds))
  return noStore(reply)
    .status(error.http)
    .send({ error: { code, message, retryable, ...details } })
}

/** Tokens must stay in no cache (RFC 6749, 5.1). */
function noStore(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
}
