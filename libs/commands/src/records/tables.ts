/** Tables of the write side. They are no views: no rebuild makes them anew. */
import type { TableDefinition } from '@trunkline/ports'

/** One row a command that came with an idempotency key, for as long as the key is known. */
export const commandRecordsTable = {
  name: 'command_records',
  key: ['id'],
  columns: {
    /** Hash of who sent it and the key. */
    id: 'text',
    /** Sealed hash of what was sent: nobody can try passwords on it. */
    fingerprint: 'text',
    /** Who does it now, and until when nobody else may, ms. */
    owner: 'text',
    lease_until: 'integer',
    /** Sealed: what must be the same when it is done again, and is shown once. Gone when it was. */
    draft: 'text',
    /** Without anything that is shown once; null until it is done. */
    answer: 'json',
    /** When it was last begun or answered, ms. */
    used_at: 'integer',
  },
  indexes: { command_records_used: ['used_at'] },
} as const satisfies TableDefinition

/** Looks that must be taken at a stream later: whether a claim came to nothing, whether a block has expired. */
export const dueChecksTable = {
  name: 'command_due_checks',
  key: ['id'],
  columns: { id: 'text', kind: 'text', due_at: 'integer', data: 'json' },
  indexes: { command_due_checks_due: ['due_at'] },
} as const satisfies TableDefinition

export const bulkJobsTable = {
  name: 'command_bulk_jobs',
  key: ['id'],
  columns: {
    id: 'text',
    tenant: 'text',
    state: 'text',
    total: 'integer',
    done: 'integer',
    failed: 'integer',
    started_by: 'text',
    meta: 'json',
    fingerprint: 'text',
    owner: 'text',
    lease_until: 'integer',
    created_at: 'integer',
    finished_at: 'integer',
  },
  indexes: { command_bulk_jobs_state: ['state', 'created_at'] },
} as const satisfies TableDefinition

export const bulkRowsTable = {
  name: 'command_bulk_rows',
  key: ['job_id', 'row_no'],
  columns: {
    job_id: 'text',
    row_no: 'integer',
    /** pending, created, failed */
    state: 'text',
    username: 'text',
    user_id: 'text',
    /** Sealed; null once the row is done. */
    input: 'longtext',
    /** Sealed password that we made; null once it was taken. */
    secret: 'text',
    code: 'text',
    faults: 'json',
  },
  indexes: { command_bulk_rows_state: ['job_id', 'state', 'row_no'] },
} as const satisfies TableDefinition

export const COMMAND_TABLES: readonly TableDefinition[] = [
  commandRecordsTable,
  dueChecksTable,
  bulkJobsTable,
  bulkRowsTable,
]
