import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeCursor, encodeCursor } from './live-cursor.js'
import { RecordRing, type LiveRecord } from './record-ring.js'

const record = (seq: number): LiveRecord => ({
  partition: 0,
  position: String(seq).padStart(6, '0'),
  seq,
  id: `${seq}`,
  type: 't',
  data: null,
})

describe('a live cursor', () => {
  it('comes back as it was', () => {
    const place = fc.record({
      seq: fc.nat(),
      position: fc.option(fc.stringMatching(/^[0-9]{16}$/), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 8 }), fc.nat(), (places, at) => {
        expect(decodeCursor('s', encodeCursor('s', { places, at }))).toEqual({ places, at })
      }),
    )
  })

  it('is refused when it is anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          expect(() => decodeCursor('s', text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
        },
      ),
    )
  })
})

describe('the ring of the newest records', () => {
  it('holds the last ones, and knows from where on it misses none', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (size, count, from) => {
          const ring = new RecordRing(undefined, size)
          for (let seq = 1; seq <= count; seq++) ring.push(record(seq))
          const position = record(from).position
          expect(ring.covers(position)).toBe(count <= size || from >= count - size)
          if (!ring.covers(position)) return
          const expected = Array.from({ length: Math.max(0, count - from) }, (_, i) => from + 1 + i)
          expect(ring.after(position, 1000).map(({ seq }) => seq)).toEqual(expected)
          expect(ring.after(position, 1).map(({ seq }) => seq)).toEqual(expected.slice(0, 1))
        },
      ),
    )
  })

  it('knows that the beginning is missing when it began in the middle', () => {
    const ring = new RecordRing(record(5).position, 10)
    expect(ring.covers(undefined)).toBe(false)
    expect(ring.covers(record(4).position)).toBe(false)
    expect(ring.covers(record(5).position)).toBe(true)
  })
})
