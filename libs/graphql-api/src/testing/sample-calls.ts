/** Hand-written records for tests: as the correlation would give them, small enough to reason about. */
import type { CallRecord, LegRecord } from '@trunkline/domain'

export const A = 'a.example'
export const B = 'b.example'
/** 2026-03-02T08:00:00Z, a Monday. */
export const START = Date.UTC(2026, 2, 2, 8)

export function leg(id: string, over: Partial<LegRecord> = {}): LegRecord {
  return {
    id,
    role: 'caller',
    direction: 'inbound',
    number: null,
    name: null,
    user: null,
    sipCallId: `${id}@phone`,
    gateway: null,
    networkAddress: '192.0.2.7',
    userAgent: 'Desk 1.0',
    startedAt: START,
    ringingAt: null,
    answeredAt: null,
    endedAt: null,
    talkMs: 0,
    cause: null,
    sipStatus: null,
    hungUpBy: null,
    codec: 'PCMA',
    quality: null,
    how: 'observed',
    ...over,
  }
}

/** An internal call of `alice` to `bob` in tenant A that was answered and ended, unless told otherwise. */
export function call(id: string, over: Partial<CallRecord> = {}): CallRecord {
  const startedAt = over.startedAt ?? START
  const from = over.from ?? { number: '1001', name: 'Alice', user: `alice@${A}` }
  const to = over.to ?? { number: '1002', name: null, user: `bob@${A}` }
  return {
    id,
    conversationId: id,
    kind: 'call',
    related: [],
    switch: 'pbx1',
    tenant: A,
    direction: 'internal',
    from,
    to,
    state: 'ended',
    lifecycle: 'final',
    disposition: 'answered',
    startedAt,
    ringingAt: startedAt + 100,
    answeredAt: startedAt + 2000,
    endedAt: startedAt + 62_000,
    ringMs: 1900,
    talkMs: 60_000,
    holdMs: 0,
    pddMs: 100,
    cause: 'NORMAL_CLEARING',
    sipStatus: 200,
    hungUpBy: 'caller',
    answeredBy: { kind: 'user', number: to.number, name: null, user: to.user, legId: `${id}-b` },
    trunk: null,
    did: null,
    routedTo: null,
    queue: null,
    queueVisits: [],
    conference: null,
    conferenceVisits: [],
    parking: null,
    voicemail: null,
    transfers: [],
    holds: [],
    recordings: [],
    quality: { mos: 4.2, jitterMs: 3, lossPercent: 0.1, packetsReceived: 3000 },
    known: { how: 'observed', notBefore: null, notAfter: null, reason: null },
    legs: [
      leg(`${id}-a`, { number: from.number, user: from.user, startedAt }),
      leg(`${id}-b`, { role: 'callee', direction: 'outbound', number: to.number, user: to.user, startedAt }),
    ],
    timeline: [{ at: startedAt, what: 'started', legId: null, detail: null }],
    revision: 1,
    ...over,
  }
}

/** The same call while it goes on. */
export function live(id: string, over: Partial<CallRecord> = {}): CallRecord {
  const open = { endedAt: null, cause: null, hungUpBy: null, disposition: null, talkMs: null, sipStatus: null }
  return call(id, { state: 'answered', lifecycle: 'live', ...open, ...over })
}
