import {
  STREAMS,
  type EventLogReader,
  type LogRecord,
  type Row,
  type ViewStore,
  type ViewTransaction,
} from '@trunkline/ports'
import type { OutboxEvent } from './projection.js'
import { outboxStateTable, outboxTable } from './tables/outbox-table.js'

const ROW = 'outbox'
const READ = 1000
/** Streams that the outbox feeds. */
export const OUTBOX_STREAMS: readonly string[] = [STREAMS.calls, STREAMS.presence]

export interface OutboxState {
  readonly nextSeq: number
  readonly publishedSeq: number
  /** Where each stream ended after the last publication: stream → partition → position; JSON in the table. */
  readonly ends: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/**
 * Creates the outbox when it is missing. Whenever the log holds greater numbers than the store has given (a new store
 * beside an old log, or one restored from a back-up), numbers go on after those of the log: readers would take
 * smaller ones for repetitions, and the relay would take new events for published ones.
 */
export async function ensureOutbox(store: ViewStore, log: EventLogReader): Promise<void> {
  await store.createTables([outboxTable, outboxStateTable])
  const before = await readOutboxState(store)
  let last = 0
  for (const seq of await publishedAfter(log, before?.ends ?? {})) last = Math.max(last, seq)
  if (before !== undefined && before.nextSeq > last) return
  await store.transaction(async (tx) => {
    const state = await readOutboxState(tx)
    if (state === undefined) await writeOutboxState(tx, { nextSeq: last + 1, publishedSeq: last, ends: {} })
    else if (state.nextSeq <= last) await writeOutboxState(tx, { ...state, nextSeq: last + 1 })
  })
}

/** Numbers of the records that the log holds after the given ends of its streams. */
export async function publishedAfter(log: EventLogReader, ends: OutboxState['ends']): Promise<Set<number>> {
  const found = new Set<number>()
  for (const stream of OUTBOX_STREAMS) {
    for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
      let after = ends[stream]?.[partition]
      for (;;) {
        const records: LogRecord[] = await log.read({ stream, partition, after, limit: READ })
        if (records.length === 0) break
        for (const { meta } of records) {
          const seq = Number(meta?.['seq'] ?? 0)
          // what a stranger wrote there is no number of ours
          if (Number.isSafeInteger(seq)) found.add(seq)
        }
        after = records.at(-1)!.position
      }
    }
  }
  return found
}

export async function readOutboxState(reader: Pick<ViewTransaction, 'all'>): Promise<OutboxState | undefined> {
  const sql = 'SELECT next_seq, published_seq, published_position FROM outbox_state WHERE id = ?'
  const [row] = await reader.all<{ next_seq: number; published_seq: number; published_position: string }>(sql, [ROW])
  if (row === undefined) return undefined
  const ends = JSON.parse(row.published_position) as OutboxState['ends']
  return { nextSeq: row.next_seq, publishedSeq: row.published_seq, ends }
}

async function writeOutboxState(tx: ViewTransaction, state: OutboxState): Promise<void> {
  const { nextSeq, publishedSeq, ends } = state
  await tx.upsert(outboxStateTable, [
    { id: ROW, next_seq: nextSeq, published_seq: publishedSeq, published_position: JSON.stringify(ends) },
  ])
}

/**
 * Notes that everything up to `publishedSeq` stands in the log, and forgets those events. What another relay noted of
 * later events stands: a relay that slept must not take it back.
 */
export async function markPublished(tx: ViewTransaction, published: Omit<OutboxState, 'nextSeq'>): Promise<void> {
  const { publishedSeq, ends } = published
  await tx.run('DELETE FROM outbox WHERE seq <= ?', [publishedSeq])
  await tx.run('UPDATE outbox_state SET published_seq = ?, published_position = ? WHERE id = ? AND published_seq < ?', [
    publishedSeq,
    JSON.stringify(ends),
    ROW,
    publishedSeq,
  ])
}

/** An event as a row that lacks its number. Encoded when emitted, so that what cannot be encoded fails there. */
export type OutboxRow = Omit<Row, 'seq'>

export function outboxRow(event: OutboxEvent): OutboxRow {
  const { stream, key, id, type, version, timeUs, data } = event
  return { stream, key, id, type, version, time_us: timeUs, data: JSON.stringify(data) ?? 'null' }
}

/** Numbers the events and puts them into the outbox. */
export async function writeOutbox(tx: ViewTransaction, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return
  const state = await readOutboxState(tx)
  if (state === undefined) throw new TypeError('the outbox does not exist; ensureOutbox makes it')
  await tx.upsert(
    outboxTable,
    rows.map((row, index) => ({ ...row, seq: state.nextSeq + index }) as Row),
  )
  await tx.run('UPDATE outbox_state SET next_seq = ? WHERE id = ?', [state.nextSeq + rows.length, ROW])
}
