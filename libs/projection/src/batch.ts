import type { Fact } from '@trunkline/domain'
import type { LogRecord, TableDefinition, ViewStore, ViewTransaction } from '@trunkline/ports'
import { decodeFact } from './fact-codec.js'
import { outboxRow, type OutboxRow } from './outbox.js'
import { ALL_PROJECTIONS, parkedRow } from './parked.js'
import type { Projection, ProjectionContext } from './projection.js'
import { parkedRecordsTable } from './tables/node-tables.js'

/** Where a batch goes: which projections, which tables, and what else belongs into the transaction. */
export interface BatchTarget {
  readonly store: ViewStore
  readonly projections: readonly Projection[]
  table(definition: TableDefinition): TableDefinition
  /**
   * First in the transaction: throws when this instance must not write. The checkpoint moves here, so that a batch
   * that another instance was faster with costs nothing.
   */
  begin(tx: ViewTransaction, last: LogRecord): Promise<void>
  /** Last in the transaction: the outbox. */
  finish(tx: ViewTransaction, done: BatchDone): Promise<void>
  readonly nowMs: () => number
  /** The transaction is durable. */
  committed(done: BatchDone): void
  /** A record was parked, durably. */
  parked(record: LogRecord, projection: string, reason: string): void
  /** Called before a record is parked: may wait, when too many in a row fail. */
  beforeParking(projection: string, reason: string): Promise<void>
}

export interface BatchDone {
  readonly last: LogRecord
  readonly records: number
  /** Records that every projection took or did not want. */
  readonly applied: number
  readonly events: readonly OutboxRow[]
}

interface Item {
  readonly record: LogRecord
  readonly fact: Fact | undefined
  /** Projection → why it cannot take the record. */
  readonly refused: ReadonlyMap<string, string>
}

/** A projection threw while it applied facts. */
class ProjectionFailedError extends Error {
  constructor(
    readonly projection: Projection,
    override readonly cause: unknown,
  ) {
    super(`${projection.id}: ${messageOf(cause)}`)
  }
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}

export function isRetryable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true
}

/**
 * Applies records in order, in one transaction when all goes well. When a projection throws, halves the batch
 * until the one record is found that it cannot take; that record is tried alone once more, and if it fails again
 * it is parked in the transaction that passes it. Trouble of the store is thrown on, with all caches dropped.
 */
export async function processBatch(target: BatchTarget, records: readonly LogRecord[]): Promise<void> {
  await processItems(target, records.map(decoder(target)))
}

/** Applies records inside an open transaction. Throws when a projection does: the transaction is then spoilt. */
export async function applyInside(
  target: BatchTarget,
  records: readonly LogRecord[],
  tx: ViewTransaction,
): Promise<void> {
  await applyItems(target, records.map(decoder(target)), tx)
}

/** Projections of one target read one stream, so the first one's codec is that of all. */
function decoder({ projections: [first] }: BatchTarget): (record: LogRecord) => Item {
  const decode = (record: LogRecord) => first?.decode?.(record) ?? decodeFact(record)
  return (record) => {
    try {
      return { record, fact: decode(record), refused: new Map() }
    } catch (error) {
      return { record, fact: undefined, refused: new Map([[ALL_PROJECTIONS, messageOf(error)]]) }
    }
  }
}

async function processItems(target: BatchTarget, items: readonly Item[]): Promise<void> {
  const failed = await attempt(target, items)
  if (failed === undefined) return
  const [only] = items
  if (items.length > 1) {
    const middle = items.length >> 1
    await processItems(target, items.slice(0, middle))
    await processItems(target, items.slice(middle))
  } else if (only !== undefined) {
    const again = await attempt(target, items)
    if (again === undefined) return
    const reason = messageOf(again.cause)
    await target.beforeParking(again.projection.id, reason)
    await processItems(target, [{ ...only, refused: new Map([...only.refused, [again.projection.id, reason]]) }])
  }
}

/** One transaction. Gives the failure of a projection; throws what is not a projection's fault. */
async function attempt(target: BatchTarget, items: readonly Item[]): Promise<ProjectionFailedError | undefined> {
  const { store, projections } = target
  let done: BatchDone
  try {
    done = await store.transaction((tx) => applyItems(target, items, tx))
  } catch (error) {
    for (const projection of projections) projection.reset?.()
    if (!(error instanceof ProjectionFailedError)) throw error
    if (isRetryable(error.cause)) throw error.cause
    return error
  }
  for (const projection of projections) projection.afterCommit?.()
  target.committed(done)
  for (const { record, refused } of items) {
    for (const [projection, reason] of refused) target.parked(record, projection, reason)
  }
  return undefined
}

async function applyItems(target: BatchTarget, items: readonly Item[], tx: ViewTransaction): Promise<BatchDone> {
  const last = items.at(-1)!.record
  await target.begin(tx, last)
  const events: OutboxRow[] = []
  const context: ProjectionContext = {
    tx,
    table: (definition) => target.table(definition),
    emit: (event) => void events.push(outboxRow(event)),
  }
  for (const projection of target.projections) {
    const facts: Fact[] = []
    for (const { fact, refused } of items) {
      if (fact !== undefined && projection.handles.has(fact.type) && !refused.has(projection.id)) facts.push(fact)
    }
    if (facts.length === 0) continue
    try {
      await projection.apply(facts, context)
    } catch (error) {
      throw new ProjectionFailedError(projection, error)
    }
  }
  const parkedAtMs = target.nowMs()
  const rows = items.flatMap(({ record, refused }) =>
    [...refused].map(([projection, reason]) => parkedRow({ record, projection, reason, parkedAtMs })),
  )
  if (rows.length > 0) await tx.upsert(parkedRecordsTable, rows)
  const applied = items.filter(({ refused }) => refused.size === 0).length
  const done = { last, records: items.length, applied, events }
  await target.finish(tx, done)
  return done
}
