/** Tables of webhooks in the view store; no rebuild touches them. Times are ms since 1970-01-01 UTC. */
import type { TableDefinition } from '@trunkline/ports'

/** Secrets lie in the vault, under the id of the webhook. */
export const webhooksTable = {
  name: 'webhooks',
  key: ['id'],
  columns: {
    id: 'text',
    tenant: 'text',
    url: 'text',
    /** List of types; null for all. */
    types: 'json',
    active: 'boolean',
    created_at: 'integer',
    /** Nothing is sent before; moves with each failure in a row. */
    next_attempt_at: 'integer',
  },
  indexes: { webhooks_tenant: ['tenant', 'id'] },
} as const satisfies TableDefinition

/** One row for each event and webhook; kept for a while after it was settled, so that it can be looked at and sent again. */
export const deliveriesTable = {
  name: 'webhook_deliveries',
  key: ['webhook_id', 'event_id'],
  columns: {
    webhook_id: 'text',
    event_id: 'text',
    /** Order in which deliveries came about. */
    place: 'text',
    type: 'text',
    /** As it is sent. */
    body: 'longtext',
    /** pending, delivered or dead. */
    state: 'text',
    attempts: 'integer',
    /** HTTP status of the last answer; null when there was none. */
    status: 'integer',
    reason: 'text',
    created_at: 'integer',
    settled_at: 'integer',
  },
  indexes: {
    webhook_deliveries_state: ['webhook_id', 'state', 'place'],
    webhook_deliveries_place: ['webhook_id', 'place'],
    webhook_deliveries_settled: ['state', 'settled_at'],
  },
} as const satisfies TableDefinition

/** Who was online when it was last told, so that only changes are. */
export const onlineTable = {
  name: 'webhook_online',
  key: ['user'],
  columns: { user: 'text', online: 'boolean', changed_at: 'integer' },
} as const satisfies TableDefinition

export const WEBHOOK_TABLES = [webhooksTable, deliveriesTable, onlineTable] as const
