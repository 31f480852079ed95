import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dealPartitions } from './deal-partitions.js'
import { decodeAssignment, decodeOwned, encodeAssignment, encodeSubscription } from './group-protocol.js'

describe('dealing partitions', () => {
  it('gives each to one member, in even shares, and moves no more than it must', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 })
    const owned = fc.array(fc.nat({ max: 40 }), { maxLength: 40 })
    const members = names.chain((all) => fc.tuple(...all.map((name) => fc.tuple(fc.constant(name), owned))))
    fc.assert(
      fc.property(fc.nat({ max: 40 }), members, (count, entries) => {
        const dealt = dealPartitions(count, new Map(entries))
        const all = [...dealt.values()].flat().sort((a, b) => a - b)
        expect(all).toEqual(Array.from({ length: count }, (_, partition) => partition))
        const sizes = [...dealt.values()].map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        // Dealt once more, nothing moves.
        expect(dealPartitions(count, dealt)).toEqual(dealt)
      }),
    )
  })

  it('leaves those that stay with what they have', () => {
    const before = dealPartitions(
      6,
      new Map(
        [
          ['a', []],
          ['b', []],
        ].map(([name]) => [name as string, []]),
      ),
    )
    const after = dealPartitions(6, new Map([...before, ['c', []]]))
    for (const name of ['a', 'b']) expect(before.get(name)).toEqual(expect.arrayContaining(after.get(name)!))
  })
})

describe('the group protocol', () => {
  it('carries partitions of a topic there and back', () => {
    for (const partitions of [[], [0], [3, 1, 4]]) {
      expect(decodeOwned('t.é', encodeSubscription('t.é', partitions))).toEqual(partitions)
      expect(decodeAssignment('t.é', encodeAssignment('t.é', partitions))).toEqual(partitions)
      expect(decodeAssignment('other', encodeAssignment('t.é', partitions))).toEqual([])
    }
  })

  it('takes what it cannot read as nothing', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([0, 9]), Buffer.alloc(7, 0xff)]) {
      expect(decodeOwned('t', bytes)).toEqual([])
      expect(decodeAssignment('t', bytes)).toEqual([])
    }
  })
})
