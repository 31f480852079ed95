import { z } from 'zod'
import { ACCOUNT_ERRORS } from '../account-error.js'
import { ACCOUNT_OPERATIONS, type AccountOperation } from '../operations/index.js'

type Json = Record<string, unknown>

/** Parts of an OpenAPI 3.1 document. The security scheme `bearer` is the document's own. */
export interface AccountOpenApi {
  readonly paths: Readonly<Record<string, Json>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

const REFERENCE = '#/components/schemas/'
const error = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ACCOUNT_ERRORS)),
      message: z.string(),
      retryable: z.boolean(),
      faults: z.array(z.object({ field: z.string(), rule: z.string() })).optional(),
      retryAfterSeconds: z.number().int().optional(),
      errorId: z.string().optional(),
    }),
  })
  .meta({ id: 'AccountError' })

export function accountOpenApi(): AccountOpenApi {
  const schemas: Record<string, Json> = {}
  const paths: Record<string, Json> = {}
  const failure = { description: failures(), content: jsonContent(toJson(error, 'output', schemas)) }
  for (const operation of ACCOUNT_OPERATIONS) {
    const { method, path } = operation.rest
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(operation, failure, schemas) }
  }
  return { paths, components: { schemas } }
}

function describeOperation(operation: AccountOperation, failure: Json, schemas: Record<string, Json>): Json {
  const { name, summary, needsToken, rest, input, output } = operation
  const inPath = [...rest.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const isQuery = rest.method === 'GET'
  const { properties = {}, required = [] } = toJson(input, isQuery ? 'output' : 'input', schemas) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  const names = Object.keys(properties)
  const parameters = names
    .filter((field) => isQuery || inPath.includes(field))
    .map((field) => {
      const { description, ...schema } = properties[field]!
      const isInPath = inPath.includes(field)
      const common = { name: field, in: isInPath ? 'path' : 'query', schema }
      // a field with a default is always there once it is read, but need not be given
      const isRequired = isInPath || (required.includes(field) && !('default' in schema))
      return { ...common, required: isRequired, ...(description === undefined ? {} : { description }) }
    })
  const inBody = isQuery ? [] : names.filter((field) => !inPath.includes(field))
  const body = {
    type: 'object',
    properties: Object.fromEntries(inBody.map((field) => [field, properties[field]!])),
    required: required.filter((field) => inBody.includes(field)),
    additionalProperties: false,
  }
  return {
    operationId: name,
    summary,
    tags: ['Accounts'],
    security: needsToken ? [{ bearer: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(inBody.length === 0 ? {} : { requestBody: { required: true, content: jsonContent(body) } }),
    responses: {
      200: { description: 'Done.', content: jsonContent(toJson(output, 'output', schemas)) },
      default: failure,
    },
  }
}

const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } })

/** Schemas with an id go to the components, and are referred to. */
function toJson(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const {
    $schema: _draft,
    $defs = {},
    ...json
  } = z.toJSONSchema(schema, { io }) as Json & { $defs?: Record<string, Json> }
  const moved = (part: unknown): Json =>
    JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', `"${REFERENCE}`)) as Json
  for (const [id, part] of Object.entries($defs)) schemas[id] = withoutId(moved(part))
  const { id } = json as { id?: string }
  if (id === undefined) return moved(json)
  schemas[id] = withoutId(moved(json))
  return { $ref: `${REFERENCE}${id}` }
}

function withoutId({ id: _id, ...json }: Json): Json {
  return json
}

function failures(): string {
  const lines = Object.entries(ACCOUNT_ERRORS).map(([code, { http, meaning }]) => `- \`${code}\` (${http}): ${meaning}`)
  return ['Refused. The code is one of these:', '', ...lines].join('\n')
}
