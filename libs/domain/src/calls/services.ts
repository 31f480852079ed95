/** Queue, conference, parking, voicemail, holds and recordings of a call. */
import { numberOf, toMs, type CallParts } from './call-parts.js'
import type { ConferenceVisit, Hold, Parking, QueueVisit, Recording, Voicemail } from './call-record.js'
import { variable, type Mark } from './leg-state.js'
import type { LegView } from './leg-view.js'

type Open<T> = { -readonly [K in keyof T]: T[K] }

export function queueVisitsOf(parts: CallParts): QueueVisit[] {
  return parts.own
    .flatMap((view) => [...callcenterVisits(view), ...fifoVisits(parts, view)])
    .sort((a, b) => a.joinedAt - b.joinedAt)
}

function callcenterVisits(view: LegView): QueueVisit[] {
  const visits: Open<QueueVisit>[] = []
  for (const mark of view.leg.marks) {
    if (mark.k !== 'queue') continue
    const at = toMs(mark.t)
    if (mark.a === 'member-queue-start')
      visits.push(newVisit(mark.h?.['CC-Queue'] ?? '', { kind: 'callcenter', role: 'caller', at }))
    let visit = visits.at(-1)
    if (visit === undefined)
      visits.push((visit = newVisit(mark.h?.['CC-Queue'] ?? '', { kind: 'callcenter', role: 'caller', at })))
    if (mark.a === 'bridge-agent-start')
      Object.assign(visit, { answeredAt: at, agent: mark.h?.['CC-Agent'] ?? null, outcome: 'answered' })
    if (mark.a === 'member-queue-end' || mark.a === 'member-queue-resume') leave(visit, at, cancelled(mark))
  }
  return visits.map((visit) => settle(visit, view))
}

function cancelled(mark: Mark): QueueVisit['outcome'] {
  const reason = mark.h?.['CC-Cancel-Reason'] ?? ''
  return reason.includes('TIMEOUT') ? 'timeout' : mark.h?.['CC-Cause'] === 'Cancel' ? 'abandoned' : 'failed'
}

function fifoVisits(parts: CallParts, view: LegView): QueueVisit[] {
  const visits: Open<QueueVisit>[] = []
  for (const mark of view.leg.marks) {
    if (mark.k !== 'fifo') continue
    const at = toMs(mark.t)
    const name = mark.h?.['FIFO-Name'] ?? ''
    if (mark.a === 'push') visits.push(newVisit(name, { kind: 'fifo', role: 'caller', at }))
    if (mark.a === 'consumer_start') visits.push(newVisit(name, { kind: 'fifo', role: 'consumer', at }))
    const visit = visits.at(-1)
    if (visit === undefined) continue
    if (mark.a === 'bridge-caller-start' || mark.a === 'bridge-consumer-start') {
      const peer = view.bridges.map((bridge) => parts.find(bridge.peer)).find((one) => one !== undefined)
      const agent = visit.role === 'caller' ? peer : view
      Object.assign(visit, { answeredAt: at, agent: agent === undefined ? null : numberOf(agent), outcome: 'answered' })
    }
    if (mark.a === 'abort') leave(visit, at, 'abandoned')
    if (mark.a === 'bridge-caller-stop' || mark.a === 'consumer_stop') leave(visit, at, 'failed')
  }
  return visits.map((visit) => settle(visit, view))
}

function newVisit(name: string, visit: Pick<QueueVisit, 'kind' | 'role'> & { at: number }): Open<QueueVisit> {
  const { kind, role, at } = visit
  return {
    name,
    kind,
    role,
    joinedAt: at,
    leftAt: null,
    answeredAt: null,
    waitMs: null,
    agent: null,
    outcome: 'waiting',
  }
}

function leave(visit: Open<QueueVisit>, at: number, unanswered: QueueVisit['outcome']): void {
  visit.leftAt = at
  if (visit.outcome !== 'answered') visit.outcome = unanswered
}

/** Who hangs up while waiting has left, also when the queue did not say so. */
function settle(visit: Open<QueueVisit>, view: LegView): QueueVisit {
  if (visit.leftAt === null && view.endedAt !== null) leave(visit, toMs(view.endedAt), 'abandoned')
  const waitedTo = visit.answeredAt ?? visit.leftAt
  return { ...visit, waitMs: waitedTo === null ? null : Math.max(0, waitedTo - visit.joinedAt) }
}

export function conferenceVisitsOf(parts: CallParts): ConferenceVisit[] {
  const visits: Open<ConferenceVisit>[] = []
  for (const view of parts.own) {
    for (const mark of view.leg.marks) {
      if (mark.k !== 'conference') continue
      if (mark.a === 'add-member') {
        const name = mark.h?.['Conference-Name'] ?? ''
        visits.push({
          name,
          memberId: mark.h?.['Member-ID'] ?? null,
          joinedAt: toMs(mark.t),
          leftAt: null,
          kicked: false,
        })
      }
      const visit = visits.at(-1)
      if (visit !== undefined && mark.a === 'kick-member') visit.kicked = true
      if (visit !== undefined && mark.a === 'del-member') visit.leftAt = toMs(mark.t)
    }
    const last = visits.at(-1)
    if (last !== undefined && last.leftAt === null && view.endedAt !== null) last.leftAt = toMs(view.endedAt)
  }
  return visits
}

