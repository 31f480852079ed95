/** The record of a call, from the evidence on its legs. A pure function: equal evidence, equal record. */
import { answeredAt, answeredBy } from './answered-by.js'
import {
  gatewayOf,
  msOrNull,
  numberOf,
  partsOf,
  partyOf,
  roleOf,
  toMs,
  userOf,
  wayOut,
  type CallParts,
  type LegLookup,
} from './call-parts.js'
import type { CallRecord, CallState, Direction, Knowledge, Party, RelatedCall, Relation } from './call-record.js'
import type { CallWork, Link } from './call-state.js'
import { causeOf, dispositionOf, hungUpBy, sipStatusOf } from './end-of-call.js'
import { legRecord, worstQuality } from './leg-record.js'
import { variable, type LegState } from './leg-state.js'
import { conferenceVisitsOf, holdMs, holdsOf, parkingOf, queueVisitsOf, recordingsOf, voicemailOf } from './services.js'
import { timelineOf } from './timeline.js'
import { routedTo, transfersOf } from './transfers.js'

export function deriveCall(call: CallWork, lookup: LegLookup): CallRecord {
  const parts = partsOf(call, lookup)
  const transfers = transfersOf(parts)
  const firstTransferAt = transfers[0] === undefined ? null : transfers[0].at * 1000
  const queueVisits = queueVisitsOf(parts)
  const conferenceVisits = conferenceVisitsOf(parts)
  const queue = queueVisits.at(-1) ?? null
  const voicemail = voicemailOf(parts)
  const answer = answeredAt(parts)
  const ringing = ringingAt(parts, answer)
  const ended = parts.own.every((view) => view.end === 'observed' || view.end === 'inferred')
  const end = ended ? Math.max(...parts.own.map((view) => view.endedAt ?? 0)) : null
  const holds = holdsOf(parts)
  const cause = ended ? causeOf(parts, answer !== null) : null
  const legs = [...parts.own, ...parts.guests].map((view) => legRecord(view, roleOf(parts, view, firstTransferAt)))
  const who = answeredBy(parts, { queue, voicemail })
  const direction = directionOf(parts)
  const to = toParty(parts, who?.user ?? null)
  const from = parts.caller === null ? commandedFrom(parts) : partyOf(parts.caller)
  const startedAt = toMs(Math.min(...parts.own.map((view) => view.startedAt)))
  return {
    id: call.id,
    conversationId: call.conversationId,
    kind: call.hopOf === null ? 'call' : 'hop',
    related: relatedOf(call, lookup),
    switch: call.switch,
    tenant: tenantOf(parts, from, to),
    direction,
    from,
    to,
    state: stateOf(parts, {
      ended,
      answered: answer !== null,
      ringing: ringing !== null,
      held: holds.some((hold) => hold.to === null),
    }),
    lifecycle: !ended ? 'live' : parts.own.some((view) => view.amended) ? 'amended' : 'final',
    disposition: ended ? dispositionOf(parts, { answered: answer !== null, cause, voicemail, queue }) : null,
    startedAt,
    ringingAt: msOrNull(ringing),
    answeredAt: msOrNull(answer),
    endedAt: msOrNull(end),
    ringMs: ringing === null ? null : between(ringing, answer ?? end),
    talkMs: answer === null ? (ended ? 0 : null) : between(answer, end),
    holdMs: holdMs(holds),
    pddMs: ringing === null ? null : Math.max(0, toMs(ringing) - startedAt),
    cause,
    sipStatus: ended ? sipStatusOf(parts, answer !== null) : null,
    hungUpBy: ended ? hungUpBy(parts, { answered: answer !== null, firstTransferAt }) : null,
    answeredBy: who,
    trunk: trunkOf(parts, direction),
    did: direction === 'inbound' ? (parts.root.leg.first?.data.destination ?? null) : null,
    routedTo: routedTo(parts.root),
    queue,
    queueVisits,
    conference: conferenceVisits.at(-1) ?? null,
    conferenceVisits,
    parking: parkingOf(parts),
    voicemail,
    transfers,
    holds,
    recordings: recordingsOf(parts),
    quality: worstQuality(legs.slice(0, parts.own.length).map((leg) => leg.quality)),
    known: knowledgeOf(parts),
    legs,
    timeline: timelineOf(parts, transfers),
    revision: parts.own.reduce((sum, view) => sum + view.leg.marks.length, 0) + call.links.size,
  }
}

/** First sign of ringing towards the caller, µs; what rings after the answer (a queue's agents) does not count. */
function ringingAt(parts: CallParts, answer: number | null): number | null {
  const heard =
    parts.caller !== null && parts.caller.direction === 'outbound' ? parts.called : [parts.root, ...parts.called]
  const signs = heard.flatMap((view) => [view.ringingAt ?? [], view.earlyMediaAt ?? []].flat())
  const before = signs.filter((at) => answer === null || at < answer)
  return before.length === 0 ? null : Math.min(...before)
}

