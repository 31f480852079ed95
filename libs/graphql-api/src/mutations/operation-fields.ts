import { REST_OPERATIONS, type RestOperation } from '@trunkline/command-http'
import {
  GraphQLBoolean,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'
import { ALLOW } from '../schema/allow.js'
import { shapeOfSchema, type Shape } from './json-shape.js'
import { plain } from './plain.js'
import type { SchemaTypes } from './schema-types.js'

type OperationField = GraphQLFieldConfig<unknown, ApiContext>
type OperationFields = Record<string, OperationField>

/** What the REST API does beside the commands of single things, by the field that does the same here. */
const MUTATIONS = {
  createSipUsers: 'createSipUsers',
  takeBulkCredentials: 'takeBulkCredentials',
  reconcile: 'reconcile',
  liftBan: 'liftBan',
  createWebhook: 'createWebhook',
  updateWebhook: 'updateWebhook',
  removeWebhook: 'removeWebhook',
  replayWebhook: 'replayWebhook',
}
const QUERIES = {
  bulkJob: 'getBulkJob',
  bulkFailures: 'listBulkFailures',
  bulkCreated: 'listBulkCreated',
  reconciliations: 'listReconciliations',
  kamailioBans: 'listBans',
  webhooks: 'listWebhooks',
  webhookDeliveries: 'listWebhookDeliveries',
}

const KEY = {
  type: new GraphQLNonNull(GraphQLString),
  description: 'A new UUID for each job; the same one again when the request is repeated',
}

/** Names of the fields of Query that {@link operationQueries} makes. */
export const OPERATION_QUERIES: readonly string[] = Object.keys(QUERIES)

/** Mutations take one `input`, as those of commands do. */
export function operationMutations(types: SchemaTypes): OperationFields {
  return fieldsOf(MUTATIONS, (name, operation) => {
    const shape = inputOf(operation)
    const type = new GraphQLNonNull(types.input(shape, capital(name)) as GraphQLInputType)
    return {
      ...common(types, name, operation),
      args: {
        ...(Object.keys(shape.fields).length === 0 ? {} : { input: { type } }),
        ...(operation.command ? { idempotencyKey: KEY } : {}),
      },
      resolve: (_source, { input = {}, idempotencyKey = '' }, context) =>
        run(operation, { input: withoutNulls(plain(input), shape), idempotencyKey: idempotencyKey as string }, context),
    }
  })
}

/** Queries take what they need as arguments. */
export function operationQueries(types: SchemaTypes): OperationFields {
  return fieldsOf(QUERIES, (name, operation) => {
    const shape = inputOf(operation)
    const args: GraphQLFieldConfigArgumentMap = Object.fromEntries(
      Object.entries(shape.fields).map(([field, { shape: inner, required }]) => {
        const type = types.input(inner, capital(name)) as GraphQLInputType
        const needed = required ? (new GraphQLNonNull(type) as GraphQLInputType) : type
        return [field, { type: needed, description: inner.description }]
      }),
    )
    return {
      ...common(types, name, operation),
      args,
      resolve: (_source, given, context) =>
        run(operation, { input: withoutNulls(plain(given), shape), idempotencyKey: '' }, context),
    }
  })
}

function fieldsOf(
  names: Readonly<Record<string, string>>,
  make: (name: string, operation: RestOperation) => OperationField,
): OperationFields {
  return Object.fromEntries(
    Object.entries(names).map(([name, id]) => [
      name,
      make(
        name,
        REST_OPERATIONS.find((one) => one.id === id)!,
      ),
    ]),
  )
}

function common(types: SchemaTypes, name: string, operation: RestOperation) {
  const { answers, roles, summary } = operation
  const [answer] = Object.values(answers)
  const typeName = `${capital(name)}Payload`
  const type =
    answer?.schema === undefined
      ? new GraphQLObjectType({ name: typeName, fields: { done: { type: new GraphQLNonNull(GraphQLBoolean) } } })
      : (types.output(shapeOfSchema(answer.schema, name), typeName) as GraphQLOutputType & GraphQLObjectType)
  return {
    description: summary,
    type: new GraphQLNonNull(type),
    extensions: { [ALLOW]: ['admin', ...roles] },
  }
}

interface Asked {
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotencyKey: string
}

async function run(operation: RestOperation, asked: Asked, context: ApiContext): Promise<unknown> {
  const { services, viewer, correlationId = '', traceparent, address = '' } = context
  if (services === undefined) throw new ApiError('PROVISIONING_OFF')
  const call = { ...asked, viewer, expectedRevision: undefined, correlationId, traceparent, address }
  const { body } = await operation.run(call, services)
  return body ?? { done: true }
}

function inputOf({ id, input }: RestOperation): Shape & { readonly kind: 'object' } {
  const shape = shapeOfSchema(input, id)
  if (shape.kind !== 'object') throw new Error(`${id}: the input must be an object`)
  return shape
}

/** What is null and cannot be was left out: GraphQL has no other word for it. */
function withoutNulls(given: unknown, shape: Shape & { readonly kind: 'object' }): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(given as object).filter(([name, value]) => value !== null || shape.fields[name]?.shape.nullable),
  )
}

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`
