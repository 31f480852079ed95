/** Tables of the provisioner in the view store. They are no view: no rebuild touches them. */
import type { TableDefinition } from '@trunkline/ports'
import { provisioningItemsTable } from '@trunkline/provisioning-views'

/** Numbers that stand for names at a target, given out once and for good. */
export const numbersTable = {
  name: 'provisioner_numbers',
  key: ['kind', 'name'],
  columns: { kind: 'text', name: 'text', number: 'integer' },
  indexes: { provisioner_numbers_number: ['kind', 'number'] },
} as const satisfies TableDefinition

/** Which process works on a target, and until when, ms since 1970-01-01 UTC. */
export const leasesTable = {
  name: 'provisioner_leases',
  key: ['target'],
  columns: { target: 'text', holder: 'text', until_ms: 'integer' },
} as const satisfies TableDefinition

/** What comparisons of desired and actual state found. Times are ms since 1970-01-01 UTC. */
export const reconciliationsTable = {
  name: 'provisioning_reconciliations',
  key: ['target', 'started_at'],
  columns: {
    target: 'text',
    started_at: 'integer',
    finished_at: 'integer',
    /** start, timer, request or return. */
    why: 'text',
    request_id: 'text',
    /** running, done or failed. */
    state: 'text',
    reason: 'text',
    /** List of {@link Drift}. */
    report: 'json',
  },
} as const satisfies TableDefinition

/** Who asks for a comparison writes a row; each target answers the newest. */
export const reconcileRequestsTable = {
  name: 'provisioning_reconcile_requests',
  key: ['id'],
  columns: { id: 'text', requested_at: 'integer' },
  indexes: { provisioning_reconcile_requests_at: ['requested_at'] },
} as const satisfies TableDefinition

export const PROVISIONER_TABLES = [
  provisioningItemsTable,
  numbersTable,
  leasesTable,
  reconciliationsTable,
  reconcileRequestsTable,
] as const
