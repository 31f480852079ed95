import type { Row } from '@trunkline/ports'
import type { AnyThing, ThingKind, ThingStatus } from './thing.js'

export interface ThingRow {
  readonly kind: string
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly status: string
  readonly revision: number
  readonly position: string
  readonly created_at: number
  readonly updated_at: number
  readonly document: string
}

export function rowOfThing(thing: AnyThing): Row {
  return {
    kind: thing.kind,
    id: thing.id,
    tenant: thing.tenant,
    name: thing.name,
    status: thing.status,
    revision: thing.revision,
    position: thing.position,
    created_at: thing.createdAt,
    updated_at: thing.updatedAt,
    document: JSON.stringify(thing.document),
  }
}

export function thingOfRow(row: ThingRow): AnyThing {
  return {
    kind: row.kind as ThingKind,
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    status: row.status as ThingStatus,
    revision: Number(row.revision),
    position: row.position,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    document: JSON.parse(row.document),
  } as AnyThing
}

/** For `IN (…)`. */
export function marks(list: readonly unknown[]): string {
  return list.map(() => '?').join(', ')
}
