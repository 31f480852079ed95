import type { Fact } from '@trunkline/domain'
import type { LogRecord, Row, ViewStore, ViewTransaction } from '@trunkline/ports'
import { isRetryable, messageOf } from './batch.js'
import { decodeFact } from './fact-codec.js'
import { outboxRow, writeOutbox, type OutboxRow } from './outbox.js'
import { ALL_PROJECTIONS } from './parked.js'
import type { Projection } from './projection.js'
import { createSystemTables } from './system-tables.js'
import { parkedRecordsTable } from './tables/node-tables.js'
import { ViewGuard } from './view-guard.js'

export interface ReplayOptions {
  readonly store: ViewStore
  /** Instances of their own: not those of a running projector, which notices that another wrote. */
  readonly projections: readonly Projection[]
}

type ParkedKey = {
  readonly stream: string
  readonly partition_no: number
  readonly position: string
  readonly projection: string
}
type ParkedRow = Row & ParkedKey & { readonly record: string }

const KEY = '`stream` = ? AND partition_no = ? AND position = ? AND projection = ?'
const keyOf = ({ stream, partition_no, position, projection }: ParkedKey) => [
  stream,
  partition_no,
  position,
  projection,
]

/**
 * Applies parked records again, oldest first, each in its own transaction, and takes those off that succeed. Those
 * that fail stay, with the new reason.
 */
export async function replayParked(options: ReplayOptions): Promise<{ replayed: number; failed: number }> {
  const { store } = options
  await createSystemTables(store)
  const guard = new ViewGuard()
  // the records themselves one by one: there may be more of them than fit in memory
  const columns = '`stream`, partition_no, position, projection'
  const keys = await store.all<ParkedKey>(`SELECT ${columns} FROM parked_records ORDER BY parked_at, position`)
  let replayed = 0
  let failed = 0
  for (const key of keys) {
    const [row] = await store.all<ParkedRow>(`SELECT * FROM parked_records WHERE ${KEY}`, keyOf(key))
    if (row === undefined || (await replay(options, row, guard))) replayed += 1
    else failed += 1
  }
  return { replayed, failed }
}

async function replay({ store, projections }: ReplayOptions, row: ParkedRow, guard: ViewGuard): Promise<boolean> {
  const wanted = projections.filter(({ id }) => row.projection === ALL_PROJECTIONS || row.projection === id)
  try {
    if (wanted.length === 0) throw new TypeError(`there is no projection ${row.projection}`)
    const fact = decodeFact(JSON.parse(row.record) as LogRecord)
    await store.transaction((tx) => applyAlone(fact, { tx, row, guard, wanted }))
    for (const projection of wanted) projection.afterCommit?.()
    return true
  } catch (error) {
    for (const projection of wanted) projection.reset?.()
    // the store is away, or a view is being replaced: nothing is known of the record itself
    if (isRetryable(error)) return false
    await store.transaction(async (tx) => {
      if (await isParked(tx, row))
        await tx.upsert(parkedRecordsTable, [{ ...row, reason: messageOf(error).slice(0, 1000) }])
    })
    return false
  }
}

async function applyAlone(
  fact: Fact,
  { tx, row, guard, wanted }: { tx: ViewTransaction; row: ParkedRow; guard: ViewGuard; wanted: readonly Projection[] },
): Promise<void> {
  // another replay, or a rebuild, may have taken it in meanwhile
  if (!(await isParked(tx, row))) return
  const takers = wanted.filter(({ handles }) => handles.has(fact.type))
  await guard.enter(tx, takers)
  const events: OutboxRow[] = []
  for (const projection of takers) {
    await projection.apply([fact], {
      tx,
      table: (definition) => definition,
      emit: (event) => void events.push(outboxRow(event)),
    })
  }
  await writeOutbox(tx, events)
  await tx.remove(parkedRecordsTable, [row])
}

async function isParked(tx: ViewTransaction, key: ParkedKey): Promise<boolean> {
  return (await tx.all(`SELECT 1 FROM parked_records WHERE ${KEY}`, keyOf(key))).length > 0
}
