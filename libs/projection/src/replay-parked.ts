import type { Fact } from '@trunkline/domain'
import type { LogRecord, Row, ViewStore } from '@trunkline/ports'
import { messageOf } from './batch.js'
import { decodeFact } from './fact-codec.js'
import { outboxRow, writeOutbox, type OutboxRow } from './outbox.js'
import { ALL_PROJECTIONS } from './parked.js'
import type { Projection } from './projection.js'
import { raiseGeneration } from './projection-states.js'
import { parkedRecordsTable } from './tables/node-tables.js'

export interface ReplayOptions {
  readonly store: ViewStore
  /** Instances of their own: not those of a running projector, which notices and drops what it cached. */
  readonly projections: readonly Projection[]
}

type ParkedRow = Row & {
  readonly stream: string
  readonly partition_no: number
  readonly position: string
  readonly projection: string
  readonly record: string
}

/**
 * Applies parked records again, oldest first, each in its own transaction, and takes those off that succeed. Those
 * that fail stay, with the new reason.
 */
export async function replayParked(options: ReplayOptions): Promise<{ replayed: number; failed: number }> {
  const { store } = options
  const rows = await store.all<ParkedRow>('SELECT * FROM parked_records ORDER BY parked_at, position')
  let replayed = 0
  let failed = 0
  for (const row of rows) {
    if (await replay(options, row)) replayed += 1
    else failed += 1
  }
  return { replayed, failed }
}

async function replay({ store, projections }: ReplayOptions, row: ParkedRow): Promise<boolean> {
  const wanted = projections.filter(({ id }) => row.projection === ALL_PROJECTIONS || row.projection === id)
  try {
    if (wanted.length === 0) throw new TypeError(`there is no projection ${row.projection}`)
    const fact = decodeFact(JSON.parse(row.record) as LogRecord)
    await store.transaction(async (tx) => {
      const events: OutboxRow[] = []
      for (const projection of wanted.filter(({ handles }) => handles.has(fact.type))) {
        projection.reset?.()
        await projection.apply([fact] as readonly Fact[], {
          tx,
          table: (definition) => definition,
          emit: (event) => void events.push(outboxRow(event)),
        })
        await raiseGeneration(tx, projection.id, projection.version)
      }
      await writeOutbox(tx, events)
      await tx.remove(parkedRecordsTable, [row])
    })
    for (const projection of wanted) projection.afterCommit?.()
    return true
  } catch (error) {
    for (const projection of wanted) projection.reset?.()
    await store.transaction((tx) =>
      tx.upsert(parkedRecordsTable, [{ ...row, reason: messageOf(error).slice(0, 1000) }]),
    )
    return false
  }
}
