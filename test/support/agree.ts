/** Compares a call record with what the endpoints of a capture saw. Returns disagreements as sentences. */
import type { CallRecord } from '@trunkline/domain'
import type { TruthCall, TruthLeg } from './capture.js'

/** Finds the record of a true call by the SIP Call-ID of its first leg. */
export function recordOf(truth: TruthCall, records: readonly CallRecord[]): CallRecord | undefined {
  const sipCallId = truth.sip_legs[0]?.sip_call_id
  return records.find((record) => record.legs.some((leg) => leg.sipCallId === sipCallId && !GUESTS.has(leg.role)))
}
const GUESTS = new Set(['peer', 'parked', 'retriever'])

export function disagreements(truth: TruthCall, record: CallRecord, toleranceMs: number): string[] {
  const found: string[] = []
  const expect = (what: string, is: unknown, should: unknown) => {
    if (is !== should) found.push(`${truth.id}: ${what} is ${JSON.stringify(is)}, should be ${JSON.stringify(should)}`)
  }
  const near = (what: string, ms: number | null | undefined, seconds: number | null | undefined) => {
    if (seconds === null || seconds === undefined) return
    if (ms === null || ms === undefined || Math.abs(ms - seconds * 1000) > toleranceMs)
      found.push(`${truth.id}: ${what} is ${ms} ms, should be ${seconds} s`)
  }
  expect('state', record.state, 'ended')
  expect('from', record.from.number, truth.from_number)
  // of a number with odd characters the switch itself keeps a part only
  if (!truth.to_number.includes('%')) expect('to', record.to.number, truth.did ?? truth.to_number)
  expect('answered', record.answeredAt !== null, truth.answered)
  const cause = truth.expected_causes.length === 0 || truth.expected_causes.includes(record.cause ?? '')
  if (!cause) found.push(`${truth.id}: cause is ${record.cause}, should be one of ${truth.expected_causes.join(', ')}`)
  const hungUpBy = expectedHangup(truth)
  if (hungUpBy !== null && !hungUpBy.includes(record.hungUpBy ?? '')) {
    found.push(`${truth.id}: hung up by ${record.hungUpBy}, should be ${hungUpBy.join(' or ')} (${truth.hangup_by})`)
  }
  const answerer = expectedAnswerer(truth)
  if (answerer !== null) expect('answered by', record.answeredBy?.number, answerer)
  for (const leg of truth.sip_legs) {
    const ours = record.legs.find((one) => one.sipCallId === leg.sip_call_id)
    if (ours === undefined) {
      // a leg cancelled before any 18x leaves no Call-ID behind
      if (leg.answered) found.push(`${truth.id}: leg of ${leg.ua} (${leg.truth_role}) is missing`)
      continue
    }
    if (leg.answered) near(`talk time of ${leg.truth_role}`, ours.talkMs, leg.talk_s)
    else expect(`talk time of ${leg.truth_role}`, ours.talkMs, 0)
  }
  const caller = truth.sip_legs[0]
  if (caller !== undefined && isCaller(caller) && truth['click_to_call'] !== true)
    near('ring time', record.ringMs, caller.ring_s)
  return found
}

function isCaller(leg: TruthLeg): boolean {
  return leg.truth_role === 'caller'
}

function expectedHangup(truth: TruthCall): string[] | null {
  const by = truth.hangup_by
  if (by === undefined || by.startsWith('nobody')) return by === undefined ? null : ['unknown']
  if (by.startsWith('switch')) return ['system']
  if (by === 'agent') return ['agent']
  if (by.startsWith('caller')) return ['caller']
  if (by.startsWith('transfer target')) return ['transfer_target']
  if (by === 'target') return ['transfer_target', 'callee']
  if (by.startsWith('callee') || by === 'customer leg' || by === 'supervisor') return ['callee']
  // the consumer's own phone says "recv BYE": it was the waiting caller who hung up
  if (by === 'consumer') return ['callee']
  if (truth['park'] !== undefined) return ['retriever']
  if (truth['transfers'] !== undefined) return ['transfer_target']
  if (truth['ivr'] === true) return ['callee']
  return null
}

function expectedAnswerer(truth: TruthCall): string | null {
  const by = truth.answered_by
  if (!truth.answered || by === undefined || by === null) return null
  return /(?:^|agent |IVR then |parked call of )(\+?\d{4,})$/.exec(by)?.[1] ?? null
}
