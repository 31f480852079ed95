import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { developmentVaultKey, digestsFromText, digestsToText, newPassword, sipDigests } from './index.js'

describe('digests of a SIP user', () => {
  it('are those of RFC 2617', () => {
    const { ha1 } = sipDigests({ username: 'Mufasa', domain: 'testrealm@host.com', password: 'Circle Of Life' })
    expect(ha1).toBe('939e7578ed9e3c518a452acee763bce9')
  })

  it('have the domain in the user name of the second', () => {
    const alice = sipDigests({ username: 'alice', domain: 'a.example', password: 'pässword' })
    expect(alice.ha1b).toBe(sipDigests({ username: 'alice@a.example', domain: 'a.example', password: 'pässword' }).ha1)
    expect(digestsFromText(digestsToText(alice))).toEqual(alice)
  })

  it.each(['', '{}', '[]', 'null', '{"ha1":"x","ha1b":"y"}'])('are not read from %j', (text) => {
    expect(() => digestsFromText(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })
})

describe('a new password', () => {
  it('has 24 letters that nobody mixes up, each as likely as the others', () => {
    const all = Array.from({ length: 4000 }, newPassword)
    expect(new Set(all).size).toBe(4000)
    const counts = new Map<string, number>()
    for (const password of all) {
      expect(password).toMatch(/^[a-km-np-z2-9]{24}$/)
      expect(password).not.toMatch(/[0o1li]/)
      for (const letter of password) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    expect(counts.size).toBe(31)
    // 96,000 letters: 3097 of each, and a standard deviation of 55
    for (const count of counts.values()) expect(Math.abs(count - 96_000 / 31)).toBeLessThan(55 * 7)
  })
})

describe('the key of development', () => {
  it('is made once, kept, and readable by its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-vault-'))
    try {
      const key = developmentVaultKey(join(folder, 'data'))
      expect(key).toHaveLength(32)
      expect(developmentVaultKey(join(folder, 'data'))).toEqual(key)
      const file = join(folder, 'data', 'vault-key')
      expect(statSync(file).mode & 0o777).toBe(0o600)
      // as VAULT_KEY takes it
      expect(readFileSync(file, 'utf8').trim()).toMatch(/^[\w-]{43}$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
