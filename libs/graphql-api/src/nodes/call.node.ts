import type { CallRecord, LegRecord } from '@trunkline/domain'
import type { CallRow, LegRow } from '../sql/database.js'

/** A call as the schema shows it. From a query `legs` is left out and loaded when it is asked for. */
export type CallNode = Omit<CallRecord, 'legs' | 'quality' | 'kind'> & {
  readonly kind: string
  readonly legs?: readonly LegRecord[]
  readonly quality: CallRecord['quality']
}

type Details = Pick<
  CallRecord,
  | 'related'
  | 'answeredBy'
  | 'queue'
  | 'queueVisits'
  | 'conference'
  | 'conferenceVisits'
  | 'parking'
  | 'voicemail'
  | 'transfers'
  | 'holds'
  | 'recordings'
  | 'known'
  | 'timeline'
  | 'quality'
>

/** The record that a row of `calls` stands for; lists and objects come from its `details`. */
export function callNode(row: CallRow): CallNode {
  const details = JSON.parse(row.details) as Partial<Details>
  const queue = details.queue ?? null
  const conference = details.conference ?? null
  return {
    id: row.id,
    conversationId: row.conversation_id,
    kind: row.kind,
    related: details.related ?? [],
    switch: row.switch,
    tenant: row.tenant,
    direction: row.direction as CallRecord['direction'],
    from: { number: row.from_number, name: row.from_name, user: row.from_user },
    to: { number: row.to_number, name: row.to_name, user: row.to_user },
    state: row.state as CallRecord['state'],
    lifecycle: row.lifecycle as CallRecord['lifecycle'],
    disposition: row.disposition as CallRecord['disposition'],
    startedAt: row.started_at,
    ringingAt: row.ringing_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    ringMs: row.ring_ms,
    talkMs: row.talk_ms,
    holdMs: row.hold_ms,
    pddMs: row.pdd_ms,
    cause: row.cause,
    sipStatus: row.sip_status,
    hungUpBy: row.hung_up_by as CallRecord['hungUpBy'],
    answeredBy: answeredBy(row, details),
    trunk: row.trunk,
    did: row.did,
    routedTo: row.routed_to,
    queue,
    queueVisits: details.queueVisits ?? (queue === null ? [] : [queue]),
    conference,
    conferenceVisits: details.conferenceVisits ?? (conference === null ? [] : [conference]),
    parking: details.parking ?? null,
    voicemail: details.voicemail ?? null,
    transfers: details.transfers ?? [],
    holds: details.holds ?? [],
    recordings: details.recordings ?? [],
    quality: details.quality ?? quality(row, null),
    known: details.known ?? { how: row.known_how as 'observed', notBefore: null, notAfter: null, reason: null },
    timeline: details.timeline ?? [],
    revision: row.revision,
  }
}

function answeredBy(row: CallRow, details: Partial<Details>): CallRecord['answeredBy'] {
  if (details.answeredBy !== undefined) return details.answeredBy
  if (row.answered_by_kind === null) return null
  return {
    kind: row.answered_by_kind as NonNullable<CallRecord['answeredBy']>['kind'],
    number: row.answered_by_number,
    name: null,
    user: row.answered_by_user,
    legId: row.answered_by_leg,
  }
}

export function legNode(row: LegRow): LegRecord {
  return {
    id: row.leg_id,
    role: row.role as LegRecord['role'],
    direction: row.direction as LegRecord['direction'],
    number: row.number,
    name: row.name,
    user: row.user,
    sipCallId: row.sip_call_id,
    gateway: row.gateway,
    networkAddress: row.network_address,
    userAgent: row.user_agent,
    startedAt: row.started_at,
    ringingAt: row.ringing_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    talkMs: row.talk_ms,
    cause: row.cause,
    sipStatus: row.sip_status,
    hungUpBy: row.hung_up_by as LegRecord['hungUpBy'],
    codec: row.codec,
    quality: quality(row, row.packets_received),
    how: row.how as LegRecord['how'],
  }
}

function quality(
  row: { mos: number | null; jitter_ms: number | null; loss_percent: number | null },
  packetsReceived: number | null,
): CallRecord['quality'] {
  if (row.mos === null && row.jitter_ms === null && row.loss_percent === null && packetsReceived === null) return null
  return { mos: row.mos, jitterMs: row.jitter_ms, lossPercent: row.loss_percent, packetsReceived }
}
