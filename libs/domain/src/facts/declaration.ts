import type { Schema } from '../schema/schema.js'

/** One declaration per event type and version: gives the TypeScript type, the JSON Schema and the AsyncAPI entry. */
export interface EventDeclaration<Type extends string, Data> {
  readonly type: Type
  readonly version: number
  readonly description: string
  readonly schema: Schema<Data>
}

export function declareEvent<const Type extends string, Data>(
  type: Type,
  version: number,
  description: string,
  schema: Schema<Data>,
): EventDeclaration<Type, Data> {
  return { type, version, description, schema }
}

/** A fact as the fold sees it: what a switch (or the listener beside it) said happened. */
export interface FactOf<Type extends string, Data> {
  /** `Core-UUID/Event-Sequence` for FreeSWITCH, `boot/seq` for Kamailio, `listener/…` for the listener's own. */
  readonly id: string
  readonly type: Type
  readonly version: number
  /** Name of the switch; the partition key. */
  readonly key: string
  /** µs since 1970 by the switch's own clock. */
  readonly time: number
  readonly data: Data
}

export type FactFrom<D> = D extends EventDeclaration<infer Type, infer Data> ? FactOf<Type, Data> : never
