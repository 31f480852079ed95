import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fitsPattern, patternsOverlap } from './match-name.js'
import { parseNamePattern, toPcre, type NamePattern } from './name-pattern.js'

function pattern(text: string): NamePattern {
  const parsed = parseNamePattern(text)
  if ('rule' in parsed) throw new Error(`${text}: ${parsed.rule}`)
  return parsed.pattern
}
const fits = (text: string, name: string) => fitsPattern(pattern(text), name)
const overlap = (a: string, b: string) => patternsOverlap(pattern(a), pattern(b))

const piece = fc
  .tuple(
    fc.constantFrom(
      'a',
      'b',
      '7',
      '-',
      '_',
      '\\.',
      '\\+',
      '\\*',
      '\\#',
      '[0-9]',
      '[a-c]',
      '[ab7]',
      '[a-c0-9.-]',
      '[*#]',
    ),
    fc.constantFrom('', '', '?', '+', '*', '{2}', '{0,3}', '{1,2}'),
  )
  .map((parts) => parts.join(''))
const text = fc
  .array(piece, { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter((one) => 'pattern' in parseNamePattern(one))
const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '7', '0', '-', '_', '.', '+', '*', '#'), maxLength: 9 })

describe('a name pattern', () => {
  it('fits the whole name', () => {
    expect(fits('care4w-[0-9]{7}', 'care4w-1000001')).toBe(true)
    expect(fits('care4w-[0-9]{7}', 'care4w-10000011')).toBe(false)
    expect(fits('care4w-[0-9]{7}', 'xcare4w-1000001')).toBe(false)
    expect(fits('\\*9[78]', '*97')).toBe(true)
    expect(fits('[a-z]+\\.[a-z]+', 'a.b')).toBe(true)
    expect(fits('[0-9-]*x', '1-2x')).toBe(true)
  })
  it('is written out with bounded counts and without escapes in classes, as PCRE and POSIX both have them', () => {
    expect(toPcre(pattern('care4w-[0-9]{7}'))).toBe('^care4w-[0-9]{7}$')
    expect(toPcre(pattern('a+b*c?'))).toBe('^a{1,64}b{0,64}c?$')
    expect(toPcre(pattern('[a-]\\.\\+[.+*#_]'))).toBe('^[a-]\\.\\+[#*+._]$')
    expect(toPcre(pattern('[cab0-9]{2,3}'))).toBe('^[0-9a-c]{2,3}$')
  })
  it.each([
    ['', 'empty'],
    ['a|b', 'letters'],
    ['(a)', 'letters'],
    ['a.b', 'letters'],
    ['^a$', 'letters'],
    ['[^a]', 'classes'],
    ['[]', 'close'],
    ['[a', 'close'],
    ['[z-a]', 'ranges'],
    ['[a-Z]', 'ranges'],
    ['[-a]', 'classes'],
    ['a\\d', 'after'],
    ['\\', 'after'],
    ['a{', 'counts'],
    ['a{3,2}', 'counts'],
    ['a{0}', 'counts'],
    ['a{65}', 'counts'],
    ['a++', 'letters'],
    ['a?', 'empty'],
    ['a{40}b{40}', 'at most 64 characters'],
    ['a*b*c*d*e*x', 'add up'],
    ['abcdefghij'.repeat(4), 'pieces'],
    ['[abcdef02468]{2}[bdfhjl13579]{2}[acegik]{2}[bdfhj]{2}[02468][acegi]', 'written out'],
    ["a'; DROP TABLE", 'letters'],
  ])('refuses %j', (wrong, rule) => {
    expect(parseNamePattern(wrong)).toEqual({ rule: expect.stringContaining(rule) })
  })
  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (any) => {
        expect(Object.keys(parseNamePattern(any))).toHaveLength(1)
      }),
    )
  })
  it('fits the same names as its PCRE', () => {
    fc.assert(
      fc.property(text, name, (one, dialled) => {
        expect(fits(one, dialled)).toBe(new RegExp(toPcre(pattern(one))).test(dialled))
      }),
      { numRuns: 2_000 },
    )
  })
  it('overlaps another one exactly when a name fits both', () => {
    expect(overlap('care4w-[0-9]{7}', 'care4w-1000001')).toBe(true)
    expect(overlap('care4w-[0-9]{7}', 'care4w-[0-9]{6}')).toBe(false)
    expect(overlap('a*b', 'a{3}b')).toBe(true)
    expect(overlap('[a-c]+', '[c-e]{2}')).toBe(true)
    fc.assert(
      fc.property(text, text, name, (one, other, dialled) => {
        if (fits(one, dialled) && fits(other, dialled)) expect(overlap(one, other)).toBe(true)
        expect(overlap(one, other)).toBe(overlap(other, one))
        expect(overlap(one, one)).toBe(true)
      }),
    )
  })
  it('has a witness for each overlap of short patterns', () => {
    const short = fc.constantFrom('a', 'ab?', '[ab]', 'a{2}', 'b', '[ab]{2}', 'a?b', 'ba')
    const names = ['a', 'b', 'aa', 'ab', 'ba', 'bb']
    fc.assert(
      fc.property(short, short, (one, other) => {
        expect(overlap(one, other)).toBe(names.some((dialled) => fits(one, dialled) && fits(other, dialled)))
      }),
    )
  })
  it('takes no longer for patterns that ruin other engines', () => {
    const evil = pattern('[ab]*[ab]*[ab]*c')
    const begin = performance.now()
    for (let i = 0; i < 100; i++) fitsPattern(evil, `${'a'.repeat(63)}d`)
    expect(performance.now() - begin).toBeLessThan(2_000)
    expect(patternsOverlap(evil, pattern('[ab]*[a-c]*[b-d]*e'))).toBe(false)
  })
})
