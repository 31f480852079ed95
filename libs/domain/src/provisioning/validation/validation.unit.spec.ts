import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { validateSealed } from '../core/sealed.js'
import { validateId, validateInteger, validateLabel, validateLimit, validateToken, validateUnique } from './bounds.js'
import { validateDomain, validateHost, validatePort } from './host.js'
import { networkKey, parseIp, parseNetwork, validateNetwork } from './ip.js'
import { validateCodecs } from './media.js'
import { validateDialled, validateSipName } from './sip-name.js'
import { validateCaller, validateE164, validateExtension, validatePrefix } from './telephone.js'

type Check = (field: string, value: string) => readonly { field: string; rule: string }[]

const cases: [string, Check, string[], string[]][] = [
  [
    'SIP names',
    validateSipName,
    ['a', 'alice', 'care4w-1000001', '+4930', 'a.b_c', 'a'.repeat(64)],
    ['', '-a', '.a', 'a b', 'a@b', "a'", 'ä', 'a\n', 'a'.repeat(65), 'a%41', 'a{b}', 'a,b', 'a|b', '*97'],
  ],
  ['dialled names', validateDialled, ['*97', '#1', 'alice', '+49', '0'], ['', '-', 'a b', 'a'.repeat(65), '*97\n']],
  [
    'domains',
    validateDomain,
    ['example.org', 'localhost', '192.0.2.1', 'a-b.example', `${'a'.repeat(60)}.org`],
    [
      '',
      'Example.org',
      'a..b',
      '-a.org',
      'a-.org',
      'a_b',
      '256.0.0.1',
      '1.2.3',
      '::1',
      `${'a'.repeat(61)}.org`,
      'a.org\n',
    ],
  ],
  [
    'hosts',
    validateHost,
    ['sip.example.org', '192.0.2.1', '2001:db8::1', '::'],
    ['[::1]', '1.2.3.4.5', '1.2.3.04', 'a b', 'fe80::1%eth0', ':::', '1::2::3', `${'a'.repeat(63)}.`.repeat(3)],
  ],
  [
    'E.164',
    validateE164,
    ['+4930123456', '+1234567'],
    ['4930123456', '+0123456', '+123456', '+1234567890123456', '+49a'],
  ],
  ['extensions', validateExtension, ['10', '8000', '*97'], ['1', 'a1', '8000#', '1'.repeat(16), '**9']],
  ['prefixes', validatePrefix, ['', '+49', '00'], ['+', '49x', '1'.repeat(16), '49 ']],
  ['callers', validateCaller, ['+4930', 'alice', '0'], ['', 'a b', "a'", 'a;b']],
  ['labels', validateLabel, ['Board room', 'Büro 7'], ['', ' a', 'a ', 'a\nb', 'a\u0000', 'a\u202eb', 'x'.repeat(65)]],
  ['tokens', validateToken, ['a', 'carrier-a_1.b'], ['', '-a', 'a b', 'a/b', '../a', 'a'.repeat(65)]],
  ['ids', validateId, ['00000000-0000-4000-8000-000000000001'], ['', '1', '00000000-0000-4000-8000-00000000000A']],
  [
    'networks',
    validateNetwork,
    ['192.0.2.0/24', '192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '2001:db8::1'],
    [
      '0.0.0.0/0',
      '10.0.0.0/7',
      '192.0.2.1/24',
      '192.0.2.0/33',
      '2001::/16',
      '2001:db8::1/64',
      'a/8',
      '1.2.3.4/',
      '1.2.3.4/8/8',
    ],
  ],
]

describe.each(cases)('%s', (_, check, right, wrong) => {
  it('are taken when they follow the rule, and named with it when they do not', () => {
    expect(right.filter((value) => check('f', value).length > 0)).toEqual([])
    expect(wrong.filter((value) => check('f', value).length === 0)).toEqual([])
    for (const value of wrong) expect(check('some.field', value)[0]).toMatchObject({ field: 'some.field' })
  })
  it('are never something else than text', () => {
    for (const value of [undefined, null, 5, {}, []]) {
      expect(() => check('f', value as unknown as string)).not.toThrow()
    }
    expect(check('f', undefined as unknown as string).concat(check('f', {} as string))).not.toEqual([])
  })
})

describe('numbers', () => {
  it('are whole and within bounds', () => {
    const ok = (value: unknown) => validateInteger('f', value as number, { min: 1, max: 5 }).length === 0
    expect([1, 5].every(ok)).toBe(true)
    expect([0, 6, 1.5, NaN, Infinity, '3', null, undefined].some(ok)).toBe(false)
    expect(validateLimit('f', null, 5)).toEqual([])
    expect(validateLimit('f', 0, 5)).toHaveLength(1)
    expect([1, 5060, 65_535].flatMap((port) => validatePort('f', port))).toEqual([])
    expect([0, 65_536, 1.5, NaN].map((port) => validatePort('f', port).length)).toEqual([1, 1, 1, 1])
  })
})

describe('addresses', () => {
  it('are the same in every way of writing', () => {
    const key = (text: string) => networkKey(parseNetwork(text)!)
    expect(key('2001:DB8::1')).toBe(key('2001:db8:0:0:0:0:0:1'))
    expect(key('192.0.2.1')).toBe(key('192.0.2.1/32'))
    expect(key('192.0.2.0/24')).not.toBe(key('192.0.2.0/25'))
  })
  it('keep all bits', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const bits = parseIp(text)!.bits
        expect([24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')).toBe(text)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 8, maxLength: 8 }), (groups) => {
        const text = groups.map((group) => group.toString(16)).join(':')
        const bits = groups.reduce((all, group) => (all << 16n) | BigInt(group), 0n)
        expect(parseIp(text)).toEqual({ family: 6, bits })
      }),
    )
  })
})

describe('lists', () => {
  it('name what repeats', () => {
    expect(validateUnique('f', ['a', 'b', 'a']).map(({ field }) => field)).toEqual(['f[2]'])
    expect(validateCodecs('f', ['PCMA', 'opus']).map(({ field }) => field)).toEqual(['f[1]'])
  })
})

describe('sealed data', () => {
  it('cannot be clear text', () => {
    const faults = (text: string) => validateSealed('f', { keyId: 'k1', text }).length
    expect(faults('v1.AAAAAAAAAAAAAAAA.BBBBBBBB')).toBe(0)
    for (const clear of [
      '',
      'Alice',
      'Alice Liddell of Wonderland',
      'alice@wonderland.example.org',
      'x'.repeat(4097),
    ]) {
      expect(faults(clear)).toBe(1)
    }
    expect(validateSealed('f', { keyId: '', text: 'v1.AAAAAAAAAAAAAAAA.BBBBBBBB' })).toHaveLength(1)
    expect(validateSealed('f', null)).toEqual([])
  })
})