export function parkingOf(parts: CallParts): Parking | null {
  let parking: Open<Parking> | null = null
  for (const view of parts.own) {
    for (const mark of view.leg.marks) {
      if (mark.k === 'parking' && mark.a === 'hold') {
        parking = newParking(parts, view, {
          lot: mark.h?.['Valet-Lot-Name'] ?? '',
          slot: mark.h?.['Valet-Extension'] ?? '',
          at: mark.t,
        })
      } else if (mark.k === 'parking' && mark.a === 'bridge' && parking !== null) {
        const retriever = parts.find(mark.h?.['Bridge-To-UUID'] ?? '')
        Object.assign(parking, {
          retrievedAt: toMs(mark.t),
          retrievedBy: retriever === undefined ? null : numberOf(retriever),
        })
      } else if (mark.k === 'parked' && parking === null) {
        parking = newParking(parts, view, { lot: 'park', slot: '', at: mark.t })
      } else if (mark.k === 'unparked' && parking !== null && parking.retrievedAt === null)
        parking.retrievedAt = toMs(mark.t)
    }
  }
  return parking
}

function newParking(parts: CallParts, view: LegView, place: { lot: string; slot: string; at: number }): Open<Parking> {
  const before = view.bridges.findLast((bridge) => bridge.from < place.at)
  const parker = before === undefined ? undefined : parts.find(before.peer)
  const by = parker === undefined ? null : numberOf(parker)
  return { lot: place.lot, slot: place.slot, by, parkedAt: toMs(place.at), retrievedAt: null, retrievedBy: null }
}

/** A deposit; `voicemail check …` is somebody listening to their own box. */
export function voicemailOf(parts: CallParts): Voicemail | null {
  let box: string | null = null
  let leftMessage = false
  for (const mark of parts.own.flatMap((view) => view.leg.marks)) {
    if (mark.k === 'executed' && mark.a === 'voicemail') {
      const words = (mark.b ?? '').trim().split(/\s+/)
      const [, domain, user] = words
      if (words[0] !== 'check' && user !== undefined) box = `${user}@${domain ?? ''}`
    }
    if (mark.k === 'voicemail' && mark.a === 'leave-message') {
      box = `${mark.h?.['VM-User'] ?? ''}@${mark.h?.['VM-Domain'] ?? ''}`
      leftMessage = true
    }
  }
  return box === null ? null : { box, leftMessage }
}

export function holdsOf(parts: CallParts): Hold[] {
  const holds: Open<Hold>[] = []
  for (const view of parts.own) {
    let open: Open<Hold> | null = null
    for (const mark of view.leg.marks) {
      if (mark.k === 'held' && open === null) {
        open = { by: numberOf(view), legId: view.id, from: toMs(mark.t), to: null }
        holds.push(open)
      } else if (mark.k === 'resumed' && open !== null) {
        open.to = toMs(mark.t)
        open = null
      }
    }
    if (open !== null && view.endedAt !== null) open.to = toMs(view.endedAt)
  }
  return holds.sort((a, b) => a.from - b.from || (a.legId < b.legId ? -1 : 1))
}

/** Time during which at least one leg was on hold, ms. */
export function holdMs(holds: readonly Hold[]): number {
  let total = 0
  let coveredTo = 0
  for (const hold of holds) {
    if (hold.to === null) continue
    total += Math.max(0, hold.to - Math.max(hold.from, coveredTo))
    coveredTo = Math.max(coveredTo, hold.to)
  }
  return total
}

export function recordingsOf(parts: CallParts): Recording[] {
  return parts.own.flatMap((view) => recordingsOfLeg(view, parts.id))
}

function recordingsOfLeg(view: LegView, callId: string): Recording[] {
  const recordings: Open<Recording>[] = []
  for (const mark of view.leg.marks) {
    if (mark.k === 'recording_started' && !awaitsAnswer(view))
      recordings.push(newRecording(view, { callId, path: mark.a ?? '', at: mark.t }))
    if (mark.k !== 'recording_stopped') continue
    const claimedMs = Number(mark.h?.['record_ms'] ?? Number.NaN)
    const durationMs = Number.isFinite(claimedMs) ? claimedMs : null
    let recording = recordings.find((one) => one.path === mark.a && one.stoppedAt === null)
    if (recording === undefined) {
      // the start was not seen: it began as long ago as the switch claims
      recordings.push(
        (recording = newRecording(view, { callId, path: mark.a ?? '', at: mark.t - (durationMs ?? 0) * 1000 })),
      )
    }
    const empty = durationMs === 0 || mark.h?.['record_file_size'] === '0'
    Object.assign(recording, {
      stoppedAt: toMs(mark.t),
      durationMs,
      state: empty ? 'damaged' : 'completed',
      reason: empty ? 'the switch claims no audio' : null,
    })
  }
  if (view.end === 'observed' || view.end === 'inferred') {
    for (const recording of recordings) {
      if (recording.stoppedAt === null)
        Object.assign(recording, { state: 'damaged', reason: 'the leg ended and the recording was never stopped' })
    }
  }
  return recordings
}

/** With RECORD_ANSWER_REQ the switch says "started" while it rings; there is no audio, and no recording, before the answer. */
function awaitsAnswer(view: LegView): boolean {
  return view.answeredAt === null && variable(view.leg.last?.data, 'RECORD_ANSWER_REQ') === 'true'
}

function newRecording(
  view: LegView,
  { callId, path, at }: { callId: string; path: string; at: number },
): Open<Recording> {
  // audio begins at the answer
  const waits = variable(view.leg.last?.data, 'RECORD_ANSWER_REQ') === 'true'
  const from = waits && view.answeredAt !== null ? Math.max(at, view.answeredAt) : at
  return {
    id: `${view.id}/${at}`,
    callId,
    legId: view.id,
    conference: null,
    path,
    state: 'recording',
    startedAt: toMs(from),
    stoppedAt: null,
    durationMs: null,
    reason: null,
  }
}
