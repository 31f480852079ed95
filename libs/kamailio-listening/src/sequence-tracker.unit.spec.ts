import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SequenceTracker } from './sequence-tracker.js'

const mark = (seq: number, boot = 'a') => ({ boot, seq, timeUs: seq * 1000 })
const drained = (startedMs: number) => ({ startedMs, drained: true })

describe('numbers of events', () => {
  it('that come late within the window are no gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 20, maxLength: 60 }), (jitter) => {
        const tracker = new SequenceTracker({ windowMs: 500 })
        tracker.observe(mark(1), 0)
        const order = jitter.map((late, index) => [index + 2, index + late] as const).sort((a, b) => a[1] - b[1])
        for (const [seq] of order) tracker.observe(mark(seq), 10)
        expect(tracker.due(drained(10_000))).toEqual([])
      }),
    )
  })

  it('that stay away are told once, as ranges', () => {
    const tracker = new SequenceTracker({ windowMs: 500 })
    for (const seq of [1, 2, 6, 4, 9]) tracker.observe(mark(seq), 100)
    expect(tracker.due(drained(599))).toEqual([])
    const ranges = tracker.due(drained(600)).map(({ first, last }) => [first, last])
    expect(ranges).toEqual([
      [3, 3],
      [5, 5],
      [7, 8],
    ])
    expect(tracker.due(drained(9000))).toEqual([])
  })

  it('are not missed while more waits to be read', () => {
    const tracker = new SequenceTracker({ windowMs: 500 })
    tracker.observe(mark(1), 0)
    tracker.observe(mark(3), 0)
    expect(tracker.due({ startedMs: 60_000, drained: false })).toEqual([])
    tracker.observe(mark(2), 0)
    expect(tracker.due(drained(60_000))).toEqual([])
  })

  it('begin anew with a new process, and an old one that speaks late is none', () => {
    const tracker = new SequenceTracker({ windowMs: 500 })
    expect(tracker.observe(mark(7), 0)).toEqual({ started: true })
    expect(tracker.observe(mark(1, 'b'), 0)).toEqual({ started: true })
    expect(tracker.observe(mark(8), 0)).toEqual({ started: false })
    expect(tracker.observe(mark(2, 'b'), 0)).toEqual({ started: false })
    expect(tracker.due(drained(9000))).toEqual([])
  })

  it('go on after a restart from what was kept', () => {
    const tracker = new SequenceTracker({ windowMs: 500 })
    for (const seq of [1, 2, 5]) tracker.observe(mark(seq), 0)
    const state = JSON.parse(JSON.stringify(tracker.state()))
    const next = new SequenceTracker({ windowMs: 500, state })
    next.observe(mark(4), 0)
    next.observe(mark(8), 10_000)
    expect(next.due(drained(20_000)).map(({ first, last }) => [first, last])).toEqual([
      [3, 3],
      [6, 7],
    ])
  })

  it('that the node counts and nobody heard are a gap', () => {
    const tracker = new SequenceTracker({ windowMs: 500 })
    tracker.observe(mark(3), 0)
    expect(tracker.expect(mark(3)).gap).toBeUndefined()
    expect(tracker.expect(mark(5)).gap).toMatchObject({ first: 4, last: 5 })
    expect(tracker.expect(mark(5)).gap).toBeUndefined()
    expect(tracker.expect(mark(2, 'b'))).toMatchObject({ started: true, gap: { boot: 'b', first: 1, last: 2 } })
  })
})
