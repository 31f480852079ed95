import { factDeclarations, type Fact } from '@trunkline/domain'
import type { LogRecord } from '@trunkline/ports'

/** A record that no reader of this version understands. It is parked, never skipped. */
export class UnknownFactError extends Error {
  readonly code = 'UNKNOWN_FACT'
  readonly retryable = false
}

const versions: ReadonlyMap<string, number> = new Map(factDeclarations.map(({ type, version }) => [type, version]))

const KNOWN_AS: Readonly<Record<string, string>> = { integer: 'number', array: 'object' }

/** What data of a type must have, and as what JavaScript knows it. */
type Required = readonly (readonly [property: string, type: string])[]

const required: ReadonlyMap<string, Required> = new Map(
  factDeclarations.map(({ type, schema }) => [type, requiredOf(schema.json as ObjectSchema)]),
)

interface ObjectSchema {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>
}

function requiredOf({ required = [], properties = {} }: ObjectSchema): Required {
  return required.flatMap((property) => {
    const type = properties[property]?.type
    return type === undefined ? [] : [[property, KNOWN_AS[type] ?? type] as const]
  })
}

/** Turns data of an older version of a type into the next version: `upcasters.get('type')?.get(1)` gives version 2. */
export type Upcasters = ReadonlyMap<string, ReadonlyMap<number, (data: unknown) => unknown>>

/** No type has had a second version so far. */
const upcasters: Upcasters = new Map()

/**
 * The one codec of the switch stream, used by every reader: checks that type and version are known, lifts older
 * versions to the newest, and checks that what every fact of the type has is there. Throws {@link UnknownFactError}.
 */
export function decodeFact(record: LogRecord, known: Upcasters = upcasters): Fact {
  const newest = versions.get(record.type)
  if (newest === undefined) throw new UnknownFactError(`unknown type ${record.type}`)
  if (!Number.isInteger(record.version) || record.version < 1 || record.version > newest) {
    throw new UnknownFactError(`unknown version ${record.version} of ${record.type}; known up to ${newest}`)
  }
  if (typeof record.data !== 'object' || record.data === null) throw new UnknownFactError(`${record.type} without data`)
  let data: unknown = record.data
  for (let version = record.version; version < newest; version++) {
    const lift = known.get(record.type)?.get(version)
    if (lift === undefined) throw new UnknownFactError(`no way from version ${version} of ${record.type} to the next`)
    data = lift(data)
  }
  for (const [property, type] of required.get(record.type)!) {
    const value = (data as Record<string, unknown>)[property]
    if (typeof value !== type || value === null) throw new UnknownFactError(`${record.type} without ${property}`)
  }
  const { id, type, key, time } = record
  return { id, type, version: newest, key, time, data } as Fact
}
