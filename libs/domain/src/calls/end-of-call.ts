/** Who ended a call, why, and what came of it. */
import { isAgent, roleOf, type CallParts } from './call-parts.js'
import type { Disposition, HungUpBy, QueueVisit, Voicemail } from './call-record.js'
import { isComplete, variable } from './leg-state.js'
import type { LegView } from './leg-view.js'

/** Causes of forked legs that lost: they say nothing about the call. */
const LOSER_CAUSES = new Set(['LOSE_RACE', 'PICKED_OFF', 'ORIGINATOR_CANCEL'])
/** Legs end within this time of one another when one end makes the other, µs. */
const TOGETHER_US = 1_000_000

export function hangupDisposition(view: LegView): string | null {
  return variable(view.leg.last?.data, 'sip_hangup_disposition')
}

export function hungUpBy(parts: CallParts, context: { answered: boolean; firstTransferAt: number | null }): HungUpBy {
  if (parts.own.some((view) => view.end === 'inferred')) return 'unknown'
  if (!context.answered) return unansweredEndedBy(parts)
  const bridge = lastBridge(parts)
  const lastEnd = Math.max(...parts.own.map((view) => view.endedAt ?? 0))
  const inBridge = bridge !== null && bridge.to >= lastEnd - TOGETHER_US ? bridge.legs : [lastToEnd(parts)]
  const said = inBridge
    .filter((view) => hangupDisposition(view) === 'recv_bye')
    .sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
  const who = said[0]
  return who === undefined ? nobody(parts) : nameOfEnder(parts, who, context.firstTransferAt)
}

function unansweredEndedBy(parts: CallParts): HungUpBy {
  if (callerGaveUp(parts)) return 'caller'
  const last = decidingLeg(parts)
  return last !== null && hangupDisposition(last) === 'recv_refuse' ? 'callee' : nobody(parts)
}

/** A caller whom a command called first has answered, and says BYE where another would say CANCEL. */
function callerGaveUp(parts: CallParts): boolean {
  const said = parts.caller === null ? null : hangupDisposition(parts.caller)
  return said === 'recv_cancel' || said === 'recv_bye'
}

/** No phone is said to have hung up: then the switch did, unless what would say so was not heard. */
function nobody(parts: CallParts): HungUpBy {
  return parts.own.every((view) => view.leg.marks.some((mark) => isComplete(mark.k))) ? 'system' : 'unknown'
}

function nameOfEnder(parts: CallParts, view: LegView, firstTransferAt: number | null): HungUpBy {
  switch (roleOf(parts, view, firstTransferAt)) {
    case 'caller':
      return 'caller'
    case 'transfer_target':
      return 'transfer_target'
    case 'agent':
      return 'agent'
    case 'retriever':
      return 'retriever'
    case 'interceptor':
      return 'interceptor'
    default:
      return 'callee'
  }
}

/** The last bridge with those whose legs ended with it: how a guest's own call ends hours later says nothing of ours. */
function lastBridge(parts: CallParts): { legs: LegView[]; to: number } | null {
  let last: { legs: LegView[]; to: number } | null = null
  for (const view of parts.own) {
    for (const bridge of view.bridges) {
      const peer = parts.find(bridge.peer)
      const to = bridge.to ?? view.endedAt ?? 0
      if (peer !== undefined && (last === null || to > last.to)) last = { legs: [view, peer], to }
    }
  }
  if (last === null) return null
  const { legs, to } = last
  const joined = legs.some((view) => view.loopback) ? bridgedUntil(parts, to) : legs
  return { legs: joined.filter((view) => (view.endedAt ?? 0) <= to + TOGETHER_US), to }
}

/** A loopback pair joins two bridges, which end together: the two people are at their far ends. */
function bridgedUntil(parts: CallParts, to: number): LegView[] {
  const ended = (view: LegView) => view.bridges.at(-1)?.to ?? view.endedAt ?? 0
  return parts.own.filter((view) => view.bridges.length > 0 && ended(view) >= to - TOGETHER_US)
}

/** Of those who were in the call: a phone that still rings is only stopped after who it rang for has gone. */
function lastToEnd(parts: CallParts): LegView {
  const answered = parts.own.filter((view) => view.answeredAt !== null)
  return (answered.length === 0 ? parts.own : answered).reduce((last, view) =>
    (view.endedAt ?? 0) > (last.endedAt ?? 0) ? view : last,
  )
}

/** The called leg whose end decided an unanswered call: the last one that did not merely lose a race. */
function decidingLeg(parts: CallParts): LegView | null {
  const candidates = parts.called.filter((view) => view.endedAt !== null && !LOSER_CAUSES.has(view.cause ?? ''))
  return candidates.reduce<LegView | null>(
    (last, view) => (last === null || view.endedAt! >= last.endedAt! ? view : last),
    null,
  )
}

export function causeOf(parts: CallParts, answered: boolean): string | null {
  const main = parts.caller ?? parts.root
  const plain = (cause: string | null) => cause === null || cause === 'NORMAL_CLEARING'
  if (!answered) {
    if (main.cause !== null && !plain(main.cause)) return main.cause
    return decidingLeg(parts)?.cause ?? variable(main.leg.last?.data, 'originate_failed_cause') ?? main.cause
  }
  if (!plain(main.cause)) return main.cause
  const bridge = lastBridge(parts)
  const telling = bridge?.legs.find((view) => !plain(view.cause) && !LOSER_CAUSES.has(view.cause ?? ''))
  return telling?.cause ?? main.cause
}

