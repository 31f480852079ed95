/** Evidence from module events (queues, conferences, parking, voicemail): which leg, and what. */
import type { SwitchFact } from '../facts/switch.facts.js'
import type { Mark } from './leg-state.js'

export type ModuleFact = Extract<
  SwitchFact,
  { type: 'queue.changed' | 'fifo.changed' | 'conference.changed' | 'parking.changed' | 'voicemail.changed' }
>

export interface ModuleEvidence {
  readonly leg: string
  readonly mark: Mark
  /** Another leg that this one touched by it. */
  readonly other: string | null
}

const HEADERS = {
  'queue.changed': ['CC-Queue', 'CC-Agent', 'CC-Agent-UUID', 'CC-Cause', 'CC-Cancel-Reason', 'CC-Hangup-Cause'],
  'fifo.changed': ['FIFO-Name', 'FIFO-Caller-UUID', 'FIFO-Slot'],
  'conference.changed': ['Conference-Name', 'Conference-Unique-ID', 'Member-ID', 'Member-Type'],
  'parking.changed': ['Valet-Lot-Name', 'Valet-Extension', 'Bridge-To-UUID'],
  'voicemail.changed': ['VM-User', 'VM-Domain', 'VM-File-Path', 'VM-Message-Len'],
} as const

const KINDS = {
  'queue.changed': 'queue',
  'fifo.changed': 'fifo',
  'conference.changed': 'conference',
  'parking.changed': 'parking',
  'voicemail.changed': 'voicemail',
} as const

export function isModuleFact(fact: { readonly type: string }): fact is ModuleFact {
  return fact.type in KINDS
}

/** Null when the event is about no call (an agent's state, a count). */
export function moduleEvidence(fact: ModuleFact): ModuleEvidence | null {
  const { headers, channel } = fact.data
  const leg = fact.type === 'queue.changed' ? headers['CC-Member-Session-UUID'] : (channel ?? headers['VM-UUID'])
  if (leg === undefined) return null
  const kept: Record<string, string> = {}
  for (const name of HEADERS[fact.type]) if (headers[name] !== undefined) kept[name] = headers[name]
  const mark = { id: fact.id, t: fact.time, s: fact.data.seq, k: KINDS[fact.type], a: fact.data.action, h: kept }
  return { leg, mark, other: otherLeg(fact) }
}

function otherLeg(fact: ModuleFact): string | null {
  const headers = fact.data.headers
  switch (fact.type) {
    case 'parking.changed':
      return headers['Bridge-To-UUID'] ?? null
    case 'fifo.changed':
      return headers['FIFO-Caller-UUID'] ?? null
    case 'queue.changed':
    case 'conference.changed':
    case 'voicemail.changed':
      return null
  }
}
