/** Tables of the `calls` view. Times are ms since 1970 (UTC), durations ms. */
import type { TableDefinition } from '@trunkline/ports'

export const callsTable = {
  name: 'calls',
  key: ['id'],
  columns: {
    id: 'text',
    conversation_id: 'text',
    switch: 'text',
    tenant: 'text',
    /** 'call', or 'hop' for a proxy's dialog that a switch's leg already tells of (left out of lists and statistics). */
    kind: 'text',
    direction: 'text',
    from_number: 'text',
    from_name: 'text',
    from_user: 'text',
    to_number: 'text',
    to_name: 'text',
    to_user: 'text',
    state: 'text',
    lifecycle: 'text',
    disposition: 'text',
    started_at: 'integer',
    ringing_at: 'integer',
    answered_at: 'integer',
    ended_at: 'integer',
    ring_ms: 'integer',
    talk_ms: 'integer',
    hold_ms: 'integer',
    pdd_ms: 'integer',
    cause: 'text',
    sip_status: 'integer',
    hung_up_by: 'text',
    answered_by_kind: 'text',
    answered_by_number: 'text',
    answered_by_user: 'text',
    answered_by_leg: 'text',
    trunk: 'text',
    queue_name: 'text',
    conference_name: 'text',
    mos: 'real',
    jitter_ms: 'real',
    loss_percent: 'real',
    known_how: 'text',
    did: 'text',
    routed_to: 'text',
    /** The parts of the record that are lists or objects: {@link CallRecord} without what has a column, as JSON. */
    details: 'json',
    revision: 'integer',
  },
  indexes: {
    calls_started: ['started_at', 'id'],
    calls_tenant_started: ['tenant', 'started_at', 'id'],
    calls_state: ['state', 'started_at', 'id'],
    calls_conversation: ['conversation_id'],
    calls_from: ['from_number', 'started_at'],
    calls_to: ['to_number', 'started_at'],
    calls_trunk: ['trunk', 'started_at'],
  },
} as const satisfies TableDefinition

/** One row for each leg a call had; a leg that served two calls has two rows. */
export const callLegsTable = {
  name: 'call_legs',
  key: ['call_id', 'leg_id'],
  columns: {
    call_id: 'text',
    leg_id: 'text',
    switch: 'text',
    role: 'text',
    direction: 'text',
    number: 'text',
    name: 'text',
    user: 'text',
    sip_call_id: 'text',
    gateway: 'text',
    network_address: 'text',
    user_agent: 'text',
    started_at: 'integer',
    ringing_at: 'integer',
    answered_at: 'integer',
    ended_at: 'integer',
    talk_ms: 'integer',
    cause: 'text',
    sip_status: 'integer',
    hung_up_by: 'text',
    codec: 'text',
    mos: 'real',
    jitter_ms: 'real',
    loss_percent: 'real',
    packets_received: 'integer',
    how: 'text',
  },
  indexes: { call_legs_leg: ['leg_id'], call_legs_sip: ['sip_call_id'] },
} as const satisfies TableDefinition

/** Who took part in which call: one row for each of our users, for "own calls" and filters by user. */
export const callPartiesTable = {
  name: 'call_parties',
  key: ['user', 'call_id'],
  columns: { user: 'text', call_id: 'text', started_at: 'integer', side: 'text' },
  indexes: { call_parties_user_started: ['user', 'started_at', 'call_id'], call_parties_call: ['call_id'] },
} as const satisfies TableDefinition

/** Working state of correlation, one row a call: what the fold needs when later evidence arrives. */
export const callStatesTable = {
  name: 'call_states',
  key: ['call_id'],
  columns: { call_id: 'text', switch: 'text', open: 'boolean', state: 'longtext' },
  indexes: { call_states_open: ['open', 'switch'] },
} as const satisfies TableDefinition

/** Which call's state holds a channel. */
export const channelsTable = {
  name: 'channels',
  key: ['channel_id'],
  columns: { channel_id: 'text', call_id: 'text' },
  indexes: { channels_call: ['call_id'] },
} as const satisfies TableDefinition

