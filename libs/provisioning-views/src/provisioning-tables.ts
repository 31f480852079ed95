/** Tables of the view `provisioning`, and those beside it. Times are ms since 1970 (UTC) unless a name says otherwise. */
import type { TableDefinition } from '@trunkline/ports'

/** One row a thing, kept after its removal so that whoever follows changes learns of that too. */
export const provisionedTable = {
  name: 'provisioned',
  key: ['kind', 'id'],
  columns: {
    kind: 'text',
    id: 'text',
    tenant: 'text',
    name: 'text',
    status: 'text',
    revision: 'integer',
    /** Position of the newest event in the event store. */
    position: 'text',
    created_at: 'integer',
    updated_at: 'integer',
    document: 'json',
  },
  indexes: {
    provisioned_position: ['position'],
    provisioned_name: ['kind', 'tenant', 'name', 'id'],
    provisioned_status: ['kind', 'tenant', 'status', 'name', 'id'],
    provisioned_tenant: ['kind', 'tenant', 'id'],
  },
} as const satisfies TableDefinition

/** What a name leads to: user names, aliases and extensions of a tenant; E.164 numbers of the tenant `*`. */
export const provisionedNamesTable = {
  name: 'provisioned_names',
  key: ['tenant', 'name'],
  columns: { tenant: 'text', name: 'text', kind: 'text', id: 'text' },
  indexes: { provisioned_names_thing: ['kind', 'id'] },
} as const satisfies TableDefinition

/** Which stream names a thing. */
export const provisionedUsesTable = {
  name: 'provisioned_uses',
  key: ['used_kind', 'used_id', 'by_stream'],
  columns: { used_kind: 'text', used_id: 'text', by_stream: 'text' },
  indexes: { provisioned_uses_by: ['by_stream'] },
} as const satisfies TableDefinition

/** Who did what when. */
export const auditTable = {
  name: 'provisioning_audit',
  key: ['position'],
  columns: {
    position: 'text',
    at: 'integer',
    tenant: 'text',
    actor: 'text',
    type: 'text',
    stream: 'text',
    revision: 'integer',
    command_id: 'text',
    correlation_id: 'text',
    /** What the event says, without sealed data and ids of secrets. */
    summary: 'json',
  },
  indexes: {
    provisioning_audit_at: ['at', 'position'],
    provisioning_audit_tenant: ['tenant', 'at', 'position'],
    provisioning_audit_actor: ['tenant', 'actor', 'at', 'position'],
    provisioning_audit_stream: ['stream', 'at', 'position'],
  },
} as const satisfies TableDefinition

/**
 * How far each thing has come at each target (`kamailio`, `freeswitch:NAME`). Written by the provisioner; no view, so no
 * rebuild touches it.
 */
export const provisioningItemsTable = {
  name: 'provisioning_items',
  key: ['target', 'kind', 'id'],
  columns: {
    target: 'text',
    kind: 'text',
    id: 'text',
    tenant: 'text',
    name: 'text',
    wanted_revision: 'integer',
    /** Null until it was applied once. */
    applied_revision: 'integer',
    /** pending, applied or failed. */
    state: 'text',
    reason: 'text',
    attempts: 'integer',
    next_attempt_at: 'integer',
    changed_at: 'integer',
    /** Of the wanted change: the order in which items are worked off. */
    position: 'text',
    /** What else the target must remember, such as the last unlock request that was done. */
    memory: 'json',
  },
  indexes: {
    provisioning_items_state: ['target', 'state', 'position'],
    provisioning_items_due: ['target', 'state', 'next_attempt_at'],
    provisioning_items_tenant: ['tenant', 'kind', 'id', 'target'],
    provisioning_items_tenant_state: ['tenant', 'state', 'kind', 'id', 'target'],
    provisioning_items_all: ['state', 'kind', 'id', 'target'],
    provisioning_items_thing: ['kind', 'id', 'target'],
  },
} as const satisfies TableDefinition

export const PROVISIONING_VIEW_TABLES = [
  provisionedTable,
  provisionedNamesTable,
  provisionedUsesTable,
  auditTable,
] as const
