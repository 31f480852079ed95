import type { Database } from '../sql/database.js'

const US_PER_MS = 1000
const fromMicros = (us: number | null): number | null => (us === null ? null : Math.floor(us / US_PER_MS))

/** What is known of a user from contacts and from live calls, joined. */
export interface PresenceRow {
  readonly user: string
  readonly tenant: string
  readonly online: number | null
  readonly contacts: number | null
  readonly activity: string | null
  readonly live_calls: number | null
  readonly changed_at: number | null
}

export const presenceNode = (row: PresenceRow) => ({
  user: row.user,
  tenant: row.tenant,
  online: row.online === 1,
  contacts: row.contacts ?? 0,
  activity: row.activity ?? 'idle',
  liveCalls: row.live_calls ?? 0,
  changedAt: row.changed_at,
})
export type PresenceNode = ReturnType<typeof presenceNode>

export const registrationNode = (row: Database['contacts']) => ({
  switch: row.switch,
  aor: row.aor,
  contactId: row.contact_id,
  tenant: row.tenant,
  contact: row.contact,
  userAgent: row.user_agent,
  source: row.source,
  transport: row.transport,
  state: row.state,
  registeredAt: row.registered_at,
  changedAt: fromMicros(row.changed_at_us) ?? row.registered_at ?? row.expires_at,
  expiresAt: row.expires_at,
})

export const recordingNode = (row: Database['recordings']) => ({
  id: row.id,
  callId: row.call_id,
  legId: row.leg_id,
  conference: row.conference,
  path: row.path,
  state: row.state,
  startedAt: row.started_at,
  stoppedAt: row.stopped_at,
  durationMs: row.duration_ms,
  reason: row.reason,
})

export const conferenceMemberNode = (row: Database['conference_members']) => ({
  callId: row.call_id,
  conference: row.conference,
  switch: row.switch ?? '',
  memberId: row.member_id,
  number: row.number,
  name: row.name,
  joinedAt: row.joined_at,
  leftAt: row.left_at,
  kicked: row.kicked === 1,
})

export const queueVisitNode = (row: Database['queue_visits']) => ({
  callId: row.call_id,
  queue: row.queue,
  switch: row.switch ?? '',
  kind: row.kind,
  role: row.role,
  callerNumber: row.caller_number,
  joinedAt: row.joined_at,
  leftAt: row.left_at,
  answeredAt: row.answered_at,
  waitMs: row.wait_ms,
  agent: row.agent,
  outcome: row.outcome,
})

export const messageNode = (row: Database['messages']) => ({
  id: row.id,
  switch: row.switch ?? '',
  fromUser: row.from_user,
  toUser: row.to_user,
  contentType: row.content_type,
  body: row.body,
  state: row.state,
  sipStatus: row.sip_status,
  receivedAt: row.received_at,
})

export const activityNode = (row: Database['activity']) => ({
  id: row.id,
  user: row.user,
  at: row.at,
  what: row.what,
  callId: row.call_id,
  detail: row.detail,
})

export const authenticationFailureNode = (row: Database['authentication_failures']) => ({
  id: row.id,
  switch: row.switch ?? '',
  at: row.at,
  user: row.user,
  source: row.source,
  reason: row.reason,
  method: row.method,
  userAgent: row.user_agent,
})

export const parkedRecordNode = (row: Database['parked_records']) => ({
  stream: row.stream,
  partition: row.partition_no,
  position: row.position,
  projection: row.projection,
  recordId: row.record_id,
  type: row.type,
  reason: row.reason,
  record: row.record,
  parkedAt: row.parked_at,
})

export const switchNode = (row: Database['switches']) => ({
  name: row.switch,
  kind: row.kind,
  state: row.state,
  version: row.version,
  hostname: row.hostname,
  connectedAt: row.connected_at,
  lastEventAt: row.last_event_at,
  lastHeartbeatAt: row.last_heartbeat_at,
  upSince: row.up_since,
  sessions: row.sessions,
  gapCount: row.gaps ?? 0,
})

export const gapNode = (row: Database['gaps']) => ({
  id: row.id,
  switch: row.switch,
  reason: row.reason,
  from: row.from_at,
  to: row.to_at,
  missed: row.missed,
})

export const gatewayNode = (row: Database['gateways']) => ({
  switch: row.switch,
  name: row.gateway,
  profile: row.profile,
  state: row.state,
  up: row.up === 1,
  sipStatus: row.sip_status,
  reason: row.reason,
  changedAt: fromMicros(row.changed_at_us),
})
