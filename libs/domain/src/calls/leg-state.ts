/**
 * What is known of one leg: evidence, kept sorted by the switch's own clock and counted once however often and in
 * whatever order it arrives. Everything else about a leg is derived from this, so a record never depends on arrival.
 */
import type { ChannelData } from '../facts/channel.facts.js'

export type MarkKind =
  | 'created'
  | 'originated'
  | 'progressed'
  | 'early_media'
  | 'answered'
  | 'bridged'
  | 'unbridged'
  | 'held'
  | 'resumed'
  | 'executed'
  | 'parked'
  | 'unparked'
  | 'updated'
  | 'renamed'
  | 'hungup'
  | 'completed'
  | 'destroyed'
  | 'recorded'
  | 'dtmf'
  | 'recording_started'
  | 'recording_stopped'
  | 'queue'
  | 'fifo'
  | 'conference'
  | 'parking'
  | 'voicemail'
  | 'listed'
  | 'missing'
  | 'lost'

/** One piece of evidence. `a` and `b` are what the kind needs: peers of a bridge, application and data, digit … */
export interface Mark {
  readonly id: string
  /** µs by the switch's clock. */
  readonly t: number
  readonly s: number
  readonly k: MarkKind
  readonly a?: string | undefined
  readonly b?: string | undefined
  readonly h?: Readonly<Record<string, string>> | undefined
}

/** The channel as one event showed it, with the place of that event in the order. */
export interface Facet {
  readonly rank: number
  readonly t: number
  readonly s: number
  readonly data: ChannelData
}

export interface LegState {
  readonly id: string
  core: string
  /** Leg that brought this one about, with the strength of that evidence. */
  parent: { readonly id: string; readonly rank: number } | null
  /** The earliest view of the channel, its creation if that was seen: numbers are rewritten later. */
  first: Facet | null
  /** The best late view: final statistics if they were seen, else the newest. */
  last: Facet | null
  marks: Mark[]
  /** The call that owns the leg. */
  callId: string
}

export const MAX_MARKS = 2000
const MAX_DIGITS = 256

export function newLeg(id: string): LegState {
  return { id, core: '', parent: null, first: null, last: null, marks: [], callId: id }
}

/** Adds evidence in its place; false when it was there already or the leg holds all it can. */
export function addMark(leg: LegState, mark: Mark): boolean {
  const marks = leg.marks
  let at = marks.length
  while (at > 0 && isAfter(marks[at - 1]!, mark)) at--
  for (let same = at - 1; same >= 0 && marks[same]!.t === mark.t && marks[same]!.s === mark.s; same--) {
    if (marks[same]!.id === mark.id && marks[same]!.k === mark.k) return false
  }
  if (marks.length >= MAX_MARKS && !isTerminal(mark.k)) return false
  if (mark.k === 'dtmf' && marks.length >= MAX_DIGITS) return false
  marks.splice(at, 0, mark)
  return true
}

export function isTerminal(kind: MarkKind): boolean {
  return kind === 'lost' || isHungUp(kind)
}

export function isHungUp(kind: MarkKind): boolean {
  return kind === 'hungup' || isComplete(kind)
}

/** Nothing more is to come. A hang-up alone is not: its statistics follow, unless they are lost in a gap. */
export function isComplete(kind: MarkKind): boolean {
  return kind === 'completed' || kind === 'destroyed' || kind === 'recorded'
}

function isAfter(a: Mark, b: Mark): boolean {
  return a.t !== b.t ? a.t > b.t : a.s !== b.s ? a.s > b.s : a.id > b.id
}

/** Keeps the facet of better rank; among equals the earlier one for `first`, the later one for `last`. */
export function keepFirst(leg: LegState, facet: Facet): void {
  const held = leg.first
  if (held === null || facet.rank > held.rank || (facet.rank === held.rank && precedes(facet, held))) leg.first = facet
}

export function keepLast(leg: LegState, facet: Facet): void {
  const held = leg.last
  if (held === null || facet.rank > held.rank || (facet.rank === held.rank && precedes(held, facet))) leg.last = facet
}

function precedes(a: Facet, b: Facet): boolean {
  return a.t !== b.t ? a.t < b.t : a.s < b.s
}

/** A variable as one string: the first value when the switch gave several. */
export function variable(data: ChannelData | undefined, name: string): string | null {
  const value = data?.vars[name]
  if (value === undefined) return null
  const text = typeof value === 'string' ? value : value[0]
  return text === undefined || text === '' ? null : text
}

/** All values of a variable, in the switch's order. */
export function variables(data: ChannelData | undefined, name: string): readonly string[] {
  const value = data?.vars[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}