function between(from: number, to: number | null): number | null {
  return to === null ? null : Math.max(0, toMs(to) - toMs(from))
}

interface Signs {
  readonly ended: boolean
  readonly answered: boolean
  readonly ringing: boolean
  readonly held: boolean
}

function stateOf(parts: CallParts, signs: Signs): CallState {
  if (signs.ended) return 'ended'
  const open = parts.own.filter((view) => view.end !== 'observed' && view.end !== 'inferred')
  if (open.every((view) => view.end === 'missing')) return 'unknown'
  if (signs.answered) return signs.held ? 'held' : 'answered'
  return signs.ringing ? 'ringing' : 'started'
}

function directionOf(parts: CallParts): Direction {
  const { root, caller } = parts
  if (caller !== null && caller.direction === 'inbound' && userOf(root) === null) return 'inbound'
  return parts.called.some((view) => wayOut(parts, view) !== null) ? 'outbound' : 'internal'
}

function trunkOf(parts: CallParts, direction: Direction): string | null {
  switch (direction) {
    case 'internal':
      return null
    case 'inbound':
      return (
        gatewayOf(parts.root) ??
        parts.root.leg.first?.data.networkAddress ??
        parts.root.leg.last?.data.networkAddress ??
        null
      )
    case 'outbound': {
      const tried = parts.called.filter((view) => wayOut(parts, view) !== null)
      const carried = tried.find((view) => view.answeredAt !== null) ?? tried.at(-1)
      return carried === undefined ? null : wayOut(parts, carried)
    }
  }
}

/** As dialled; the name and user are those of who was reached, or of the only one who was tried. */
function toParty(parts: CallParts, answerer: string | null): Party {
  const only = parts.called.length === 1 ? parts.called[0]! : null
  if (parts.caller === null || parts.caller.direction === 'outbound') {
    const called = parts.called[0] ?? parts.root
    return { number: numberOf(called), name: partyOf(called).name, user: userOf(called) ?? answerer }
  }
  const dialled = parts.root.leg.first?.data.destination ?? parts.root.leg.last?.data.destination ?? null
  return {
    number: dialled,
    name: only === null ? null : partyOf(only).name,
    user: answerer ?? (only === null ? null : userOf(only)),
  }
}

/** A call that a command made: the caller id that the command gave, if any. */
function commandedFrom(parts: CallParts): Party {
  const number = parts.root.leg.first?.data.callerNumber ?? null
  const given = number === null || number === '0000000000' || number === numberOf(parts.root) ? null : number
  return { number: given, name: null, user: null }
}

function tenantOf(parts: CallParts, from: Party, to: Party): string {
  const user = from.user ?? to.user ?? parts.called.map(userOf).find((one) => one !== null) ?? null
  if (user !== null) return user.slice(user.indexOf('@') + 1)
  return variable(parts.root.leg.last?.data, 'domain_name') ?? ''
}

function knowledgeOf(parts: CallParts): Knowledge {
  const inferred = parts.own.filter((view) => view.end === 'inferred')
  if (inferred.length === 0) return { how: 'observed', notBefore: null, notAfter: null, reason: null }
  return {
    how: 'inferred',
    notBefore: toMs(Math.max(...inferred.map((view) => view.notBefore ?? 0))),
    notAfter: toMs(Math.max(...inferred.map((view) => view.notAfter ?? 0))),
    reason: inferred[0]!.inferredBecause,
  }
}

function relatedOf(call: CallWork, lookup: LegLookup): RelatedCall[] {
  const related = new Map<string, Relation>(call.hopOf === null ? [] : [[call.hopOf, 'same_dialog']])
  for (const link of call.links.values()) {
    const other = lookup.leg(link.otherLeg)?.callId ?? link.callId
    const relation = relationOf(link, lookup)
    const held = related.get(other)
    if (other !== call.id && (held === undefined || held === 'bridged')) related.set(other, relation)
  }
  return [...related].map(([callId, relation]) => ({ callId, relation })).sort((a, b) => (a.callId < b.callId ? -1 : 1))
}

function relationOf(link: Link, lookup: LegLookup): Relation {
  const legs = [lookup.leg(link.ownLeg), lookup.leg(link.otherLeg)].filter((leg): leg is LegState => leg !== undefined)
  const some = (test: (leg: LegState) => boolean) => legs.some(test)
  if (some((leg) => leg.marks.some((mark) => mark.k === 'executed' && mark.a === 'eavesdrop'))) return 'eavesdrop'
  if (some((leg) => leg.marks.some((mark) => mark.k === 'parking'))) return 'park_retrieval'
  if (some((leg) => leg.marks.some((mark) => mark.k === 'fifo'))) return 'queue'
  if (some((leg) => variable(leg.last?.data, 'cc_agent_type') === 'uuid-standby')) return 'queue'
  if (some((leg) => (leg.last?.data.vars['transfer_history'] ?? '').toString().includes('att_xfer')))
    return 'attended_transfer'
  return 'bridged'
}
