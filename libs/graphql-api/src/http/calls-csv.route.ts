import { Readable } from 'node:stream'
import { bearerToken, type Access } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import type { FastifyInstance } from 'fastify'
import {
  coerceInputValue,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
} from 'graphql'
import type { Logger } from 'pino'
import { ApiError } from '../errors/index.js'
import type { CallsFilter } from '../inputs/calls-filter.input.js'
import type { OperationGate } from '../limits/operation-gate.js'
import { authenticate } from './authenticate.js'
import { callsCsv } from './calls-csv.js'
import { sendError } from './catalogue.filter.js'

export interface CsvParts {
  readonly access: Access
  readonly gate: OperationGate
  readonly store: ViewReader
  readonly schema: GraphQLSchema
  readonly logger: Logger
}

/** An export costs as much of the rate limit as this many requests. */
const TOKENS = 20

/** `GET /calls.csv?from=…&direction=…`: the fields of `CallsFilter` as query parameters, lists with commas, and `orderBy`. */
export function registerCallsCsv(server: FastifyInstance, parts: CsvParts): void {
  const type = parts.schema.getType('CallsFilter')
  if (!isInputObjectType(type)) throw new Error('the schema has no CallsFilter')
  server.get('/calls.csv', async (request, reply) => {
    try {
      const viewer = await authenticate(bearerToken(request.headers.authorization), request.ip, parts)
      const { orderBy = 'desc', ...given } = request.query as Record<string, unknown>
      if (orderBy !== 'asc' && orderBy !== 'desc') throw new ApiError('BAD_USER_INPUT', 'orderBy is asc or desc')
      const filter = readFilter(type, given)
      parts.gate.countRequest(viewer, TOKENS)
      const rows = callsCsv(parts.store, { viewer, filter, order: orderBy })
      // The first page is read here, so that a fault in it is still answered as an error.
      const first = await rows.next()
      const text = Readable.from(prepend(first, rows), { objectMode: true, highWaterMark: 2 })
      return await reply
        .header('content-type', 'text/csv; charset=utf-8; header=present')
        .header('content-disposition', 'attachment; filename="calls.csv"')
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .send(text)
    } catch (error) {
      return sendError(reply, error, parts.logger)
    }
  })
}

async function* prepend(first: IteratorResult<string, unknown>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (!first.done) yield first.value
  yield* rest
}

/** Query parameters are text: numbers and booleans are read by the type of the field, then checked like GraphQL input. */
function readFilter(type: GraphQLInputObjectType, given: Readonly<Record<string, unknown>>): CallsFilter {
  const fields = type.getFields()
  const input: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined || typeof text !== 'string')
      throw new ApiError('BAD_USER_INPUT', 'unknown or repeated parameter')
    const named = getNamedType(field.type).name
    const read = (one: string): unknown => readScalar(named, one)
    input[name] = isListType(getNullableType(field.type)) ? text.split(',').map(read) : read(text)
  }
  return coerceInputValue(input, type, (path) => {
    throw new ApiError('BAD_USER_INPUT', `the parameter ${path.join('.')} is not valid`)
  }) as CallsFilter
}

function readScalar(type: string, text: string): unknown {
  if (type === 'Boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'Float' || type === 'Int' || type === 'Milliseconds') return text.trim() === '' ? text : Number(text)
  return text
}
