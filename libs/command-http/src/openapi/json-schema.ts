import { z } from 'zod'

export type Json = Readonly<Record<string, unknown>>

const LOWEST = -9_007_199_254_740_991
const HIGHEST = 9_007_199_254_740_991

/** JSON Schema (2020-12) of what is sent or answered, without what says nothing. */
export function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'output' }) as Record<string, unknown>
  return tidy(json) as Json
}

/** Takes the bounds off that every whole number of JavaScript has. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => !(key === 'minimum' && one === LOWEST) && !(key === 'maximum' && one === HIGHEST))
      .map(([key, one]) => [key, tidy(one)]),
  )
}
