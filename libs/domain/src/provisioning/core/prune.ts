type Json = Readonly<Record<string, unknown>>

/**
 * Data with nothing but what its schema declares. A property that a caller passes on by mistake, such as a password,
 * thus never gets into an event.
 */
export function prune(schema: Json, value: unknown): unknown {
  if (Array.isArray(schema['anyOf'])) {
    const branch = (schema['anyOf'] as Json[]).find((one) => fits(one, value))
    return branch === undefined ? value : prune(branch, value)
  }
  if (Array.isArray(value)) return value.map((item) => prune((schema['items'] ?? {}) as Json, item))
  const properties = schema['properties'] as Readonly<Record<string, Json>> | undefined
  if (typeof value !== 'object' || value === null || properties === undefined) return value
  const declared = Object.entries(value).filter(([key]) => Object.hasOwn(properties, key))
  return Object.fromEntries(declared.map(([key, inner]) => [key, prune(properties[key]!, inner)]))
}

/** Whether a branch of a union is the one that is meant: by null, by `kind`, or by the properties that it needs. */
function fits(schema: Json, value: unknown): boolean {
  if (Array.isArray(schema['anyOf'])) return (schema['anyOf'] as Json[]).some((one) => fits(one, value))
  if (value === null || typeof value !== 'object') return (schema['type'] === 'null') === (value === null)
  if (Array.isArray(value)) return schema['type'] === 'array'
  if (schema['type'] !== 'object') return false
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>
  const kinds = properties['kind']?.['enum']
  if (Array.isArray(kinds)) return kinds.includes((value as Json)['kind'])
  return ((schema['required'] ?? []) as string[]).every((key) => key in value)
}
