import { describe, expect, it } from '@jest/globals'
import type { CallMoment } from '@trunkline/simulated-switch'
import type { CallRecord } from './api.js'
import { auditCalls, auditFeed, auditPhones } from './audit.js'
import { Ledger } from './ledger.js'
import { percentiles } from './percentiles.js'
import { Subscriber } from './subscriber.js'

const ANSWERED = 'a-ext-ext-caller-hangup'
const BUSY = 'd-busy-486'

function ledgerOf(calls: Readonly<Record<string, string>>): Ledger {
  const ledger = new Ledger()
  for (const [callId, scenario] of Object.entries(calls)) {
    const talkMs = scenario === ANSWERED ? 2000 : undefined
    const moments: CallMoment[] = talkMs === undefined ? ['started', 'ended'] : ['started', 'answered', 'ended']
    for (const moment of moments) ledger.note({ callId, scenario, moment, talkMs })
  }
  return ledger
}

const record = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  switch: 'load1',
  state: 'ended',
  disposition: 'answered',
  talkMs: 2010,
  from: { user: null, number: '20000' },
  ...more,
})
const isSimulated = (name: string) => name === 'load1'

describe('the audit of calls', () => {
  const ledger = ledgerOf({ a: ANSWERED, b: BUSY })
  const good = [record('a'), record('b', { disposition: 'busy', talkMs: null })]

  it('finds nothing when each call has its record', () => {
    const others = [record('z', { switch: 'pbx7' })]
    expect(auditCalls(ledger, [...good, ...others], isSimulated)).toMatchObject({
      begun: 2,
      ended: 2,
      records: 2,
      missing: 0,
      doubled: 0,
      wrong: 0,
      examples: [],
    })
  })

  it('counts what is missing, what was never made, and what is there twice', () => {
    expect(auditCalls(ledger, good.slice(1), isSimulated)).toMatchObject({ missing: 1, doubled: 0, wrong: 0 })
    expect(auditCalls(ledger, [...good, record('c')], isSimulated)).toMatchObject({ missing: 0, doubled: 1 })
    expect(auditCalls(ledger, [...good, good[0]!], isSimulated)).toMatchObject({ missing: 0, doubled: 1 })
  })

  it.each([
    ['open', { state: 'answered' }],
    ['of another disposition', { disposition: 'failed' }],
    ['of another talk time', { talkMs: 2100 }],
    ['without talk time', { talkMs: null }],
  ])('counts a record that is %s as wrong, and tells it', (_, more) => {
    const audit = auditCalls(ledger, [record('a', more), good[1]!], isSimulated)
    expect(audit).toMatchObject({ missing: 0, doubled: 0, wrong: 1, examples: [expect.stringMatching(/^a: /)] })
  })
})

describe('the audit of the feed', () => {
  function heard(...moments: readonly (readonly [string, CallMoment])[]) {
    const subscriber = new Subscriber('http://127.0.0.1:9', '')
    for (const [id, moment] of moments) {
      const atMs = subscriber.calls.get(id)?.atMs ?? { started: [], answered: [], ended: [] }
      atMs[moment].push(performance.now() + 5)
      subscriber.calls.set(id, { atMs })
    }
    return subscriber
  }
  const ledger = ledgerOf({ a: ANSWERED, b: BUSY })
  const all = [
    ['a', 'started'],
    ['a', 'answered'],
    ['a', 'ended'],
    ['b', 'started'],
    ['b', 'ended'],
  ] as const

  it('measures each moment once', () => {
    const audit = auditFeed(ledger, heard(...all))
    expect(audit).toMatchObject({ missing: 0, doubled: 0 })
    expect(audit.latencyMs.count).toBe(5)
    expect(audit.latencyMs.p50).toBeGreaterThan(4)
    expect(audit.latencyOf.answered.count).toBe(1)
  })

  it('counts moments that were not told, told twice, or told of what did not happen', () => {
    expect(auditFeed(ledger, heard(...all.slice(1)))).toMatchObject({ missing: 1, doubled: 0 })
    expect(auditFeed(ledger, heard(...all, all[0]))).toMatchObject({ missing: 0, doubled: 1 })
    expect(auditFeed(ledger, heard(...all, ['b', 'answered']))).toMatchObject({ missing: 0, doubled: 1 })
  })
})

describe('the audit of endpoints', () => {
  const registered = [
    { aor: 'p1@x', contactId: '1' },
    { aor: 'p2@x', contactId: '2' },
    { aor: 'else@x', contactId: '3' },
  ]
  const call = record('k', { switch: 'sbc1', talkMs: 3100, from: { user: 'p1@x', number: null } })
  const audit = (more: Partial<Parameters<typeof auditPhones>[1]>) =>
    auditPhones(['p1', 'p2'], { registered, records: [call], placed: 1, ...more })

  it('looks at its own endpoints and calls only', () => {
    const none = { missing: 0, doubled: 0, callsMissing: 0, callsDoubled: 0, callsWrong: 0 }
    expect(audit({})).toMatchObject({ endpoints: 2, contacts: 2, callsPlaced: 1, ...none })
  })

  it('counts contacts that are missing or doubled, and calls that are missing, doubled or wrong', () => {
    expect(audit({ registered: registered.slice(1) })).toMatchObject({ missing: 1, doubled: 0 })
    expect(audit({ registered: [...registered, { aor: 'p1@x', contactId: '9' }] })).toMatchObject({ doubled: 1 })
    expect(audit({ placed: 2 })).toMatchObject({ callsMissing: 1 })
    expect(audit({ placed: 0 })).toMatchObject({ callsDoubled: 1 })
    expect(audit({ records: [{ ...call, disposition: 'failed' }] })).toMatchObject({ callsWrong: 1 })
  })
})

describe('percentiles', () => {
  it('are values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index)
    expect(percentiles(values)).toEqual({ count: 200, p50: 100, p95: 190, p99: 198, max: 200 })
    expect(percentiles([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 })
  })
})
