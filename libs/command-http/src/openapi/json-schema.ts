import { z } from 'zod'

export type Json = Readonly<Record<string, unknown>>

const LOWEST = -9_007_199_254_740_991
const HIGHEST = 9_007_199_254_740_991
const REFERENCE = '#/components/schemas/'

/**
 * JSON Schema (2020-12) of what is sent or answered, without what says nothing. Schemas that have an id go to `named`, and
 * are referred to.
 */
export function jsonSchema(schema: z.ZodType, named: Record<string, Json>): Json {
  const { $schema: _dialect, $defs = {}, id, ...json } = z.toJSONSchema(schema, { io: 'output' }) as Whole
  for (const [name, part] of Object.entries($defs)) named[name] = tidy(withoutId(part)) as Json
  if (id === undefined) return tidy(json) as Json
  named[id] = tidy(json) as Json
  return { $ref: `${REFERENCE}${id}` }
}

type Whole = Record<string, unknown> & { readonly $defs?: Record<string, Json>; readonly id?: string }

const withoutId = ({ id: _id, ...json }: Json): Json => json

/** Takes the bounds off that every whole number of JavaScript has, and leads references to where the schemas are. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => !(key === 'minimum' && one === LOWEST) && !(key === 'maximum' && one === HIGHEST))
      .map(([key, one]) => [key, key === '$ref' ? String(one).replace('#/$defs/', REFERENCE) : tidy(one)]),
  )
}
