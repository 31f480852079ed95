export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * Replaces each named schema (one with a `title`) by a reference, and collects the named ones. Throws when one name
 * stands for two shapes.
 */
export function hoistNamed(schema: JsonSchema, prefix: string, found: Map<string, JsonSchema>): JsonSchema {
  return visit(schema) as JsonSchema

  function visit(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== 'object' || value === null) return value
    const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]))
    const { title } = copy
    if (typeof title !== 'string') return copy
    const known = found.get(title)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) {
      throw new TypeError(`the name ${title} stands for two schemas`)
    }
    found.set(title, copy)
    return { $ref: `${prefix}${title}` }
  }
}

/** Entries in the order of their names, so that output does not depend on who used a name first. */
export function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}
