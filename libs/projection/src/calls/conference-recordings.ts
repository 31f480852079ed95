/** Recordings of whole conferences: they belong to no channel and so to no single call. */
import type { Fact } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { ProjectionContext } from '../projection.js'
import { recordingsTable } from '../tables/call-tables.js'

type ConferenceFact = Extract<Fact, { type: 'conference.changed' }>

export async function conferenceRecordingRows(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
  const facts = batch.filter(isRecording)
  if (facts.length === 0) return
  const table = context.table(recordingsTable)
  const ids = [...new Set(facts.map(idOf))]
  const sql = `SELECT * FROM ${table.name} WHERE id IN (${ids.map(() => '?').join(', ')})`
  const rows = new Map((await context.tx.all<Row>(sql, ids)).map((row) => [String(row['id']), row]))
  for (const fact of facts) {
    const id = idOf(fact)
    const next = recordingRow(fact, rows.get(id))
    if (next !== undefined) rows.set(id, next)
  }
  await context.tx.upsert(table, [...rows.values()])
}

function isRecording(fact: Fact): fact is ConferenceFact {
  return (
    fact.type === 'conference.changed' &&
    (fact.data.action === 'start-recording' || fact.data.action === 'stop-recording')
  )
}

function idOf(fact: ConferenceFact): string {
  return `${fact.data.headers['Conference-Unique-ID'] ?? fact.data.core}/${fact.data.headers['Path'] ?? ''}`
}

/** The stop carries all that is known; a start that comes after it (twice, or late) changes nothing. */
function recordingRow(fact: ConferenceFact, held: Row | undefined): Row | undefined {
  const headers = fact.data.headers
  const at = Math.round(fact.time / 1000)
  const row = {
    id: idOf(fact),
    call_id: null,
    leg_id: null,
    conference: headers['Conference-Name'] ?? null,
    switch: fact.key,
    tenant: headers['Conference-Domain'] ?? '',
    path: headers['Path'] ?? '',
  }
  if (fact.data.action === 'start-recording') {
    if (held !== undefined && held['state'] !== 'recording') return undefined
    return { ...row, state: 'recording', started_at: at, stopped_at: null, duration_ms: null, reason: null }
  }
  const elapsed = Number(headers['Milliseconds-Elapsed'] ?? Number.NaN)
  const size = Number(headers['Record-File-Size'] ?? Number.NaN)
  const damaged = elapsed === 0 || size === 0
  const durationMs = Number.isFinite(elapsed) ? elapsed : null
  return {
    ...row,
    state: damaged ? 'damaged' : 'completed',
    started_at: at - (durationMs ?? 0),
    stopped_at: at,
    duration_ms: durationMs,
    reason: damaged ? 'the switch claims no audio' : null,
  }
}