/** SIP status that the caller saw in the end, as far as evidence tells. */
export function sipStatusOf(parts: CallParts, answered: boolean): number | null {
  if (answered) return 200
  const main = (parts.caller ?? parts.root).leg.last?.data
  if (callerGaveUp(parts)) return 487
  const refused = decidingLeg(parts)
  const candidates = [
    refused !== null && hangupDisposition(refused) === 'recv_refuse'
      ? variable(refused.leg.last?.data, 'sip_term_status')
      : null,
    variable(main, 'last_bridge_proto_specific_hangup_cause')?.replace('sip:', '') ?? null,
    parts.caller === null ? variable(main, 'sip_term_status') : null,
  ]
  for (const candidate of candidates) {
    const status = Number(candidate)
    if (Number.isInteger(status) && status >= 300 && status < 700) return status
  }
  return STATUS_OF_CAUSE[(parts.caller ?? parts.root).cause ?? ''] ?? null
}

/** What mod_sofia answers to an unanswered INVITE for a cause (a part of its table). */
const STATUS_OF_CAUSE: Readonly<Record<string, number>> = {
  UNALLOCATED_NUMBER: 404,
  NO_ROUTE_DESTINATION: 404,
  USER_BUSY: 486,
  NO_USER_RESPONSE: 408,
  NO_ANSWER: 480,
  NORMAL_CLEARING: 480,
  SUBSCRIBER_ABSENT: 480,
  USER_NOT_REGISTERED: 480,
  CALL_REJECTED: 603,
  DESTINATION_OUT_OF_ORDER: 502,
  INVALID_NUMBER_FORMAT: 484,
  NORMAL_TEMPORARY_FAILURE: 503,
  NETWORK_OUT_OF_ORDER: 503,
  SERVICE_UNAVAILABLE: 503,
  INCOMPATIBLE_DESTINATION: 488,
  ORIGINATOR_CANCEL: 487,
}

const REFUSALS: Readonly<Record<string, Disposition>> = {
  USER_BUSY: 'busy',
  CALL_REJECTED: 'rejected',
  NO_ANSWER: 'no_answer',
  NO_USER_RESPONSE: 'no_answer',
  ALLOTTED_TIMEOUT: 'no_answer',
  PROGRESS_TIMEOUT: 'no_answer',
  RECOVERY_ON_TIMER_EXPIRE: 'no_answer',
  ORIGINATOR_CANCEL: 'cancelled',
}

export interface Outcome {
  readonly answered: boolean
  readonly cause: string | null
  readonly voicemail: Voicemail | null
  readonly queue: QueueVisit | null
}

const QUEUE_OUTCOMES = { waiting: 'unknown', abandoned: 'abandoned', timeout: 'no_answer', failed: 'failed' } as const

/** What came of the call for the caller. An answer by the switch itself after nobody took the call is no answer. */
export function dispositionOf(parts: CallParts, outcome: Outcome): Disposition {
  const { answered, cause, voicemail, queue } = outcome
  const reachedPerson = parts.own.some((view) =>
    view.bridges.some((bridge) => parts.find(bridge.peer)?.answeredAt != null),
  )
  if (answered && reachedPerson) return 'answered'
  if (voicemail !== null) return 'voicemail'
  if (queue !== null && queue.role === 'caller' && queue.outcome !== 'answered') return QUEUE_OUTCOMES[queue.outcome]
  if (answered) return failedBefore(parts) ?? 'answered'
  if (parts.own.some((view) => view.end === 'inferred')) return 'unknown'
  if (callerGaveUp(parts)) return 'cancelled'
  return REFUSALS[cause ?? ''] ?? refusedWith(parts, cause) ?? 'failed'
}

const VAGUE_CAUSES: ReadonlySet<string | null> = new Set(['NORMAL_CLEARING', 'NORMAL_UNSPECIFIED', 'INTERWORKING'])
const REFUSAL_STATUS: Readonly<Record<string, Disposition>> = {
  408: 'no_answer',
  480: 'no_answer',
  486: 'busy',
  600: 'busy',
  603: 'rejected',
  607: 'rejected',
}

/** A `Reason` header overrides the cause that mod_sofia takes from the status, often with one that says nothing. */
function refusedWith(parts: CallParts, cause: string | null): Disposition | null {
  const last = decidingLeg(parts)
  if (last === null || !VAGUE_CAUSES.has(cause) || hangupDisposition(last) !== 'recv_refuse') return null
  return REFUSAL_STATUS[variable(last.leg.last?.data, 'sip_term_status') ?? ''] ?? null
}

/** Phones were rung, none answered, and then the switch answered by itself. */
function failedBefore(parts: CallParts): Disposition | null {
  const people = parts.called.filter((view) => view !== parts.caller && !isAgent(view))
  if (parts.caller === null || people.length === 0 || people.some((view) => view.answeredAt !== null)) return null
  const cause = decidingLeg(parts)?.cause
  return cause === undefined || cause === null ? null : (REFUSALS[cause] ?? 'failed')
}
