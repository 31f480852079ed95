/** Tables of the views `registrations`, `messages`, `gateways`, `switches` and `security`. Times are ms since 1970 (UTC). */
import type { TableDefinition } from '@trunkline/ports'

/** One row a contact; kept after removal so that a late, older event cannot bring it back. */
export const contactsTable = {
  name: 'contacts',
  key: ['switch', 'aor', 'contact_id'],
  columns: {
    switch: 'text',
    aor: 'text',
    contact_id: 'text',
    tenant: 'text',
    contact: 'text',
    user_agent: 'text',
    source: 'text',
    transport: 'text',
    /** 'registered', 'removed' or 'expired'. */
    state: 'text',
    registered_at: 'integer',
    /** Time of the newest event about this contact, µs. */
    changed_at_us: 'integer',
    /** Sequence of that event within its process; -1 when it has none. */
    changed_seq: 'integer',
    expires_at: 'integer',
    core: 'text',
  },
  indexes: {
    contacts_aor: ['aor'],
    contacts_state: ['state', 'expires_at'],
    contacts_tenant_switch: ['tenant', 'switch', 'aor', 'contact_id'],
    contacts_switch: ['switch', 'state', 'changed_at_us'],
  },
} as const satisfies TableDefinition

/** Whether a user has a contact that is registered and not run out. What the user does stands in `user_calls`. */
export const presenceTable = {
  name: 'presence',
  key: ['user'],
  columns: {
    user: 'text',
    tenant: 'text',
    online: 'boolean',
    contacts: 'integer',
    changed_at: 'integer',
  },
  indexes: { presence_tenant: ['tenant', 'user'] },
} as const satisfies TableDefinition

export const messagesTable = {
  name: 'messages',
  key: ['id'],
  columns: {
    id: 'text',
    switch: 'text',
    tenant: 'text',
    from_user: 'text',
    to_user: 'text',
    content_type: 'text',
    body: 'longtext',
    state: 'text',
    sip_status: 'integer',
    received_at: 'integer',
    changed_at_us: 'integer',
  },
  indexes: {
    messages_received: ['received_at', 'id'],
    messages_tenant_received: ['tenant', 'received_at', 'id'],
    messages_from: ['from_user', 'received_at'],
    messages_to: ['to_user', 'received_at'],
  },
} as const satisfies TableDefinition

export const gatewaysTable = {
  name: 'gateways',
  key: ['switch', 'gateway'],
  columns: {
    switch: 'text',
    gateway: 'text',
    profile: 'text',
    state: 'text',
    up: 'boolean',
    sip_status: 'integer',
    reason: 'text',
    changed_at_us: 'integer',
    changed_seq: 'integer',
  },
  indexes: { gateways_gateway: ['gateway'] },
} as const satisfies TableDefinition

export const switchesTable = {
  name: 'switches',
  key: ['switch'],
  columns: {
    switch: 'text',
    /** 'freeswitch' or 'kamailio'. */
    kind: 'text',
    core: 'text',
    /** 'connected', 'disconnected'. */
    state: 'text',
    version: 'text',
    hostname: 'text',
    connected_at: 'integer',
    disconnected_at: 'integer',
    last_event_at: 'integer',
    last_heartbeat_at: 'integer',
    up_since: 'integer',
    sessions: 'integer',
    gaps: 'integer',
  },
  indexes: {},
} as const satisfies TableDefinition

export const gapsTable = {
  name: 'gaps',
  key: ['id'],
  columns: {
    id: 'text',
    switch: 'text',
    core: 'text',
    reason: 'text',
    from_at: 'integer',
    to_at: 'integer',
    missed: 'integer',
  },
  indexes: { gaps_switch: ['switch', 'to_at'] },
} as const satisfies TableDefinition

export const authenticationFailuresTable = {
  name: 'authentication_failures',
  key: ['id'],
  columns: {
    id: 'text',
    switch: 'text',
    tenant: 'text',
    at: 'integer',
    user: 'text',
    source: 'text',
    reason: 'text',
    method: 'text',
    user_agent: 'text',
  },
  indexes: {
    authentication_failures_at: ['at', 'id'],
    authentication_failures_tenant_at: ['tenant', 'at', 'id'],
    authentication_failures_source: ['source', 'at'],
    authentication_failures_user: ['user', 'at'],
  },
} as const satisfies TableDefinition

/** Who was silenced or refused, when and why. A ban is active while it has no end and has not run out. */
export const bansTable = {
  name: 'bans',
  key: ['switch', 'source', 'user', 'set_at_us'],
  columns: {
    switch: 'text',
    source: 'text',
    /** user@domain; '' when the whole source is silenced. */
    user: 'text',
    /** µs, by the switch's clock. */
    set_at_us: 'integer',
    /** Name of this ban in lists. */
    id: 'text',
    tenant: 'text',
    /** 'password' or 'scan'. */
    reason: 'text',
    attempts: 'integer',
    set_at: 'integer',
    expires_at: 'integer',
    lifted_at: 'integer',
    /** 'expired', 'operator', 'renewed' or 'restarted'. */
    lifted_by: 'text',
  },
  indexes: {
    bans_set: ['set_at', 'id'],
    bans_tenant_set: ['tenant', 'set_at', 'id'],
    bans_source: ['source', 'set_at'],
    bans_open: ['switch', 'lifted_at'],
  },
} as const satisfies TableDefinition

/** Records that no projection could take, with the reason; kept until replayed. */
export const parkedRecordsTable = {
  name: 'parked_records',
  key: ['stream', 'partition_no', 'position', 'projection'],
  columns: {
    stream: 'text',
    partition_no: 'integer',
    position: 'text',
    projection: 'text',
    record_id: 'text',
    type: 'text',
    reason: 'text',
    record: 'longtext',
    parked_at: 'integer',
  },
  indexes: {},
} as const satisfies TableDefinition
