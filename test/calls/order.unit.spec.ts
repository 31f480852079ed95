import { describe, expect, it } from '@jest/globals'
import { CallBook, serialiseCall, type CallRecord, type Fact } from '@trunkline/domain'
import fc from 'fast-check'
import { factsOf } from '../support/capture.js'

const SCENARIOS = [
  'l-ring-group-simultaneous',
  'n2-blind-transfer-by-caller',
  'o-attended-transfer',
  'p-api-uuid-transfer',
  'q-click-to-call',
  'v-park-retrieve',
  'kk-supervisor',
  'x3-queue-reject-then-answer',
  'y-fifo',
  's-conference',
  'jj-single-leg',
  'u-voicemail',
  'i-gateway-503-failover',
]

interface Stored {
  readonly records: Map<string, CallRecord>
  readonly states: Map<string, { id: string; switch: string; conversationId: string; state: string }>
}

/** Folds in batches and keeps what a store would keep. */
function fold(facts: readonly Fact[], options: { batch: number; restartAfter?: number }): CallRecord[] {
  let book = new CallBook()
  const stored: Stored = { records: new Map(), states: new Map() }
  for (let at = 0; at < facts.length; at += options.batch) {
    if (options.restartAfter !== undefined && at >= options.restartAfter) {
      book = new CallBook()
      book.hydrate([...stored.states.values()])
      options = { batch: options.batch }
    }
    for (const fact of facts.slice(at, at + options.batch)) book.apply(fact)
    for (const change of book.drain()) {
      if (change.after === null) {
        stored.records.delete(change.callId)
        stored.states.delete(change.callId)
      } else {
        stored.records.set(change.callId, change.after)
        const { id, conversationId } = change.state
        stored.states.set(id, { id, switch: change.state.switch, conversationId, state: serialiseCall(change.state) })
      }
    }
  }
  return [...stored.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Delivery keeps the order of one channel but may let others overtake it, by up to `skewMs`. */
function delivered(facts: readonly Fact[], skewMs: number, seed: number): Fact[] {
  const random = mulberry(seed)
  const lastOf = new Map<string, number>()
  const keyed = facts.map((fact, index) => {
    const channel = 'channel' in fact.data ? String(fact.data.channel) : ''
    const at = Math.max(fact.time / 1000 + random() * skewMs, lastOf.get(channel) ?? 0)
    lastOf.set(channel, at)
    return { fact, at, index }
  })
  return keyed.sort((a, b) => a.at - b.at || a.index - b.index).map(({ fact }) => fact)
}

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}

describe.each(SCENARIOS)('%s: the same evidence gives the same records', (scenario) => {
  const facts = factsOf(scenario)
  const expected = fold(facts, { batch: 1 })

  it('whatever the size of batches', () => {
    for (const batch of [2, 7, 50, 10_000]) expect(fold(facts, { batch })).toEqual(expected)
  })

  it('in any order that delivery allows', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 500 }), (seed, skewMs) => {
        expect(fold(delivered(facts, skewMs, seed), { batch: 20 })).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('with any of it twice, as two listeners on one switch send it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 200 }), (seed, lag) => {
        const random = mulberry(seed)
        const doubled = facts.flatMap((fact, index) => [
          { fact, at: index },
          ...(random() < 0.7 ? [{ fact, at: index + random() * lag }] : []),
        ])
        doubled.sort((a, b) => a.at - b.at)
        expect(
          fold(
            doubled.map(({ fact }) => fact),
            { batch: 5 },
          ),
        ).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('with a restart after any prefix', () => {
    const step = Math.max(1, Math.floor(facts.length / 40))
    for (let at = 1; at < facts.length; at += step)
      expect(fold(facts, { batch: 1, restartAfter: at })).toEqual(expected)
  })
})
