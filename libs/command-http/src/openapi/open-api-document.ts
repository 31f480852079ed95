import { pathFields, takesQuery, type RestOperation } from '../rest/rest-operation.js'
import { REST_ERRORS } from '../rest/rest-errors.js'
import { jsonSchema, type Json } from './json-schema.js'

const DESCRIPTION = `Provisioning of SIP users, trunks, numbers, routes, rooms, queues and menus.

Every command takes an \`Idempotency-Key\`: the same command with the same key is done once, and sent again it gets the same
answer. \`If-Match\` with the \`ETag\` that you have seen refuses the command when the thing has changed since. Errors are of
type \`application/problem+json\` (RFC 9457) with a stable \`code\`, and name fields and rules, never values.`

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(REST_ERRORS).sort() },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'rule'],
        properties: {
          field: {
            type: 'string',
            description: 'path in the input, such as limits.concurrentCalls or users[3].username',
          },
          rule: { type: 'string', description: 'the rule that is broken, in words' },
        },
      },
    },
    revision: { type: 'integer', description: 'that the thing has; with STALE_REVISION' },
    errorId: { type: 'string', description: 'stands in the log with the cause; with INTERNAL' },
  },
}

const HEADERS: Readonly<Record<string, Json>> = {
  ETag: { description: 'Revision of the thing, in quotes', schema: { type: 'string' } },
  Location: { description: 'Where the new thing is', schema: { type: 'string' } },
}

const COMMAND_HEADERS: readonly Json[] = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: '1 to 128 printable characters, such as a UUID; one for each command',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  {
    name: 'If-Match',
    in: 'header',
    description: 'ETag of the revision that you have seen, such as "5"',
    schema: { type: 'string' },
  },
]

/** The REST API as an OpenAPI 3.1 document. */
export function openApiDocument(operations: readonly RestOperation[], version: string): Json {
  const schemas: Record<string, Json> = { Problem: PROBLEM }
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const path = (paths[`/v1${operation.path}`] ??= {})
    path[operation.method.toLowerCase()] = describe(operation, schemas)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trunkline',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

function describe(operation: RestOperation, schemas: Record<string, Json>): Json {
  const { id, summary, group, roles, command, answers, path } = operation
  const input = jsonSchema(operation.input, schemas)
  const properties = (input['properties'] ?? {}) as Readonly<Record<string, Json>>
  const inPath = pathFields(path)
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name))
  // What has a default is always there once it is read, and need not be sent.
  const required = ((input['required'] ?? []) as readonly string[]).filter(
    (name) => properties[name]?.['default'] === undefined,
  )
  const parameters: Json[] = inPath.map((name) => parameter(name, 'path', { schema: properties[name], required: true }))
  const query = takesQuery(operation)
  if (query) {
    for (const name of rest) {
      parameters.push(parameter(name, 'query', { schema: properties[name], required: required.includes(name) }))
    }
  }
  if (command) parameters.push(...COMMAND_HEADERS)
  let requestBody: Json | undefined
  if (!query && rest.length > 0) {
    const name = `${capital(id)}Request`
    const needed = required.filter((field) => !inPath.includes(field))
    schemas[name] = {
      type: 'object',
      properties: Object.fromEntries(rest.map((field) => [field, properties[field]])),
      ...(needed.length === 0 ? {} : { required: needed }),
      additionalProperties: false,
    }
    requestBody = { required: needed.length > 0, content: json(reference(name)) }
  }
  return {
    operationId: id,
    summary,
    tags: [group],
    ...(roles === 'anyone'
      ? { security: [] }
      : { description: `Roles: ${[...new Set(['admin', ...roles])].join(', ')}.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responses(id, answers, schemas),
  }
}

function parameter(
  name: string,
  place: 'path' | 'query',
  { schema = {}, required }: { readonly schema: Json | undefined; readonly required: boolean },
): Json {
  const { description, ...rest } = schema
  return {
    name,
    in: place,
    ...(required ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }
}

function responses(id: string, answers: RestOperation['answers'], schemas: Record<string, Json>): Json {
  const described: Record<string, Json> = {}
  for (const [status, { description, schema, headers = [], mediaType = 'application/json' }] of Object.entries(
    answers,
  )) {
    const name = `${capital(id)}Answer`
    if (schema !== undefined) schemas[name] = jsonSchema(schema, schemas)
    described[status] = {
      description,
      ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map((one) => [one, HEADERS[one]])) }),
      ...(schema === undefined ? {} : { content: { [mediaType]: { schema: reference(name) } } }),
    }
  }
  described['default'] = {
    description: 'What went wrong',
    content: { 'application/problem+json': { schema: reference('Problem') } },
  }
  return described
}

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: Json): Json => ({ 'application/json': { schema } })
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
