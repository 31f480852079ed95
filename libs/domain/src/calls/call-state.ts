import type { CallRecord } from './call-record.js'
import { newLeg, type LegState } from './leg-state.js'

/** Two legs of different calls that touched. */
export interface Link {
  readonly callId: string
  readonly ownLeg: string
  readonly otherLeg: string
}

export interface CallWork {
  readonly id: string
  readonly switch: string
  readonly legs: Map<string, LegState>
  readonly links: Map<string, Link>
  conversationId: string
  /** Call of a switch whose leg this proxy's dialog is. */
  hopOf: string | null
  /** The record as it was last told; null before the first time. */
  told: CallRecord | null
}

export function newCall(id: string, switchName: string): CallWork {
  return { id, switch: switchName, legs: new Map(), links: new Map(), conversationId: id, hopOf: null, told: null }
}

/** State as text, to be kept beside the record. */
export function serialiseCall(call: CallWork): string {
  return JSON.stringify({ hopOf: call.hopOf, legs: [...call.legs.values()], links: [...call.links.values()] })
}

export interface StoredCall {
  readonly id: string
  readonly switch: string
  readonly conversationId: string
  readonly state: string
}

export function restoreCall(stored: StoredCall): CallWork {
  const { hopOf, legs, links } = JSON.parse(stored.state) as { hopOf: string | null; legs: LegState[]; links: Link[] }
  const call = newCall(stored.id, stored.switch)
  for (const leg of legs) call.legs.set(leg.id, { ...newLeg(leg.id), ...leg })
  for (const link of links) call.links.set(`${link.ownLeg} ${link.otherLeg}`, link)
  call.conversationId = stored.conversationId
  call.hopOf = hopOf
  return call
}
