import { randomUUID } from 'node:crypto'
import type { Row, ViewStore } from '@trunkline/ports'
import { reconciliationsTable, reconcileRequestsTable } from './tables.js'
import type { Drift } from './target.js'

export type ReconcileReason = 'start' | 'timer' | 'request' | 'return'

/** One comparison, as the table has it. Times are ms since 1970-01-01 UTC. */
export interface Reconciliation {
  readonly target: string
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly why: ReconcileReason
  readonly requestId: string | null
  readonly state: 'running' | 'done' | 'failed'
  readonly reason: string | null
  readonly report: readonly Drift[]
}

/** Reports that are kept of each target. */
const KEEP = 50

/** Asks every target to compare what is wanted with what is there, from any process; gives the id of the request. */
export async function requestReconcile(store: ViewStore, now = Date.now()): Promise<string> {
  const id = randomUUID()
  await store.createTables([reconcileRequestsTable])
  await store.transaction(async (tx) => {
    // those that were answered long ago, or never will be
    await tx.run('DELETE FROM provisioning_reconcile_requests WHERE requested_at < ?', [now - 86_400_000])
    await tx.upsert(reconcileRequestsTable, [{ id, requested_at: now }])
  })
  return id
}

/** The newest request of anybody. */
export async function newestRequest(store: Pick<ViewStore, 'all'>): Promise<string | undefined> {
  const [row] = await store.all<{ id: string }>(
    'SELECT id FROM provisioning_reconcile_requests ORDER BY requested_at DESC, id DESC LIMIT 1',
  )
  return row?.id
}

/** Newest first. */
export async function readReconciliations(
  store: Pick<ViewStore, 'all'>,
  { target, limit = KEEP }: { readonly target?: string; readonly limit?: number } = {},
): Promise<Reconciliation[]> {
  const where = target === undefined ? '' : 'WHERE target = ?'
  const rows = await store.all<Row>(
    `SELECT * FROM provisioning_reconciliations ${where} ORDER BY started_at DESC LIMIT ?`,
    target === undefined ? [limit] : [target, limit],
  )
  return rows.map((row) => ({
    target: String(row['target']),
    startedAt: Number(row['started_at']),
    finishedAt: row['finished_at'] === null ? null : Number(row['finished_at']),
    why: row['why'] as ReconcileReason,
    requestId: row['request_id'] as string | null,
    state: row['state'] as Reconciliation['state'],
    reason: row['reason'] as string | null,
    report: JSON.parse(String(row['report'])) as Drift[],
  }))
}

export async function writeReconciliation(store: ViewStore, done: Reconciliation): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.upsert(reconciliationsTable, [
      {
        target: done.target,
        started_at: done.startedAt,
        finished_at: done.finishedAt,
        why: done.why,
        request_id: done.requestId,
        state: done.state,
        reason: done.reason,
        report: JSON.stringify(done.report),
      },
    ])
    const [oldest] = await tx.all<{ started_at: number }>(
      'SELECT started_at FROM provisioning_reconciliations WHERE target = ? ORDER BY started_at DESC LIMIT 1 OFFSET ?',
      [done.target, KEEP],
    )
    if (oldest === undefined) return
    await tx.run('DELETE FROM provisioning_reconciliations WHERE target = ? AND started_at <= ?', [
      done.target,
      oldest.started_at,
    ])
  })
}

export function driftOf({ missing, surplus, different }: Drift): number {
  return missing + surplus + different
}
