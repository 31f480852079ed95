import { describe, expect, it } from '@jest/globals'
import { fieldOf, parseForm } from './request.js'

const parsed = (text: string) => Object.fromEntries(parseForm(text))

describe('a form of FreeSWITCH', () => {
  it('has its values decoded, and the last of two of one name', () => {
    expect(parsed('a=1%202+3%2B4&b=%C3%A9%ff&c=&a=x%3Dy=z')).toEqual({ a: 'x=y=z', b: 'é\ufffd', c: '' })
    expect(parsed('key_value=a%26b')).toEqual({ key_value: 'a&b' })
  })
  it('has names that mean what they say: a header that a caller names with an escape is not ours', () => {
    const honest = 'variable_sip_h_X-Trunkline-User=bob%40a.example'
    const forged = 'variable_sip_h_X-Trunkline%2DUser=alice%40a.example'
    expect(parsed(`${honest}&${forged}`)['variable_sip_h_X-Trunkline-User']).toBe('bob@a.example')
    expect(parsed(forged)['variable_sip_h_X-Trunkline-User']).toBeUndefined()
  })
  it('may be nothing, or nonsense', () => {
    expect(parsed('')).toEqual({})
    expect(parsed('&&=&=x&y&z=%')).toEqual({ z: '%' })
  })
})

describe('a field', () => {
  it('may be as long as a name with its domain can be, and no longer', () => {
    const longest = `${'n'.repeat(64)}@${'d'.repeat(64)}`
    expect(fieldOf(new Map([['CC-Agent', longest]]), 'CC-Agent')).toBe(longest)
    expect(fieldOf(new Map([['CC-Agent', `${longest}x`]]), 'CC-Agent')).toBeUndefined()
  })
})
