import { isAgent, partyOf, wayOut, type CallParts } from './call-parts.js'
import type { Answerer, AnswererKind, QueueVisit, Voicemail } from './call-record.js'
import type { LegView } from './leg-view.js'

/** When the caller was answered, µs: for a call that a command made, when the called party answered. */
export function answeredAt(parts: CallParts): number | null {
  const { caller, root } = parts
  if (caller !== null && caller.direction === 'inbound') return caller.answeredAt ?? handedOverAt(parts)
  const answers = (caller === null ? (parts.called.length > 0 ? parts.called : [root]) : parts.called).flatMap(
    (view) => view.answeredAt ?? [],
  )
  return answers.length === 0 ? null : Math.min(...answers)
}

/** The caller transferred somebody else to a phone that still rang: its answer, to that one, is the answer of the call. */
function handedOverAt(parts: CallParts): number | null {
  const guests = new Set(parts.guests.map((view) => view.id))
  const answers = parts.called
    .filter((view) => view.bridges.some((bridge) => guests.has(bridge.peer)))
    .flatMap((view) => view.answeredAt ?? [])
  return answers.length === 0 ? null : Math.min(...answers)
}

/** Who answered: the person reached first; else the application that did. */
export function answeredBy(
  parts: CallParts,
  services: { queue: QueueVisit | null; voicemail: Voicemail | null },
): Answerer | null {
  if (answeredAt(parts) === null) return null
  const person = firstPerson(parts)
  if (person !== null) return { kind: kindOf(parts, person, services.queue), ...partyOf(person), legId: person.id }
  const kind = applicationKind(parts, services)
  return { kind, number: null, name: applicationName(parts, services), user: null, legId: null }
}

function firstPerson(parts: CallParts): LegView | null {
  if (parts.caller === null) {
    return (
      parts.called.filter((view) => view.answeredAt !== null).sort((a, b) => a.answeredAt! - b.answeredAt!)[0] ?? null
    )
  }
  for (const bridge of parts.caller.bridges) {
    const peer = parts.find(bridge.peer)
    // early media is bridged too: whoever it came from may never have answered
    if (peer === undefined || peer.answeredAt === null) continue
    // a loopback pair stands between: who answered is behind it
    if (!peer.loopback) return peer
    return parts.called.find((view) => view.answeredAt !== null) ?? null
  }
  const answered = parts.called.filter((view) => view.answeredAt !== null)
  if (parts.caller.direction === 'outbound') return answered[0] ?? null
  // the bridge was not heard of on the caller's side: the other side may know it, or only one can have answered
  const caller = parts.caller
  const knowing = answered.find((view) => view.bridges.some((bridge) => bridge.peer === caller.id))
  return knowing ?? (answered.length === 1 ? answered[0]! : null)
}

function kindOf(parts: CallParts, view: LegView, queue: QueueVisit | null): AnswererKind {
  if (isAgent(view) || (queue?.kind === 'fifo' && queue.role === 'caller')) return 'agent'
  return wayOut(parts, view) === null ? 'user' : 'external'
}

function applicationKind(
  parts: CallParts,
  { queue, voicemail }: { queue: QueueVisit | null; voicemail: Voicemail | null },
): AnswererKind {
  const marks = parts.own.flatMap((view) => view.leg.marks)
  if (marks.some((mark) => mark.k === 'conference' && mark.a === 'add-member')) return 'conference'
  if (queue !== null) return queue.kind === 'fifo' ? 'fifo' : 'queue'
  if (voicemail !== null) return 'voicemail'
  if (marks.some((mark) => mark.k === 'executed' && (mark.a === 'ivr' || mark.a === 'play_and_get_digits')))
    return 'ivr'
  return 'application'
}

function applicationName(
  parts: CallParts,
  { queue, voicemail }: { queue: QueueVisit | null; voicemail: Voicemail | null },
): string | null {
  const marks = parts.own.flatMap((view) => view.leg.marks)
  const conference = marks.find((mark) => mark.k === 'conference' && mark.a === 'add-member')?.h?.['Conference-Name']
  if (conference !== undefined) return conference
  if (queue !== null) return queue.name
  if (voicemail !== null) return voicemail.box
  return marks.findLast((mark) => mark.k === 'executed' && mark.a !== 'hangup' && mark.a !== 'answer')?.a ?? null
}
