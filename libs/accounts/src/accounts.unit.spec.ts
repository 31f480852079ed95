import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { accountName, foldName } from './account-name.js'
import { countedAddress } from './address.js'
import { ACCOUNT_ERRORS, ACCOUNT_OPERATIONS } from './index.js'
import { OWASP, PasswordHasher } from './password-hash.js'
import { passwordFaults } from './password-rules.js'
import { CHEAP } from './testing/workbench.js'
import { WorkLimit } from './work-limit.js'

describe('a hash of a password', () => {
  it('is Argon2id as a PHC string, with the parameters of OWASP', async () => {
    const hasher = new PasswordHasher()
    const phc = await hasher.hash('correct horse battery')
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await hasher.verify('correct horse battery', phc)).toBe(true)
    expect(await hasher.verify('correct horse batterz', phc)).toBe(false)
  })

  it('is that of the reference implementation', async () => {
    // test.c of https://github.com/P-H-C/phc-winner-argon2 has it for version 0x13, t=2, m=2^16, p=1
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await new PasswordHasher().verify('password', phc)).toBe(true)
    expect(await new PasswordHasher().verify('Password', phc)).toBe(false)
  })

  it.each(['', 'plain', '$argon2id$v=19$m=64,t=1,p=1$$', '$2b$10$abc', '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA'])(
    'that cannot be read (%j) fits no password',
    async (phc) => {
      expect(await new PasswordHasher(CHEAP).verify(phc, phc)).toBe(false)
    },
  )

  it('is outdated when the parameters are others', async () => {
    const weak = await new PasswordHasher(CHEAP).hash('x')
    expect(new PasswordHasher(OWASP).isOutdated(weak)).toBe(true)
    expect(new PasswordHasher(CHEAP).isOutdated(weak)).toBe(false)
    expect(new PasswordHasher(CHEAP).isOutdated('garbage')).toBe(true)
  })

  it('costs the same without a user', async () => {
    const hasher = new PasswordHasher()
    const phc = await hasher.hash('x')
    const time = async (hash: string | undefined) => {
      let least = Infinity
      for (let n = 0; n < 8; n++) {
        const started = performance.now()
        await hasher.verify('y', hash)
        least = Math.min(least, performance.now() - started)
      }
      return least
    }
    await time(phc)
    const [known, unknown] = [await time(phc), await time(undefined)]
    expect(unknown / known).toBeGreaterThan(0.4)
    expect(unknown / known).toBeLessThan(2.5)
  })
})

describe('work that is limited', () => {
  it('goes on a few at a time, also after failures, and a flood is refused', async () => {
    const limit = new WorkLimit(2, 3)
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
    let running = 0
    let most = 0
    const all = gates.map((gate, n) =>
      limit.run(async () => {
        most = Math.max(most, ++running)
        await gate.promise
        running--
        if (n % 2 === 0) throw new Error('failed')
      }),
    )
    await expect(limit.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    for (const gate of gates) gate.resolve()
    await Promise.allSettled(all)
    expect(most).toBe(2)
    expect(await limit.run(() => Promise.resolve('again'))).toBe('again')
  })
})

describe('rules of passwords', () => {
  it.each([
    ['short', 'must have at least 12'],
    ['aaaaaaaaaaaaaaaa', 'different characters'],
    ['alice@a.example', 'must not be the name'],
    ['ALICEalice1234', 'must not be the name'],
    ['a'.repeat(300), 'at most 256'],
  ])('refuse %s', (password, rule) => {
    const faults = passwordFaults(password, 'alice@a.example')
    expect(faults.map((fault) => fault.rule).join()).toContain(rule)
    expect(JSON.stringify(faults)).not.toContain(password)
  })

  it.each(['correct horse battery', 'пароль из слов', '正しい馬の電池です、ね、ねね', 'ali jumps over 13'])(
    'take %s',
    (password) => expect(passwordFaults(password, 'ali@a.example')).toEqual([]),
  )
})

describe('names', () => {
  it('are whole, in lower case, and of their tenant', () => {
    expect(accountName(' Alice ', 'a.example')).toBe('alice@a.example')
    expect(accountName('ALICE@A.example', 'a.example')).toBe('alice@a.example')
    expect(accountName('root', '*')).toBe('root')
    for (const [name, tenant] of [
      ['alice@b.example', 'a.example'],
      ['root@a.example', '*'],
      ['', 'a.example'],
      ['a b', 'a.example'],
      ['a@a.example@a.example', 'a.example'],
      ["x' OR 1=1", 'a.example'],
      ['é', 'a.example'],
    ] as const) {
      expect(() => accountName(name, tenant)).toThrow(expect.objectContaining({ code: 'INVALID' }))
    }
  })

  it('of two tenants are never the same', () => {
    const local = fc.stringMatching(/^[a-z0-9][a-z0-9._+-]{0,20}$/)
    const tenant = fc.constantFrom('a.example', 'b.example', 'b.a.example', '*')
    fc.assert(
      fc.property(local, tenant, local, tenant, (one, a, other, b) => {
        if (one === other && a === b) return
        expect(accountName(one, a)).not.toBe(accountName(other, b))
        expect(foldName(accountName(one, a))).toBe(accountName(one, a))
      }),
    )
  })
})

describe('the address that counts', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    ['somewhere', 'unknown'],
    ['1.2.3.4, 5.6.7.8', 'unknown'],
  ])('of %s is %s', (address, counted) => expect(countedAddress(address)).toBe(counted))
})

describe('docs/accounts.md', () => {
  const document = readFileSync(new URL('../../../docs/accounts.md', import.meta.url), 'utf8')

  it('lists every error, and no other', () => {
    const rows = [...document.matchAll(/^\| `([A-Z_]+)` +\| (\d+) +\| (yes|no) +\| (.+?) +\|$/gm)]
    expect(rows.map(([, code, http, again, meaning]) => [code, Number(http), again === 'yes', meaning])).toEqual(
      Object.entries(ACCOUNT_ERRORS).map(([code, { http, retryable, meaning }]) => [code, http, retryable, meaning]),
    )
  })

  it('names the path of every operation', () => {
    for (const { rest } of ACCOUNT_OPERATIONS) {
      expect(document).toContain(`${rest.method} ${rest.path.replace('{id}', 'ID')}`)
    }
  })
})
