import { factDeclarations, type Fact } from '@trunkline/domain'
import type { LogRecord } from '@trunkline/ports'

/** A record that no reader of this version understands. It is parked, never skipped. */
export class UnknownFactError extends Error {
  readonly code = 'UNKNOWN_FACT'
  readonly retryable = false
}

const versions: ReadonlyMap<string, number> = new Map(factDeclarations.map(({ type, version }) => [type, version]))

/** Turns data of an older version of a type into the next version: `upcasters.get('type')?.get(1)` gives version 2. */
export type Upcasters = ReadonlyMap<string, ReadonlyMap<number, (data: unknown) => unknown>>

/** No type has had a second version so far. */
const upcasters: Upcasters = new Map()

/**
 * The one codec of the switch stream, used by every reader: checks that type and version are known, lifts older
 * versions to the newest. Throws {@link UnknownFactError}.
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
  const { id, type, key, time } = record
  return { id, type, version: newest, key, time, data } as Fact
}
