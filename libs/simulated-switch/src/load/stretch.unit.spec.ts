import { describe, expect, it } from '@jest/globals'
import { stretch } from './stretch.js'

describe('the moments of a captured call', () => {
  it('keep their distance before an answer when there is time, and fill the rest', () => {
    const moved = stretch([1000, 3000, 10_000], { beginUs: 50_000, lastsUs: 100_000 })
    expect([1000, 2000, 3000, 10_000].map(moved)).toEqual([50_000, 51_000, 52_000, 150_000])
    expect(moved(6500)).toBe(101_000)
  })

  it('are pressed together when there is none, so that some time to talk is left', () => {
    const moved = stretch([0, 4000, 10_000], { beginUs: 0, lastsUs: 1000 })
    expect([0, 4000, 10_000].map(moved)).toEqual([0, 400, 1000])
  })

  it('stay in order, and as far outside of the call as they were', () => {
    const moved = stretch([100, 200], { beginUs: 0, lastsUs: 50 })
    expect(moved(40)).toBe(-60)
    expect(moved(230)).toBe(80)
    const all = Array.from({ length: 300 }, (_, us) => moved(us))
    expect(all).toEqual(all.toSorted((a, b) => a - b))
  })
})
