/** Rows of a call record. */
import { isDialogLeg, type CallRecord } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'

export function callRow(call: CallRecord): Row {
  const { from, to, answeredBy, quality } = call
  return {
    id: call.id,
    conversation_id: call.conversationId,
    switch: call.switch,
    tenant: call.tenant,
    kind: call.kind,
    direction: call.direction,
    from_number: from.number,
    from_name: from.name,
    from_user: from.user,
    to_number: to.number,
    to_name: to.name,
    to_user: to.user,
    state: call.state,
    lifecycle: call.lifecycle,
    disposition: call.disposition,
    started_at: call.startedAt,
    ringing_at: call.ringingAt,
    answered_at: call.answeredAt,
    ended_at: call.endedAt,
    ring_ms: call.ringMs,
    talk_ms: call.talkMs,
    hold_ms: call.holdMs,
    pdd_ms: call.pddMs,
    cause: call.cause,
    sip_status: call.sipStatus,
    hung_up_by: call.hungUpBy,
    answered_by_kind: answeredBy?.kind ?? null,
    answered_by_number: answeredBy?.number ?? null,
    answered_by_user: answeredBy?.user ?? null,
    answered_by_leg: answeredBy?.legId ?? null,
    trunk: call.trunk,
    queue_name: call.queue?.name ?? null,
    conference_name: call.conference?.name ?? null,
    mos: quality?.mos ?? null,
    jitter_ms: quality?.jitterMs ?? null,
    loss_percent: quality?.lossPercent ?? null,
    known_how: call.known.how,
    did: call.did,
    routed_to: call.routedTo,
    details: detailsOf(call),
    revision: call.revision,
  }
}

/** What has no column of its own: lists and objects. Legs have their own table. */
function detailsOf(call: CallRecord): string {
  const { related, answeredBy, queue, queueVisits, conference, conferenceVisits, parking, voicemail } = call
  const { transfers, holds, recordings, quality, known, timeline } = call
  return JSON.stringify({
    related,
    answeredBy,
    queue,
    queueVisits,
    conference,
    conferenceVisits,
    parking,
    voicemail,
    transfers,
    holds,
    recordings,
    quality,
    known,
    timeline,
  })
}

export function legRows(call: CallRecord): Row[] {
  return call.legs.map((leg) => ({
    call_id: call.id,
    leg_id: leg.id,
    switch: call.switch,
    role: leg.role,
    direction: leg.direction,
    number: leg.number,
    name: leg.name,
    user: leg.user,
    sip_call_id: leg.sipCallId,
    gateway: leg.gateway,
    network_address: leg.networkAddress,
    user_agent: leg.userAgent,
    started_at: leg.startedAt,
    ringing_at: leg.ringingAt,
    answered_at: leg.answeredAt,
    ended_at: leg.endedAt,
    talk_ms: leg.talkMs,
    cause: leg.cause,
    sip_status: leg.sipStatus,
    hung_up_by: leg.hungUpBy,
    codec: leg.codec,
    mos: leg.quality?.mos ?? null,
    jitter_ms: leg.quality?.jitterMs ?? null,
    loss_percent: leg.quality?.lossPercent ?? null,
    packets_received: leg.quality?.packetsReceived ?? null,
    how: leg.how,
  }))
}

/** Our users who took part: the caller, and everybody whose phone was rung or joined. Guests have their own call. */
export function partyRows(call: CallRecord): Row[] {
  const sides = new Map<string, string>()
  for (const leg of call.legs) if (leg.user !== null && !GUEST_ROLES.has(leg.role)) sides.set(leg.user, leg.role)
  if (call.from.user !== null) sides.set(call.from.user, 'caller')
  return [...sides].map(([user, side]) => ({ user, call_id: call.id, started_at: call.startedAt, side }))
}
const GUEST_ROLES: ReadonlySet<string> = new Set(['peer', 'parked'])

export function recordingRows(call: CallRecord): Row[] {
  return call.recordings.map((recording) => ({
    id: recording.id,
    call_id: call.id,
    leg_id: recording.legId,
    conference: recording.conference,
    switch: call.switch,
    tenant: call.tenant,
    path: recording.path,
    state: recording.state,
    started_at: recording.startedAt,
    stopped_at: recording.stoppedAt,
    duration_ms: recording.durationMs,
    reason: recording.reason,
  }))
}

export function queueRows(call: CallRecord): Row[] {
  return call.queueVisits.map((visit) => ({
    call_id: call.id,
    joined_at: visit.joinedAt,
    switch: call.switch,
    tenant: call.tenant,
    queue: visit.name,
    kind: visit.kind,
    role: visit.role,
    caller_number: call.from.number,
    left_at: visit.leftAt,
    answered_at: visit.answeredAt,
    wait_ms: visit.waitMs,
    agent: visit.agent,
    outcome: visit.outcome,
  }))
}

export function conferenceRows(call: CallRecord): Row[] {
  return call.conferenceVisits.map((visit) => ({
    call_id: call.id,
    joined_at: visit.joinedAt,
    switch: call.switch,
    tenant: call.tenant,
    conference: visit.name,
    member_id: visit.memberId,
    number: call.from.number,
    name: call.from.name,
    left_at: visit.leftAt,
    kicked: visit.kicked ? 1 : 0,
  }))
}

/** What each user sees of a call that is over: made, answered, missed. A fork that lost to another phone is no miss. */
export function activityRows(call: CallRecord): Row[] {
  if (call.state !== 'ended' || call.kind === 'hop') return []
  const answeredUsers = new Set(call.legs.filter((leg) => leg.answeredAt !== null).map((leg) => leg.user))
  const taken = call.disposition === 'answered'
  return partyRows(call).flatMap((party) => {
    const user = String(party['user'])
    const what =
      user === call.from.user ? 'call.made' : answeredUsers.has(user) ? 'call.answered' : taken ? null : 'call.missed'
    if (what === null) return []
    const detail = what === 'call.made' ? call.to.number : call.from.number
    const at = call.endedAt ?? call.startedAt
    return [{ id: `${call.id}/${user}`, user, tenant: domainOf(user), at, what, call_id: call.id, detail }]
  })
}

/** Leg id → call id, for every leg whose evidence the call's state holds. */
export function channelRows(callId: string, legIds: Iterable<string>): Row[] {
  return [...legIds].map((channel_id) => ({ channel_id, call_id: callId }))
}

export function isProxyCall(call: CallRecord): boolean {
  return isDialogLeg(call.id)
}

export function domainOf(user: string): string {
  return user.slice(user.indexOf('@') + 1)
}
