/**
 * The smallest schema language that gives a TypeScript type and a JSON Schema from one declaration.
 * Only what events need: strings, numbers, booleans, literals, arrays, records and objects.
 */

export interface Schema<T> {
  readonly json: Readonly<Record<string, unknown>>
  /** Type only; never present at run time. */
  readonly type?: T
}

export interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true
}

export type Static<S> = S extends Schema<infer T> ? T : never

type Properties = Readonly<Record<string, Schema<unknown>>>
type OptionalKeys<P> = { [K in keyof P]: P[K] extends OptionalSchema<unknown> ? K : never }[keyof P]
type Simplify<T> = { readonly [K in keyof T]: T[K] }
type ObjectOf<P extends Properties> = Simplify<
  { [K in Exclude<keyof P, OptionalKeys<P>>]: Static<P[K]> } & { [K in OptionalKeys<P>]?: Static<P[K]> | undefined }
>

/** Text from the wire: any characters; invalid UTF-8 arrives as U+FFFD. */
export const string = (description?: string): Schema<string> => ({ json: describe({ type: 'string' }, description) })
export const number = (description?: string): Schema<number> => ({ json: describe({ type: 'number' }, description) })
export const boolean = (description?: string): Schema<boolean> => ({ json: describe({ type: 'boolean' }, description) })
export const integer = (description?: string): Schema<number> => ({ json: describe({ type: 'integer' }, description) })

/** µs since 1970-01-01 UTC by the source's own clock. */
export const micros = (description?: string): Schema<number> => integer(description ?? 'µs since 1970-01-01 UTC')

export function oneOf<const V extends readonly string[]>(values: V, description?: string): Schema<V[number]> {
  return { json: describe({ enum: values }, description) }
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { json: { anyOf: [schema.json, { type: 'null' }] } }
}

export function array<T>(items: Schema<T>, description?: string): Schema<readonly T[]> {
  return { json: describe({ type: 'array', items: items.json }, description) }
}

export function record<T>(values: Schema<T>, description?: string): Schema<Readonly<Record<string, T>>> {
  return { json: describe({ type: 'object', additionalProperties: values.json }, description) }
}

export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return { json: { anyOf: [a.json, b.json] } }
}

/** Gives a schema a name under which documents and code generators know it. */
export function named<T>(title: string, schema: Schema<T>): Schema<T> {
  return { json: { title, ...schema.json } }
}

export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return { json: schema.json, optional: true }
}

export function object<P extends Properties>(properties: P, description?: string): Schema<ObjectOf<P>> {
  const required = Object.keys(properties).filter((key) => !('optional' in properties[key]!))
  const json = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, schema.json])),
    required,
    additionalProperties: true,
  }
  return { json: describe(json, description) }
}

function describe(json: Record<string, unknown>, description: string | undefined): Record<string, unknown> {
  return description === undefined ? json : { ...json, description }
}
