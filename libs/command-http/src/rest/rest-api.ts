import type { FastifyInstance } from 'fastify'
import { openApiDocument } from '../openapi/open-api-document.js'
import { REST_OPERATIONS } from '../operations/rest-operations.js'
import { registerRest, type RestLimits } from './register-rest.js'
import type { RestServices } from './rest-services.js'

/** The whole REST API as something that a server mounts. */
export function restApi(services: RestServices, limits?: Partial<RestLimits>): (server: FastifyInstance) => void {
  const document = openApiDocument(REST_OPERATIONS, services.version)
  return (server) => registerRest(server, { operations: REST_OPERATIONS, services, document, limits })
}
