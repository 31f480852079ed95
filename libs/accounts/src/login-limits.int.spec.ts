/** Limits of failed logins: whom they stop, and whom they must not stop. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ViewStore } from '@trunkline/ports'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { AccountError, LOGIN_LIMITS, SESSION_TIMES } from './index.js'
import { LoginGate } from './login-limits.js'
import { Logins } from './logins.js'
import type { PasswordHasher } from './password-hash.js'
import { Sessions } from './sessions.js'
import { HOME, PASSWORD, SECRET, settled, workbench, type Workbench } from './testing/workbench.js'

const { pair, address, user } = LOGIN_LIMITS

describe.each(VIEW_STORES)('failed logins with $name', ({ start }) => {
  let stores: ViewStores
  let store: ViewStore
  let bench: Workbench
  let databases = 0

  beforeAll(async () => {
    stores = await start()
  })
  afterAll(() => stores.dispose())
  beforeEach(async () => {
    store = await stores.open(`limits_${++databases}`)
    bench = await workbench(store)
  })
  afterEach(() => store.close())

  const newUser = async (name: string) => (await settled(bench, { name, tenant: 'a.example' })).account.name
  const attempt = (name: string, password: string, from: { address: string }) =>
    bench.accounts.login({ name, password }, from).then(
      () => 'in',
      (error: { code: string }) => error.code,
    )
  const fail = async (times: number, name: string | ((n: number) => string), from: (n: number) => string) => {
    const codes: string[] = []
    for (let n = 0; n < times; n++)
      codes.push(await attempt(typeof name === 'string' ? name : name(n), 'wrong password', { address: from(n) }))
    return codes
  }
  const count = (codes: readonly string[], code: string) => codes.filter((one) => one === code).length

  it('of one user from one place stop that user there, for a while, and nobody else and nowhere else', async () => {
    const [alice, bob] = [await newUser('alice'), await newUser('bob')]
    const attacker = { address: '203.0.113.5' }
    const codes = await fail(8, alice, () => attacker.address)
    expect(codes).toEqual([
      ...Array<string>(pair.burst).fill('INVALID_LOGIN'),
      ...Array<string>(3).fill('RATE_LIMITED'),
    ])
    expect(await attempt(alice, PASSWORD, attacker)).toBe('RATE_LIMITED')
    expect(await attempt(bob, PASSWORD, attacker)).toBe('in')
    expect(await attempt(alice, PASSWORD, HOME)).toBe('in')
    expect(await attempt(alice, PASSWORD, { address: '198.51.100.77' })).toBe('in')
    bench.clock += pair.everyMs
    expect(await attempt(alice, PASSWORD, attacker)).toBe('in')
    // and the login has made good for what was before it
    expect(count(await fail(pair.burst, alice, () => attacker.address), 'INVALID_LOGIN')).toBe(pair.burst)
  })

  it('of many users from one place stop strangers there, but not those who log in from there', async () => {
    const [alice, carol] = [await newUser('alice'), await newUser('carol')]
    const nat = { address: '192.0.2.200' }
    expect(await attempt(alice, PASSWORD, nat)).toBe('in')
    const codes = await fail(
      address.burst + 5,
      (n) => `user${n}`,
      () => nat.address,
    )
    expect(count(codes, 'INVALID_LOGIN')).toBe(address.burst)
    expect(await attempt(carol, PASSWORD, nat)).toBe('RATE_LIMITED')
    expect(await attempt(alice, PASSWORD, nat)).toBe('in')
    expect(await attempt(carol, PASSWORD, HOME)).toBe('in')
    // to a neighbour who guesses, alice looks like anybody
    expect(await attempt(alice, 'wrong password', nat)).toBe('RATE_LIMITED')
  })

  it('of one user from many places stop unknown places, but not the ones that the user comes from', async () => {
    const alice = await newUser('alice')
    const codes = await fail(user.burst + 10, alice, (n) => `203.0.113.${n}`)
    expect(count(codes, 'INVALID_LOGIN')).toBe(user.burst)
    expect(await attempt(alice, PASSWORD, { address: '198.51.100.1' })).toBe('RATE_LIMITED')
    expect(await attempt(alice, PASSWORD, HOME)).toBe('in')
    bench.clock += user.everyMs
    expect(await attempt(alice, PASSWORD, { address: '198.51.100.1' })).toBe('in')
  })

  it('count the same for a user who does not exist', async () => {
    const codes = await fail(user.burst + 10, 'nobody@a.example', (n) => `203.0.113.${n}`)
    expect(count(codes, 'INVALID_LOGIN')).toBe(user.burst)
    expect(count(codes, 'RATE_LIMITED')).toBe(10)
  })

  it('say how long to wait', async () => {
    const alice = await newUser('alice')
    await fail(pair.burst, alice, () => '203.0.113.5')
    bench.clock += 20_000
    await expect(
      bench.accounts.login({ name: alice, password: PASSWORD }, { address: '203.0.113.5' }),
    ).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      details: { retryAfterSeconds: 40 },
    })
  })

  it('count all addresses of an IPv6 network as one', async () => {
    const alice = await newUser('alice')
    const codes = await fail(pair.burst + 3, alice, (n) => `2001:db8:1:2::${n}`)
    expect(count(codes, 'RATE_LIMITED')).toBe(3)
  })

  it('count however many come at once, in two processes, and after a restart', async () => {
    const alice = await newUser('alice')
    const other = await stores.open(`limits_${databases}`)
    try {
      const there = await workbench(other)
      const codes = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          (n % 2 === 0 ? bench : there).accounts
            .login({ name: alice, password: 'wrong password' }, { address: '203.0.113.5' })
            .then(
              () => 'in',
              (error: { code: string }) => error.code,
            ),
        ),
      )
      expect(count(codes, 'INVALID_LOGIN')).toBe(pair.burst)
      expect(count(codes, 'RATE_LIMITED')).toBe(30 - pair.burst)
    } finally {
      await other.close()
    }
    bench = await workbench(store)
    expect(await attempt(alice, PASSWORD, { address: '203.0.113.5' })).toBe('RATE_LIMITED')
  })

  it('are not forgiven by a clock that goes back a little, and keep nobody out when it goes back far', async () => {
    const alice = await newUser('alice')
    await fail(pair.burst, alice, () => '203.0.113.5')
    bench.clock -= 5000
    expect(await attempt(alice, PASSWORD, { address: '203.0.113.5' })).toBe('RATE_LIMITED')
    bench.clock -= 86_400_000
    expect(await attempt(alice, PASSWORD, { address: '203.0.113.5' })).toBe('in')
  })

  it('are noted, and those that were not even tried are not: an attacker does not decide how much is written', async () => {
    const alice = await newUser('alice')
    await fail(40, alice, () => '203.0.113.5')
    const [row] = await store.all<{ n: number }>(
      "SELECT COUNT(*) AS n FROM account_audit WHERE action = 'login_failed'",
    )
    expect(row!.n).toBe(pair.burst)
  })

  it('are none while nobody has time to look at passwords: a flood must not lock out who knows the right one', async () => {
    const alice = await newUser('alice')
    const elsewhere = { address: '198.51.100.78' }
    const busy = () => Promise.reject(new AccountError('UNAVAILABLE'))
    const now = () => bench.clock
    const logins = new Logins({
      store,
      now,
      gate: new LoginGate(store, LOGIN_LIMITS, now),
      hasher: { verify: busy, hash: busy } as unknown as PasswordHasher,
      sessions: new Sessions(SECRET, SESSION_TIMES, now),
      logger: { info: () => {}, warn: () => {}, error: () => {} },
    })
    for (let n = 0; n < 2 * user.burst; n++) {
      const login = logins.login({ name: alice, password: PASSWORD }, elsewhere)
      await expect(login).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    }
    expect(await attempt(alice, PASSWORD, elsewhere)).toBe('in')
  })

  it('with the present password count as logins do', async () => {
    const alice = await newUser('alice')
    const guess = (n: number) =>
      bench.accounts
        .changePassword(
          { name: alice, password: `wrong ${n}`, newPassword: 'a phrase of mine' },
          { address: '203.0.113.5' },
        )
        .catch((error: { code: string }) => error.code)
    for (let n = 0; n < pair.burst; n++) expect(await guess(n)).toBe('INVALID_LOGIN')
    expect(await guess(99)).toBe('RATE_LIMITED')
  })
})
