import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { validateSealed } from '@trunkline/domain'
import fc from 'fast-check'
import { seal, sealedBy, unseal, type SealKey } from './seal.js'

const keyOf = (id: string): SealKey => ({ id, bytes: randomBytes(32) })
const key = keyOf('a1')
const place = ['vault_secrets', 'id-1', 'sip_user']
const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((one) => one.isWellFormed())
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+ \u00e9'

describe('a seal', () => {
  it('gives back any text, for its own key and place', () => {
    fc.assert(
      fc.property(text, fc.array(fc.string(), { maxLength: 4 }), (clear, where) => {
        const sealed = seal(key, clear, where)
        expect(unseal(key, sealed, where)).toBe(clear)
        expect(sealedBy(sealed)).toBe('a1')
      }),
    )
  })

  it('fits what the domain takes as sealed, up to the longest text about a person', () => {
    for (const length of [0, 1, 100, 2900]) {
      const sealed = { keyId: randomBytes(12).toString('hex'), text: seal(key, 'x'.repeat(length), ['person']) }
      expect(validateSealed('name', sealed)).toEqual([])
    }
  })

  it('is another one each time', () => {
    const sealed = Array.from({ length: 1000 }, () => seal(key, 'same', place))
    expect(new Set(sealed.map((one) => one.split('.')[2])).size).toBe(1000)
  })

  it('opens at no other place, however parts are cut, and with no other key of the same id', () => {
    const sealed = seal(key, 'text', ['ab', 'c'])
    for (const other of [['a', 'bc'], ['abc'], ['ab', 'c', ''], ['c', 'ab'], []]) {
      expect(() => unseal(key, sealed, other)).toThrow(expect.objectContaining({ code: 'NOT_AUTHENTIC' }))
    }
    expect(() => unseal(keyOf('a1'), sealed, ['ab', 'c'])).toThrow(expect.objectContaining({ code: 'NOT_AUTHENTIC' }))
    expect(() => unseal({ ...key, id: 'a2' }, sealed, ['ab', 'c'])).toThrow(
      expect.objectContaining({ code: 'NOT_AUTHENTIC' }),
    )
  })

  it('is refused when any one letter of it is another', () => {
    const sealed = seal(key, 'a password', place)
    for (let at = 0; at < sealed.length; at++) {
      for (const letter of LETTERS) {
        if (sealed[at] === letter) continue
        const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1)
        expect(() => unseal(key, changed, place)).toThrow(expect.objectContaining({ name: 'VaultError' }))
      }
    }
  })

  it('is refused when it is cut, made longer, or put together from two', () => {
    const one = seal(key, 'one password', place)
    const two = seal(key, 'two password', place)
    const parts = two.split('.')
    for (let length = 0; length < one.length; length++)
      expect(() => unseal(key, one.slice(0, length), place)).toThrow(expect.objectContaining({ name: 'VaultError' }))
    for (const made of [
      `${one}A`,
      `${one}\n`,
      ` ${one}`,
      one + two,
      [...one.split('.').slice(0, 3), parts[3]].join('.'),
    ])
      expect(() => unseal(key, made, place)).toThrow(expect.objectContaining({ name: 'VaultError' }))
  })

  it('never shows in an error what was sealed', () => {
    const sealed = seal(key, 'hunter2hunter2', place)
    const caught: unknown[] = []
    for (const made of [sealed.slice(0, -1), 'hunter2hunter2', sealed]) {
      try {
        unseal(key, made, ['other'])
      } catch (error) {
        caught.push(error)
      }
    }
    expect(caught).toHaveLength(3)
    for (const error of caught) expect(`${(error as Error).stack}`).not.toMatch(/hunter2/)
  })

  it('refuses text that UTF-8 cannot hold', () => {
    expect(() => seal(key, '\ud800', place)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
  })
})
