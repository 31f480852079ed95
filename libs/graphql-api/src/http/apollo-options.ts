import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import { bearerToken, type Access } from '@trunkline/access'
import type { RestServices } from '@trunkline/command-http'
import type { ViewReader } from '@trunkline/ports'
import { traceOf } from '@trunkline/runtime'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ApiError, publicError } from '../errors/index.js'
import type { Limits } from '../limits/limits.js'
import type { OperationGate } from '../limits/operation-gate.js'
import { createLoaders } from '../loaders/loaders.js'
import type { ApiContext, OpenPersons } from '../queries/context.js'
import { finishSchema } from '../schema/finish-schema.js'
import { anonymousViewer, needsNoToken } from './anonymous.js'
import { authenticate } from './authenticate.js'

export interface ApolloParts {
  readonly access: Access
  readonly store: ViewReader
  readonly services: RestServices | undefined
  readonly openPersons: OpenPersons | undefined
  readonly logger: Logger
  readonly limits: Limits
  readonly development: boolean
  /** Known once the schema is built, which is before the first request. */
  readonly gate: () => OperationGate
}

/** How Apollo Server runs here: closed errors, no batches, no persisted queries, no page from a foreign address. */
export function apolloOptions(parts: ApolloParts): ApolloDriverConfig {
  const { store, logger, development, limits } = parts
  return {
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    transformSchema: finishSchema,
    graphiql: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // Introspection is decided by the gate, which knows who asks.
    introspection: true,
    hideSchemaDetailsFromClientErrors: !development,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    autoTransformHttpErrors: false,
    parseOptions: { maxTokens: limits.maxTokens },
    plugins: [ApolloServerPluginCacheControlDisabled(), gatePlugin(parts)],
    formatError: (_formatted, error) => publicError(error, logger),
    context: async (request: FastifyRequest): Promise<ApiContext> => {
      const token = bearerToken(request.headers.authorization)
      const isOpen = token === undefined && needsNoToken(request.body, limits.maxTokens)
      const viewer = isOpen
        ? anonymousViewer(request.ip)
        : await authenticate(token, request.ip, { access: parts.access, gate: parts.gate(), logger })
      return {
        viewer,
        reader: store,
        loaders: createLoaders(store, viewer, parts.openPersons),
        services: parts.services,
        address: request.ip,
        ...traceOf(request.headers),
      }
    },
  }
}

function gatePlugin(parts: ApolloParts): ApolloServerPlugin {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operation, request, contextValue }) => {
          if (operation === undefined) throw new ApiError('BAD_USER_INPUT', 'name the operation to run')
          if (operation.operation === 'subscription') {
            throw new ApiError('BAD_USER_INPUT', 'subscriptions are served over WebSocket (graphql-transport-ws)')
          }
          const { viewer } = contextValue as unknown as ApiContext
          parts.gate().admit({ document, operation, variables: request.variables, viewer })
          return Promise.resolve()
        },
      }),
  }
}
