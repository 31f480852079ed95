/** Tables that hold several rows of one call, and how a record gives them. */
import type { CallChange, CallRecord } from '@trunkline/domain'
import type { Row, TableDefinition } from '@trunkline/ports'
import type { ProjectionContext } from '../projection.js'
import * as tables from '../tables/call-tables.js'
import { activityRows, conferenceRows, legRows, partyRows, queueRows, recordingRows } from './call-rows.js'
import { livePartyRows } from './live-users.js'

interface ChildTable {
  readonly table: TableDefinition
  readonly rows: (call: CallRecord) => Row[]
}

const CHILDREN: readonly ChildTable[] = [
  { table: tables.callLegsTable, rows: legRows },
  { table: tables.callPartiesTable, rows: partyRows },
  { table: tables.livePartiesTable, rows: livePartyRows },
  { table: tables.recordingsTable, rows: recordingRows },
  { table: tables.queueVisitsTable, rows: queueRows },
  { table: tables.conferenceMembersTable, rows: conferenceRows },
  { table: tables.activityTable, rows: activityRows },
]

export const CHILD_TABLES: readonly TableDefinition[] = CHILDREN.map(({ table }) => table)

/** Writes the rows that differ from those of the record before. */
export async function writeChildren(changes: readonly CallChange[], context: ProjectionContext): Promise<void> {
  for (const { table, rows } of CHILDREN) {
    const removals = new Map<string, Row>()
    const upserts: Row[] = []
    const same: [key: string, row: Row][] = []
    for (const { before, after } of changes) {
      const old = new Map((before === null ? [] : rows(before)).map((row) => [keyOf(table, row), row]))
      for (const row of after === null ? [] : rows(after)) {
        const key = keyOf(table, row)
        const held = old.get(key)
        if (held === undefined || !equal(held, row)) upserts.push(row)
        else same.push([key, row])
        old.delete(key)
      }
      for (const [key, row] of old) removals.set(key, row)
    }
    // what one call loses may be another's by now: removals come first, and take nothing that stays
    for (const [key, row] of same) if (removals.has(key)) upserts.push(row)
    const own = context.table(table)
    await context.tx.remove(own, [...removals.values()])
    await context.tx.upsert(own, upserts)
  }
}

function keyOf(table: TableDefinition, row: Row): string {
  return JSON.stringify(table.key.map((column) => row[column]))
}

function equal(a: Row, b: Row): boolean {
  for (const column in a) if (a[column] !== b[column]) return false
  return true
}
