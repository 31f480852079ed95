import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { channelArgument, quoteArgument, safeCommand } from './command-text.js'
import { parseEslSwitches } from './esl-address.js'

describe('outbound text', () => {
  it('can never hold a line break, so no value can begin another command', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        for (const control of ['\n', '\r', '\0', '\u001b'])
          expect(() => safeCommand(`${before}${control}${after}`)).toThrow()
      }),
    )
  })

  it('keeps a quoted argument one argument', () => {
    expect(quoteArgument('1001')).toBe('1001')
    expect(quoteArgument("O'Neil \\ x, y")).toBe("'O\\'Neil \\\\ x, y'")
    expect(() => quoteArgument('a\n\napi shutdown')).toThrow()
    expect(() => channelArgument('abc def')).toThrow()
  })
})

describe('ESL_SWITCHES', () => {
  it('gives names, addresses and CDR folders', () => {
    expect(parseEslSwitches('pbx1=esl://:s%40cret@10.0.0.5:8021?cdr=/var/cdr, pbx2=esl://me:pw@host')).toEqual([
      { name: 'pbx1', address: { host: '10.0.0.5', port: 8021, user: '', password: 's@cret' }, cdrFolder: '/var/cdr' },
      { name: 'pbx2', address: { host: 'host', port: 8021, user: 'me', password: 'pw' }, cdrFolder: undefined },
    ])
  })

  it('never shows a password in its errors', () => {
    for (const text of [
      'pbx1=esl://:topsecret@',
      'pbx1=http://:topsecret@h',
      'a b=esl://:topsecret@h',
      'x=esl://:topsecret@h,x=esl://:topsecret@h',
      'topsecret',
      'p=://topsecret',
    ]) {
      expect(() => parseEslSwitches(text)).toThrow(/ESL_SWITCHES/)
      try {
        parseEslSwitches(text)
      } catch (error) {
        expect(String(error)).not.toContain('topsecret')
      }
    }
  })
})