/** Sums per hour and dimension; averages are computed from sums and counts when read. */
export const callStatisticsTable = {
  name: 'call_statistics',
  key: ['hour', 'tenant', 'direction', 'trunk', 'user', 'cause'],
  columns: {
    /** Start of the hour, ms since 1970. */
    hour: 'integer',
    tenant: 'text',
    direction: 'text',
    trunk: 'text',
    /** Caller of internal and outbound calls, called user of inbound ones; '' when none. */
    user: 'text',
    cause: 'text',
    attempts: 'integer',
    answered: 'integer',
    /** Attempts that reached a user or were refused by one (ITU-T E.425 network effectiveness). */
    effective: 'integer',
    talk_ms: 'integer',
    ring_ms: 'integer',
    pdd_ms: 'integer',
    pdd_count: 'integer',
    mos_sum: 'real',
    mos_count: 'integer',
  },
  indexes: {
    call_statistics_tenant: ['tenant', 'hour'],
    call_statistics_user: ['user', 'hour'],
    call_statistics_trunk: ['trunk', 'hour'],
  },
} as const satisfies TableDefinition

/** Who is in which live call: a row comes with the call and goes with it. What `user_calls` is counted from. */
export const livePartiesTable = {
  name: 'live_parties',
  key: ['user', 'call_id'],
  columns: {
    user: 'text',
    call_id: 'text',
    /** 0: rung, and not answered yet. */
    busy: 'boolean',
  },
  indexes: {},
} as const satisfies TableDefinition

/** Live calls of each user, for presence. */
export const userCallsTable = {
  name: 'user_calls',
  key: ['user'],
  columns: {
    user: 'text',
    tenant: 'text',
    /** 'idle', 'ringing' or 'busy'. */
    activity: 'text',
    live_calls: 'integer',
  },
  indexes: { user_calls_tenant: ['tenant', 'user'] },
} as const satisfies TableDefinition

export const recordingsTable = {
  name: 'recordings',
  key: ['id'],
  columns: {
    id: 'text',
    call_id: 'text',
    leg_id: 'text',
    conference: 'text',
    switch: 'text',
    tenant: 'text',
    path: 'text',
    state: 'text',
    started_at: 'integer',
    stopped_at: 'integer',
    duration_ms: 'integer',
    reason: 'text',
  },
  indexes: {
    recordings_call: ['call_id'],
    recordings_started: ['started_at', 'id'],
    recordings_tenant_started: ['tenant', 'started_at', 'id'],
  },
} as const satisfies TableDefinition

/** One row for each visit of a call to a queue (mod_callcenter, mod_fifo); live while left_at is null. */
export const queueVisitsTable = {
  name: 'queue_visits',
  key: ['call_id', 'joined_at'],
  columns: {
    call_id: 'text',
    joined_at: 'integer',
    switch: 'text',
    tenant: 'text',
    queue: 'text',
    kind: 'text',
    role: 'text',
    caller_number: 'text',
    left_at: 'integer',
    answered_at: 'integer',
    wait_ms: 'integer',
    agent: 'text',
    outcome: 'text',
  },
  indexes: {
    queue_visits_queue: ['queue', 'joined_at'],
    queue_visits_joined: ['joined_at', 'call_id'],
    queue_visits_tenant_joined: ['tenant', 'joined_at', 'call_id'],
    queue_visits_left: ['left_at', 'joined_at', 'call_id'],
  },
} as const satisfies TableDefinition

export const conferenceMembersTable = {
  name: 'conference_members',
  key: ['call_id', 'joined_at'],
  columns: {
    call_id: 'text',
    joined_at: 'integer',
    switch: 'text',
    tenant: 'text',
    conference: 'text',
    member_id: 'text',
    number: 'text',
    name: 'text',
    left_at: 'integer',
    kicked: 'boolean',
  },
  indexes: {
    conference_members_conference: ['conference', 'joined_at'],
    conference_members_joined: ['joined_at', 'call_id'],
    conference_members_tenant_joined: ['tenant', 'joined_at', 'call_id'],
    conference_members_left: ['left_at', 'joined_at', 'call_id'],
  },
} as const satisfies TableDefinition

/** What happened to whom, newest first per user. */
export const activityTable = {
  name: 'activity',
  key: ['id'],
  columns: { id: 'text', user: 'text', tenant: 'text', at: 'integer', what: 'text', call_id: 'text', detail: 'text' },
  indexes: { activity_user: ['user', 'at', 'id'], activity_tenant: ['tenant', 'at', 'id'], activity_call: ['call_id'] },
} as const satisfies TableDefinition
