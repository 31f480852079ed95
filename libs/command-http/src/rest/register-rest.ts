import { ALL_TENANTS, AccessError, bearerToken, type Viewer } from '@trunkline/access'
import { TokenBuckets, traceOf, type Logger } from '@trunkline/runtime'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { invalid, Problem, toProblem } from './problem.js'
import { expectedRevision, idempotencyKey } from './request-headers.js'
import { retryAfterSeconds } from './rest-errors.js'
import { pathFields, takesQuery, type RestOperation } from './rest-operation.js'
import { REST_PREFIX } from './rest-prefix.js'
import type { RestServices } from './rest-services.js'

export interface RestLimits {
  readonly maxBodyBytes: number
  /** Of operations that need no token: reading what strangers send must cost little. */
  readonly maxOpenBodyBytes: number
  /** Requests that a viewer may make at once, and how many come back each second. */
  readonly burst: number
  readonly perSecond: number
  /** The same for an address whose token was refused, and for one that logs in. */
  readonly refusedBurst: number
  readonly refusedPerSecond: number
}

/** A bulk of 10,000 users with all that one may have fits the body. */
export const REST_LIMITS: RestLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  maxOpenBodyBytes: 16 * 1024,
  burst: 200,
  perSecond: 50,
  refusedBurst: 20,
  refusedPerSecond: 1,
}

declare module 'fastify' {
  interface FastifyRequest {
    viewer: Viewer | undefined
    correlationId: string
  }
}

export interface RestOptions {
  readonly operations: readonly RestOperation[]
  readonly services: RestServices
  /** Served at /v1/openapi.json, for everyone. */
  readonly document: unknown
  readonly limits?: Partial<RestLimits> | undefined
}

/** Mounts the operations below /v1, apart from whatever else the server serves. */
export function registerRest(server: FastifyInstance, { operations, services, document, limits }: RestOptions): void {
  const gate = new RequestGate({ ...REST_LIMITS, ...limits }, services)
  const { maxBodyBytes, maxOpenBodyBytes } = gate.limits
  const { logger } = services
  const mount = (scope: FastifyInstance) => {
    scope.decorateRequest('viewer', undefined)
    scope.decorateRequest('correlationId', '')
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: maxBodyBytes },
      (_request, body, done) => {
        try {
          done(null, parseJson(body as Buffer))
        } catch (error) {
          done(error as Error)
        }
      },
    )
    scope.setErrorHandler((error, request, reply) => sendProblem(error, request, { reply, logger }))
    scope.setNotFoundHandler((request, reply) => {
      request.correlationId ||= traceOf(request.headers).correlationId
      return sendProblem(new Problem('NO_SUCH_PATH'), request, { reply, logger })
    })
    scope.addHook('onRequest', async (request, reply) => {
      request.correlationId = traceOf(request.headers).correlationId
      reply.headers({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-correlation-id': request.correlationId,
      })
    })
    scope.addHook('onResponse', async (request, reply) => logRequest(request, reply, logger))
    scope.get('/openapi.json', { config: { operation: 'openapi' } }, () => document)
    for (const operation of operations) {
      scope.route({
        method: operation.method,
        url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
        bodyLimit: operation.roles === 'anyone' ? maxOpenBodyBytes : maxBodyBytes,
        config: { operation: operation.id },
        onRequest: async (request) => {
          request.viewer = await gate.admit(operation, request)
        },
        handler: async (request, reply) => {
          const { status, body, headers } = await operation.run(callOf(operation, request), services)
          return reply
            .status(status)
            .headers(headers ?? {})
            .send(body)
        },
      })
    }
  }
  void server.register(
    (scope, _options, done) => {
      mount(scope)
      done()
    },
    { prefix: REST_PREFIX },
  )
}

/** Who may come in: token, role, rate; all before a body is read. */
class RequestGate {
  readonly #viewers: TokenBuckets
  readonly #refused: TokenBuckets

  constructor(
    readonly limits: RestLimits,
    private readonly services: RestServices,
  ) {
    this.#viewers = new TokenBuckets(limits.burst, limits.perSecond)
    this.#refused = new TokenBuckets(limits.refusedBurst, limits.refusedPerSecond)
  }

  async admit({ roles }: RestOperation, request: FastifyRequest): Promise<Viewer | undefined> {
    if (roles === 'anyone') {
      if (!this.#viewers.take(`address ${request.ip}`)) throw new Problem('RATE_LIMITED')
      return undefined
    }
    const viewer = await this.#viewer(request)
    if (!this.#viewers.take(`${viewer.role} ${viewer.tenant} ${viewer.user}`)) throw new Problem('RATE_LIMITED')
    if (viewer.role !== 'admin' && !roles.includes(viewer.role)) throw new Problem('FORBIDDEN')
    return viewer
  }

  async #viewer(request: FastifyRequest): Promise<Viewer> {
    try {
      return await this.services.access.verifyToken(bearerToken(request.headers.authorization))
    } catch (error) {
      const counts = error instanceof AccessError && !error.retryable && error.code !== 'TOKEN_MISSING'
      if (counts && !this.#refused.take(request.ip)) throw new Problem('RATE_LIMITED')
      throw error
    }
  }
}

function callOf(operation: RestOperation, request: FastifyRequest) {
  const { headers } = request
  return {
    viewer: request.viewer,
    input: inputOf(operation, request),
    idempotencyKey: operation.command ? idempotencyKey(headers) : '',
    expectedRevision: operation.command ? expectedRevision(headers) : undefined,
    correlationId: request.correlationId,
    traceparent: traceOf(headers).traceparent,
    address: request.ip,
  }
}

/** Path, and query or body, as one object. */
function inputOf(operation: RestOperation, request: FastifyRequest): Record<string, unknown> {
  const path = request.params as Record<string, unknown>
  const query = request.query as Record<string, unknown>
  const body = request.body ?? {}
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('', 'must be a JSON object')
  const [rest, none, where] = takesQuery(operation) ? [query, body, 'query'] : [body, query, 'body']
  const stray = Object.keys(none)[0]
  if (stray !== undefined) throw invalid(stray.slice(0, 64), `must be in the ${where}`)
  for (const field of pathFields(operation.path)) {
    if (Object.hasOwn(rest, field)) throw invalid(field, 'must be in the path only')
  }
  return { ...rest, ...path }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** An empty body counts as none. A name `__proto__` is a name like any other here, and no field of any operation. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw new Problem('MALFORMED')
  }
}

function sendProblem(
  thrown: FastifyError | unknown,
  request: FastifyRequest,
  { reply, logger }: { readonly reply: FastifyReply; readonly logger: Logger },
): FastifyReply {
  const problem = toProblem(thrown, logger.child({ correlationId: request.correlationId }))
  const retryAfter = problem.details.retryAfterSeconds ?? retryAfterSeconds(problem.code)
  return reply
    .status(problem.status)
    .headers({
      'cache-control': 'no-store',
      'x-correlation-id': request.correlationId,
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    })
    .type('application/problem+json')
    .send(JSON.stringify(problem.toBody()))
}

/** The pattern of the path and never the path: names of people are in it. No header and no body is logged. */
function logRequest(request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const { viewer, correlationId, method } = request
  const { operation } = request.routeOptions.config as { operation?: string }
  const tenant = viewer?.tenant === ALL_TENANTS ? undefined : viewer?.tenant
  logger.info(
    { correlationId, method, operation, status: reply.statusCode, ms: Math.round(reply.elapsedTime), tenant },
    'request',
  )
}
