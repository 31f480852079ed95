import { describe, expect, it } from '@jest/globals'
import { fromPosition, isAfter, toPosition } from './kurrent-position.js'

const places = [
  { commit: 0n, prepare: 0n },
  { commit: 9n, prepare: 9n },
  { commit: 10n, prepare: 3n },
  { commit: 10n, prepare: 10n },
  { commit: 2n ** 63n, prepare: 2n ** 63n },
  { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n },
]

describe('positions in KurrentDB', () => {
  it('sort as texts as they do in the log', () => {
    const texts = places.map(toPosition)
    expect([...texts].sort()).toEqual(texts)
    expect(texts.map(fromPosition)).toEqual(places)
    for (const [index, place] of places.entries()) {
      expect(places.map((other) => isAfter(other, place))).toEqual(places.map((_, other) => other > index))
    }
  })

  it.each(['', '12', '0000000000000001', '00000000000000000012', `${'0'.repeat(20)}/x`])('are never %j', (text) => {
    expect(() => fromPosition(text)).toThrow(TypeError)
  })
})
