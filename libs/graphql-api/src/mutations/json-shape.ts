import { z } from 'zod'

/** JSON Schema as far as commands use it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly id?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The same, in the few forms that GraphQL knows. */
export type Shape = { readonly nullable: boolean; readonly description: string | undefined } & (
  | { readonly kind: 'string' | 'int' | 'float' | 'boolean' | 'time' | 'isoTime' }
  | { readonly kind: 'enum'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'object'; readonly id?: string | undefined; readonly fields: Readonly<Record<string, Field>> }
)
export interface Field {
  readonly shape: Shape
  readonly required: boolean
}

/** How a whole number that is a moment is described; GraphQL's Int is too small for it. */
const MOMENT = 'ms since 1970-01-01 UTC'

export function shapeOfSchema(schema: z.ZodType, place: string): Shape {
  const json = z.toJSONSchema(schema, { io: 'output' }) as unknown as JsonSchema
  return shapeOf(resolved(json, json.$defs ?? {}) as JsonSchema, place)
}

/** References replaced by what they refer to. */
function resolved(value: unknown, defs: Readonly<Record<string, JsonSchema>>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolved(one, defs))
  if (typeof value !== 'object' || value === null) return value
  const { $ref, $defs: _defs, ...json } = value as JsonSchema
  if ($ref !== undefined) {
    const id = $ref.slice('#/$defs/'.length)
    return { ...(resolved(defs[id], defs) as JsonSchema), id }
  }
  return Object.fromEntries(Object.entries(json).map(([key, one]) => [key, resolved(one, defs)]))
}

/** Throws for what GraphQL has no type for; `place` names it. */
export function shapeOf(json: JsonSchema, place: string): Shape {
  const { type } = json
  const branches =
    json.anyOf ?? json.oneOf ?? (typeof type === 'object' ? type.map((one) => ({ ...json, type: one })) : undefined)
  const base = { nullable: false, description: json.description }
  if (branches !== undefined) {
    const some = branches.filter((branch) => branch.type !== 'null')
    const nullable = some.length < branches.length
    // What is said of a branch and of null together is said of the branch.
    const [only] = some
    if (some.length === 1) return { ...shapeOf({ ...only!, ...described(json, only!) }, place), nullable }
    const one = some.map((branch) => shapeOf(branch, place)).reduce((a, b) => merge(a, b, place))
    return { ...one, nullable: nullable || one.nullable, description: json.description }
  }
  const words = json.enum?.filter((word) => word !== null) ?? (json.const === undefined ? undefined : [json.const])
  if (words !== undefined && words.every((word) => typeof word === 'string')) return { ...base, kind: 'enum', words }
  switch (type) {
    case 'string':
      return { ...base, kind: json.format === 'date-time' ? 'isoTime' : 'string' }
    case 'boolean':
      return { ...base, kind: 'boolean' }
    case 'integer':
      return { ...base, kind: json.description === MOMENT ? 'time' : 'int' }
    case 'number':
      return { ...base, kind: 'float' }
    case 'array':
      if (json.items === undefined) break
      return { ...base, kind: 'list', item: shapeOf(json.items, `${place}[]`) }
    case 'object': {
      if (json.properties === undefined) break
      const required = new Set(json.required)
      const fields = Object.entries(json.properties).map(([name, inner]) => {
        const shape = shapeOf(inner, `${place}.${name}`)
        return [name, { shape, required: required.has(name) }] as const
      })
      return { ...base, kind: 'object', id: json.id, fields: Object.fromEntries(fields) }
    }
    default:
      break
  }
  throw new Error(`${place}: GraphQL has no type for ${JSON.stringify(json).slice(0, 200)}`)
}

function described(json: JsonSchema, branch: JsonSchema): { readonly description?: string } {
  const description = json.description ?? branch.description
  return description === undefined ? {} : { description }
}

/**
 * One shape for what may be this or that. Objects become one with the fields of both, those that only one has optional: what
 * belongs together is told by `kind`, and checked where the command is checked.
 */
function merge(a: Shape, b: Shape, place: string): Shape {
  const nullable = a.nullable || b.nullable
  if (a.kind === 'enum' && b.kind === 'enum') return { ...a, nullable, words: [...new Set([...a.words, ...b.words])] }
  if (a.kind === 'object' && b.kind === 'object') {
    const names = new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])
    const fields = [...names].map((name) => {
      const [one, other] = [a.fields[name], b.fields[name]]
      if (one === undefined || other === undefined) return [name, { ...(one ?? other)!, required: false }] as const
      const shape = merge(one.shape, other.shape, `${place}.${name}`)
      return [name, { shape, required: one.required && other.required }] as const
    })
    return { ...a, id: undefined, nullable, fields: Object.fromEntries(fields) }
  }
  if (a.kind !== b.kind || a.kind === 'list') throw new Error(`${place}: GraphQL cannot have ${a.kind} or ${b.kind}`)
  return { ...a, nullable }
}
