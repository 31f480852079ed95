import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mark, unmarkRows } from './trailing-space.js'

const ending = fc.string({ unit: fc.constantFrom(' ', '\u001f', 'a', '\0', '\t', 'é') })
const text = fc.oneof(
  ending,
  fc.tuple(fc.string({ unit: 'grapheme' }), ending).map((parts) => parts.join('')),
)
/** As `utf8mb4_bin` compares: the shorter text is filled up with spaces. */
const asCompared = (stored: unknown) => String(stored).replace(/ +$/, '')

describe('the mark behind text that ends in a space', () => {
  it('comes off again, whatever the text', () => {
    fc.assert(fc.property(text, (value) => expect(unmarkRows([{ value: mark(value) }])).toEqual([{ value }])))
  })

  it('tells apart any two texts that differ', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(asCompared(mark(one)) === asCompared(mark(other))).toBe(one === other)
      }),
    )
  })

  it('is one character, on texts that need it only', () => {
    expect([null, 7, '', 'a', ' a'].map(mark)).toEqual([null, 7, '', 'a', ' a'])
    expect(['a ', ' ', 'a\u001f'].map(mark)).toEqual(['a \u001f', ' \u001f', 'a\u001f\u001f'])
  })

  it('comes off every column of every row', () => {
    expect(unmarkRows([{ a: 'x \u001f', b: 1, c: null }, { a: 'y' }])).toEqual([{ a: 'x ', b: 1, c: null }, { a: 'y' }])
  })
})
