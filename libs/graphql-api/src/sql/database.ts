import type {
  activityTable,
  authenticationFailuresTable,
  bansTable,
  callLegsTable,
  callPartiesTable,
  callStatisticsTable,
  callsTable,
  conferenceMembersTable,
  contactsTable,
  gapsTable,
  gatewaysTable,
  messagesTable,
  outboxStateTable,
  parkedRecordsTable,
  presenceTable,
  queueVisitsTable,
  recordingsTable,
  switchesTable,
  userCallsTable,
} from '@trunkline/projection'
import type { ColumnType, TableDefinition } from '@trunkline/ports'
import type {
  auditTable,
  provisionedNamesTable,
  provisionedTable,
  provisionedUsesTable,
  provisioningItemsTable,
} from '@trunkline/provisioning-views'

type CellOf<T extends ColumnType> = T extends 'integer' | 'real' | 'boolean' ? number : string
type NullableRow<T extends TableDefinition> = {
  [K in keyof T['columns']]: CellOf<T['columns'][K]> | null
}
type KeyOf<T extends TableDefinition> = T['key'][number]
/** A row as the store gives it back. Key columns are never null; `filled` columns neither. */
type RowOf<T extends TableDefinition, Filled extends keyof T['columns'] = never> = {
  [K in keyof T['columns']]: K extends KeyOf<T> | Filled ? NonNullable<NullableRow<T>[K]> : NullableRow<T>[K]
}

/** The view tables as the query builder knows them. */
export interface Database {
  calls: RowOf<
    typeof callsTable,
    | 'conversation_id'
    | 'switch'
    | 'tenant'
    | 'kind'
    | 'direction'
    | 'state'
    | 'lifecycle'
    | 'started_at'
    | 'hold_ms'
    | 'revision'
    | 'details'
    | 'known_how'
  >
  call_legs: RowOf<typeof callLegsTable, 'role' | 'direction' | 'started_at' | 'talk_ms' | 'how'>
  call_parties: RowOf<typeof callPartiesTable, 'started_at'>
  call_statistics: RowOf<
    typeof callStatisticsTable,
    'attempts' | 'answered' | 'effective' | 'talk_ms' | 'ring_ms' | 'pdd_ms' | 'pdd_count' | 'mos_sum' | 'mos_count'
  >
  recordings: RowOf<typeof recordingsTable, 'tenant' | 'path' | 'state' | 'started_at'>
  queue_visits: RowOf<typeof queueVisitsTable, 'tenant' | 'queue' | 'kind' | 'role' | 'outcome'>
  conference_members: RowOf<typeof conferenceMembersTable, 'tenant' | 'conference' | 'kicked'>
  activity: RowOf<typeof activityTable, 'user' | 'tenant' | 'at' | 'what'>
  contacts: RowOf<typeof contactsTable, 'tenant' | 'state' | 'expires_at'>
  presence: RowOf<typeof presenceTable, 'tenant' | 'online' | 'contacts' | 'changed_at'>
  user_calls: RowOf<typeof userCallsTable, 'tenant' | 'activity' | 'live_calls'>
  messages: RowOf<typeof messagesTable, 'tenant' | 'state' | 'received_at'>
  gateways: RowOf<typeof gatewaysTable, 'state' | 'up'>
  switches: RowOf<typeof switchesTable, 'state'>
  gaps: RowOf<typeof gapsTable, 'switch' | 'reason' | 'to_at'>
  authentication_failures: RowOf<typeof authenticationFailuresTable, 'at' | 'reason'>
  bans: RowOf<typeof bansTable, 'id' | 'reason' | 'set_at' | 'expires_at'>
  parked_records: RowOf<typeof parkedRecordsTable, 'type' | 'reason' | 'parked_at'>
  provisioned: RowOf<
    typeof provisionedTable,
    'tenant' | 'name' | 'status' | 'revision' | 'position' | 'created_at' | 'updated_at' | 'document'
  >
  provisioned_names: RowOf<typeof provisionedNamesTable, 'kind' | 'id'>
  provisioned_uses: RowOf<typeof provisionedUsesTable>
  provisioning_audit: RowOf<
    typeof auditTable,
    'at' | 'tenant' | 'actor' | 'type' | 'stream' | 'revision' | 'command_id' | 'correlation_id' | 'summary'
  >
  provisioning_items: RowOf<
    typeof provisioningItemsTable,
    'tenant' | 'name' | 'wanted_revision' | 'state' | 'attempts' | 'changed_at' | 'position'
  >
  outbox_state: RowOf<typeof outboxStateTable, 'next_seq' | 'published_seq'>
}
export type CallRow = Database['calls']
export type LegRow = Database['call_legs']
