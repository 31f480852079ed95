import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { API_ERRORS, ApiError, toApiError } from '../errors/index.js'

/** Everything that goes wrong outside GraphQL answers with the same catalogue: `{ error: { code, message, … } }`. */
@Catch()
export class CatalogueFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): unknown {
    // In a resolver graphql-js takes an error that is returned as thrown; Apollo's formatError does the rest.
    if (host.getType<string>() === 'graphql') return thrown
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    return sendError(reply, thrown, this.logger)
  }
}

export function sendError(reply: FastifyReply, thrown: unknown, logger: Logger): FastifyReply {
  const error = fromHttp(thrown) ?? toApiError(thrown, logger)
  const { http: _http, ...rest } = error.extensions as Record<string, unknown>
  const status = fromHttp(thrown) === undefined ? API_ERRORS[error.code].http : statusOf(thrown)
  return reply.status(status).send({ error: { message: error.message, ...rest } })
}

/** Faults that Nest and Fastify find before a handler runs: no such route, body too large, broken JSON. */
function fromHttp(thrown: unknown): ApiError | undefined {
  const status = statusOf(thrown)
  if (status === 404) return new ApiError('NOT_FOUND')
  if (status === 413) return new ApiError('BAD_USER_INPUT', 'the body is larger than this viewer may send')
  return status >= 400 && status < 500 ? new ApiError('BAD_USER_INPUT', 'the request is not valid') : undefined
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof ApiError) return 0
  if (thrown instanceof HttpException) return thrown.getStatus()
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' ? status : 0
}
