/** A leg as its evidence shows it, in times and intervals (µs by the switch's clock). */
import { isHungUp, variable, variables, type LegState, type Mark } from './leg-state.js'

export interface Bridge {
  readonly peer: string
  readonly from: number
  readonly to: number | null
}

export interface LegView {
  readonly id: string
  readonly leg: LegState
  readonly direction: 'inbound' | 'outbound'
  readonly startedAt: number
  readonly ringingAt: number | null
  /** First media before answer, when it was before the answer and not at it. */
  readonly earlyMediaAt: number | null
  readonly answeredAt: number | null
  readonly endedAt: number | null
  /** `ending`: hung up, but its final statistics are still to come. */
  readonly end: 'open' | 'missing' | 'ending' | 'observed' | 'inferred'
  /** Bounds of an inferred end. */
  readonly notBefore: number | null
  readonly notAfter: number | null
  readonly inferredBecause: string | null
  readonly cause: string | null
  /** True when evidence proved an earlier inference wrong, or completed it. */
  readonly amended: boolean
  readonly bridges: readonly Bridge[]
  readonly loopback: boolean
}

/** On a plain call the caller's leg gets CHANNEL_PROGRESS_MEDIA at the moment of answer; that is no early media. */
const ANSWER_WITH_MEDIA_US = 100_000

export function viewLeg(leg: LegState): LegView {
  const times = { ...leg.first?.data.times, ...leg.last?.data.times }
  const first = (kind: Mark['k']) => leg.marks.find((mark) => mark.k === kind)?.t ?? null
  const startedAt = times['created'] ?? first('created') ?? leg.marks[0]?.t ?? 0
  const ending = endOf(leg)
  const answeredAt = first('answered') ?? times['answered'] ?? answeredWithoutMedia(leg, ending.endedAt)
  const ringing = first('progressed') ?? times['progress'] ?? null
  const media = first('early_media') ?? times['progressMedia'] ?? null
  const early = media !== null && (answeredAt === null || media < answeredAt - ANSWER_WITH_MEDIA_US) ? media : null
  return {
    id: leg.id,
    leg,
    direction: leg.first?.data.direction ?? leg.last?.data.direction ?? 'inbound',
    startedAt,
    ringingAt: ringing !== null && (answeredAt === null || ringing <= answeredAt) ? ringing : null,
    earlyMediaAt: early,
    answeredAt,
    ...ending,
    bridges: bridgesOf(leg, ending.endedAt, times['bridged']),
    loopback: isLoopback(leg),
  }
}

/** A BYE ends answered dialogs only; without a common codec the switch sends it at once and tells no answer. */
function answeredWithoutMedia(leg: LegState, endedAt: number | null): number | null {
  return variable(leg.last?.data, 'sip_hangup_disposition')?.endsWith('_bye') === true ? endedAt : null
}

type Ending = Pick<LegView, 'endedAt' | 'end' | 'notBefore' | 'notAfter' | 'inferredBecause' | 'cause' | 'amended'>

/** A terminal state wins whatever arrives later; an inferred end gives way to evidence of life after it. */
function endOf(leg: LegState): Ending {
  let hangup: number | null = null
  let died: Mark | null = null
  let complete = false
  let missing = false
  let lost: Mark | null = null
  let disproved = false
  for (const mark of leg.marks) {
    // a command may give its second attempt the id of the first: what died was another channel
    if (mark.k === 'created' && died !== null && mark.s > died.s) {
      hangup = died = null
      complete = false
    }
    if (isHungUp(mark.k) && mark.k !== 'recorded') died = mark
    switch (mark.k) {
      case 'hungup':
        hangup ??= mark.t
        break
      case 'completed':
      case 'destroyed':
      case 'recorded':
        hangup ??= mark.t
        complete = true
        break
      case 'missing':
        missing = true
        break
      case 'lost':
        lost ??= mark
        break
      default:
        if (lost !== null) disproved = true
        lost = null
        missing = false
    }
  }
  const none = { notBefore: null, notAfter: null, inferredBecause: null }
  if (hangup !== null) {
    const endedAt = leg.last?.data.times?.['hangup'] ?? hangup
    const cause = leg.last?.data.cause ?? variable(leg.last?.data, 'hangup_cause')
    const end = complete || lost !== null ? 'observed' : 'ending'
    return {
      ...none,
      endedAt,
      end,
      cause: cause ?? null,
      amended: (complete && lost !== null) || disproved || (complete && backstopped(leg)),
    }
  }
  if (lost !== null) {
    const notBefore = Number(lost.a)
    const notAfter = Number(lost.b)
    const inferredBecause = lost.h?.['reason'] ?? null
    return { notBefore, notAfter, inferredBecause, endedAt: notBefore, end: 'inferred', cause: null, amended: false }
  }
  return { ...none, endedAt: null, end: missing ? 'missing' : 'open', cause: null, amended: false }
}

/** The record of mod_json_cdr is the only terminal evidence. */
function backstopped(leg: LegState): boolean {
  return !leg.marks.some((mark) => mark.k === 'hungup' || mark.k === 'completed' || mark.k === 'destroyed')
}

function bridgesOf(leg: LegState, endedAt: number | null, bridgedAt: number | undefined): Bridge[] {
  const bridges: { peer: string; from: number; to: number | null }[] = []
  for (const mark of leg.marks) {
    if (mark.k !== 'bridged' && mark.k !== 'unbridged') continue
    const peer = mark.a === leg.id ? mark.b : mark.a
    if (peer === undefined) continue
    const open = bridges.at(-1)
    // the end of a bridge may be told after the next one began, by the thread of the channel that was left behind
    const late = mark.k === 'unbridged' && open?.peer !== peer && bridges.some((bridge) => bridge.peer === peer)
    if (open !== undefined && open.to === null && !late) open.to = mark.t
    if (mark.k === 'bridged') bridges.push({ peer, from: mark.t, to: null })
  }
  if (bridges.length === 0 && bridgedAt !== undefined) {
    // the bridge itself was not seen; the channel still remembers its last one
    const peer = variable(leg.last?.data, 'bridge_uuid') ?? variable(leg.last?.data, 'last_bridge_to')
    if (peer !== null) bridges.push({ peer, from: bridgedAt, to: null })
  }
  const last = bridges.at(-1)
  if (last !== undefined && last.to === null) last.to = endedAt
  return bridges
}

function isLoopback(leg: LegState): boolean {
  return leg.first?.data.name?.startsWith('loopback/') === true || variable(leg.last?.data, 'loopback_leg') !== null
}

/** Entries of `transfer_history`: `epoch:uuid:kind:what`, oldest first. */
export function transferHistory(leg: LegState): { atSeconds: number; kind: string; what: string }[] {
  return variables(leg.last?.data, 'transfer_history').flatMap((entry) => {
    const [epoch, , kind, ...what] = entry.split(':')
    return epoch === undefined || kind === undefined ? [] : [{ atSeconds: Number(epoch), kind, what: what.join(':') }]
  })
}
