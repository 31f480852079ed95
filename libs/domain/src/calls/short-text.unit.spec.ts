import { describe, expect, it } from '@jest/globals'
import { dialogLegs } from './dialog-evidence.js'
import { shortText } from './short-text.js'

describe('ids made of text from the wire', () => {
  it('keep what is short', () => {
    expect(shortText('x'.repeat(160))).toBe('x'.repeat(160))
    expect(dialogLegs('sbc1', 'abc@host')).toEqual({
      caller: 'dialog/sbc1/abc@host',
      callee: 'dialog/sbc1/abc@host/callee',
    })
  })

  it('cut what is long, and still tell it apart', () => {
    const long = 'x'.repeat(5000)
    const [one, two] = [`${long}1`, `${long}2`].map(shortText)
    expect(one).toHaveLength(160)
    expect(one).not.toBe(two)
    expect(shortText(`${long}1`)).toBe(one)
  })
})
