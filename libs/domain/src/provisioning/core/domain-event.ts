import type { EventDeclaration } from '../../facts/declaration.js'
import { prune } from './prune.js'

/** What an aggregate decided: the part of a stored event that is its own. Id, time and metadata are the handler's. */
export interface DomainEvent<Type extends string, Data> {
  readonly type: Type
  readonly version: number
  readonly data: Data
}

export type EventFrom<D> = D extends EventDeclaration<infer Type, infer Data> ? DomainEvent<Type, Data> : never

type Declarations = readonly EventDeclaration<string, unknown>[]
type DataOf<D extends Declarations, T> = Extract<EventFrom<D[number]>, { readonly type: T }>['data']

/** A maker of events of the declared types, each in its newest version and with the declared properties alone. */
export function eventMaker<const D extends Declarations>(declarations: D) {
  const newest = new Map<string, D[number]>()
  for (const one of declarations) if (one.version >= (newest.get(one.type)?.version ?? 0)) newest.set(one.type, one)
  return <T extends D[number]['type']>(type: T, data: DataOf<D, T>): DomainEvent<T, DataOf<D, T>> => {
    const { version, schema } = newest.get(type)!
    return { type, version, data: prune(schema.json, data) as DataOf<D, T> }
  }
}

/** An event that no aggregate of this version knows: loud, since skipping it would decide on a wrong state. */
export function unknownEvent(event: never): never {
  const { type, version } = event as DomainEvent<string, unknown>
  throw new TypeError(`event ${type} version ${version} is not known to this aggregate`)
}
