/** Logins, sessions and their refresh tokens, upon the real stores. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createAccess, issueToken } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import fc from 'fast-check'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { sessionAccess } from './index.js'
import { BY_ADMIN, dump, HOME, PASSWORD, SECRET, settled, workbench, type Workbench } from './testing/workbench.js'

const AWAY = { address: '203.0.113.7' }
const DAY_MS = 86_400_000

describe.each(VIEW_STORES)('sessions in $name', ({ start }) => {
  let stores: ViewStores
  let store: ViewStore
  let bench: Workbench
  let names = 0

  beforeAll(async () => {
    stores = await start()
    store = await stores.open('sessions')
  })
  afterAll(async () => {
    await store.close()
    await stores.dispose()
  })
  beforeEach(async () => {
    bench = await workbench(store)
  })

  const newUser = () => settled(bench, { name: `u${++names}`, tenant: 'a.example' })
  const refused = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code })

  it('begin with a login, whose token speaks for the account', async () => {
    const { account } = await newUser()
    const loggedIn = await bench.accounts.login({ name: ` ${account.name.toUpperCase()}`, password: PASSWORD }, HOME)
    expect(loggedIn).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, refreshExpiresIn: 7 * 86_400 })
    expect(loggedIn.account).toMatchObject({ id: account.id, role: 'operator', lastLoginAt: bench.clock })
    const viewer = await bench.access.verifyToken(loggedIn.accessToken)
    expect(viewer).toMatchObject({ user: account.name, role: 'operator', tenant: 'a.example' })
    expect(await bench.accounts.accountOf(viewer)).toEqual(loggedIn.account)
  })

  it('begin with nothing but the right name and password', async () => {
    const { account } = await newUser()
    await refused(bench.accounts.login({ name: account.name, password: `${PASSWORD}!` }, HOME), 'INVALID_LOGIN')
    await refused(bench.accounts.login({ name: `${account.name}x`, password: PASSWORD }, HOME), 'INVALID_LOGIN')
    await refused(bench.accounts.login({ name: '', password: PASSWORD }, HOME), 'INVALID_LOGIN')
    await refused(bench.accounts.login({ name: "' OR 1=1 --", password: '\ud800' }, HOME), 'INVALID_LOGIN')
  })

  it('go on by refresh, each token once, until the session is over', async () => {
    let current = await newUser()
    const seen = new Set([current.refreshToken])
    for (let n = 0; n < 6; n++) {
      bench.clock += 6 * DAY_MS
      if (n === 5) break
      current = { ...current, ...(n < 4 ? await bench.accounts.refresh(current.refreshToken, AWAY) : {}) }
      seen.add(current.refreshToken)
    }
    expect(seen.size).toBe(5)
    await refused(bench.accounts.refresh(current.refreshToken, HOME), 'INVALID_REFRESH')
    const idle = await newUser()
    bench.clock += 7 * DAY_MS
    await refused(bench.accounts.refresh(idle.refreshToken, HOME), 'INVALID_REFRESH')
  })

  it('never outlast their end, however late they are refreshed', async () => {
    let current = await newUser()
    for (let n = 0; n < 4; n++) {
      bench.clock += 6.5 * DAY_MS
      current = await bench.accounts.refresh(current.refreshToken, HOME)
    }
    expect(current.refreshExpiresIn).toBe(4 * 86_400)
  })

  it('end when a refresh token comes a second time, whoever has the newest', async () => {
    const first = await newUser()
    const second = await bench.accounts.refresh(first.refreshToken, HOME)
    bench.clock += 11_000
    const third = await bench.accounts.refresh(second.refreshToken, HOME)
    bench.clock += 60_000
    await refused(bench.accounts.refresh(first.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.accounts.refresh(third.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.access.verifyToken(third.accessToken), 'SESSION_ENDED')
    expect(await bench.accounts.audit(BY_ADMIN.viewer, { accountId: first.account.id, limit: 1 })).toMatchObject([
      { action: 'refresh_reused', actor: null, address: HOME.address },
    ])
    expect(bench.log.join()).toContain('came again')
    // another login of the same account is not concerned
    expect(await bench.accounts.login({ name: first.account.name, password: PASSWORD }, HOME)).toBeDefined()
  })

  it('forgive an answer that was lost: the same again, soon, from the same place, while nobody used it', async () => {
    const first = await newUser()
    const second = await bench.accounts.refresh(first.refreshToken, HOME)
    bench.clock += 9000
    const again = await bench.accounts.refresh(first.refreshToken, HOME)
    expect(again.refreshToken).toBe(second.refreshToken)
    const third = await bench.accounts.refresh(again.refreshToken, HOME)
    // the successor was used: whoever sends the first one now is somebody else
    await refused(bench.accounts.refresh(first.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.accounts.refresh(third.refreshToken, HOME), 'INVALID_REFRESH')
  })

  it.each([
    ['later', 10_001, HOME],
    ['from elsewhere', 0, AWAY],
    ['by a clock that was set back', -10_001, HOME],
  ])('do not forgive it %s', async (_name, laterMs, from) => {
    const first = await newUser()
    const second = await bench.accounts.refresh(first.refreshToken, HOME)
    bench.clock += laterMs
    await refused(bench.accounts.refresh(first.refreshToken, from), 'INVALID_REFRESH')
    await refused(bench.accounts.refresh(second.refreshToken, HOME), 'INVALID_REFRESH')
  })

  it('have one living token at most, whatever is sent in whatever order', async () => {
    const step = fc.record({
      token: fc.nat(),
      from: fc.constantFrom(HOME, AWAY),
      afterMs: fc.constantFrom(0, 5000, 11_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const tokens = [(await newUser()).refreshToken]
        const used = new Set<string>()
        let isOver = false
        for (const { token, from, afterMs } of steps) {
          bench.clock += afterMs
          const sent = tokens[token % tokens.length]!
          const answer = await bench.accounts.refresh(sent, from).catch(() => undefined)
          if (isOver) expect(answer).toBeUndefined()
          if (answer === undefined) isOver = true
          else {
            expect(used.has(answer.refreshToken)).toBe(false)
            if (!tokens.includes(answer.refreshToken)) tokens.push(answer.refreshToken)
            used.add(sent)
          }
        }
        const [{ n } = { n: -1 }] = await store.all<{ n: number }>(
          `SELECT COUNT(*) AS n FROM account_refresh_tokens t JOIN account_sessions s ON s.id = t.session_id
           WHERE t.used_at IS NULL AND s.ended_at IS NULL GROUP BY t.session_id ORDER BY n DESC LIMIT 1`,
        )
        expect(n).toBeLessThanOrEqual(1)
      }),
      { numRuns: 20 },
    )
  })

  it('give two processes that refresh at once the same successor, or one of them when they are apart', async () => {
    const other = await stores.open('sessions')
    try {
      const there = await workbench(other)
      for (const from of [HOME, AWAY]) {
        const { refreshToken } = await newUser()
        const answers = await Promise.allSettled([
          bench.accounts.refresh(refreshToken, HOME),
          there.accounts.refresh(refreshToken, from),
        ])
        const tokens = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.refreshToken] : []))
        expect(new Set(tokens).size).toBe(1)
        expect(tokens).toHaveLength(from === HOME ? 2 : 1)
      }
    } finally {
      await other.close()
    }
  })

  it('end at logout, which tells nothing about a token that is not valid', async () => {
    const { refreshToken, accessToken } = await newUser()
    await bench.accounts.logout(refreshToken, HOME)
    await bench.accounts.logout(refreshToken, HOME)
    await bench.accounts.logout('x'.repeat(43), HOME)
    await bench.accounts.logout('', HOME)
    await refused(bench.accounts.refresh(refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.access.verifyToken(accessToken), 'SESSION_ENDED')
  })

  it('cost whoever makes tokens up no turn among those who write', async () => {
    const never = () => Promise.reject(new Error('nothing is to be written'))
    const reading = new Proxy(store, {
      get: (of, name) => (name === 'transaction' ? never : (of[name as 'all'] as unknown as () => void).bind?.(of)),
    })
    const { accounts } = await workbench(reading)
    for (const token of ['garbage', 'A'.repeat(43)]) {
      await refused(accounts.refresh(token, AWAY), 'INVALID_REFRESH')
      await accounts.logout(token, AWAY)
    }
  })

  it('that end in one process are refused by another within two seconds', async () => {
    const { accessToken, account } = await newUser()
    const other = await stores.open('sessions')
    try {
      let clock = 1000
      const there = sessionAccess({ access: createAccess({ secret: SECRET }), store: other, clock: () => clock })
      const viewer = await there.verifyToken(accessToken)
      const more = await bench.accounts.login({ name: account.name, password: PASSWORD }, HOME)
      expect(await bench.accounts.revokeAll(viewer, HOME)).toBe(2)
      expect(await bench.accounts.revokeAll(viewer, HOME)).toBe(0)
      expect(await there.verifyToken(accessToken)).toEqual(viewer)
      clock += 2000
      await refused(there.verifyToken(accessToken), 'SESSION_ENDED')
      await refused(there.verifyToken(more.accessToken), 'SESSION_ENDED')
    } finally {
      await other.close()
    }
  })

  it('are nothing to tokens that come from no login, of ours or of another issuer', async () => {
    const request = { role: 'analyst', tenant: 'a.example', user: 'x', ttlSeconds: 60 } as const
    expect((await bench.access.verifyToken(await issueToken(SECRET, request))).user).toBe('x@a.example')
    const foreign = await issueToken(SECRET, { ...request, sessionId: 'of-another-issuer' })
    expect((await bench.access.verifyToken(foreign)).session).toBe('of-another-issuer')
    const forged = await issueToken(SECRET, { ...request, sessionId: 'trunkline-nothing' })
    await refused(bench.access.verifyToken(forged), 'SESSION_ENDED')
    const viewer = await bench.access.verifyToken(foreign)
    expect(await bench.accounts.revokeAll(viewer, HOME)).toBe(0)
    expect(await bench.accounts.accountOf(viewer)).toBeUndefined()
  })

  it('cannot be asked about while the store is away', async () => {
    const { accessToken } = await newUser()
    const other = await stores.open('sessions')
    await other.close()
    const there = sessionAccess({ access: createAccess({ secret: SECRET }), store: other })
    await expect(there.verifyToken(accessToken)).rejects.toMatchObject({
      code: 'SESSIONS_UNAVAILABLE',
      retryable: true,
    })
  })

  it('all end with a change of password, which begins the only one', async () => {
    const first = await newUser()
    const { name } = first.account
    const changed = await bench.accounts.changePassword(
      { name, password: PASSWORD, newPassword: 'another fine phrase' },
      HOME,
    )
    await refused(bench.accounts.refresh(first.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.accounts.login({ name, password: PASSWORD }, HOME), 'INVALID_LOGIN')
    expect(await bench.accounts.refresh(changed.refreshToken, HOME)).toBeDefined()
    const rules = { name, password: 'another fine phrase' }
    for (const newPassword of ['short', 'another fine phrase', name]) {
      await refused(bench.accounts.changePassword({ ...rules, newPassword }, HOME), 'INVALID')
    }
  })

  it('of two changes of one password at once, one holds', async () => {
    const { account } = await newUser()
    const results = await Promise.allSettled(
      ['one fine new phrase', 'two fine new phrases'].map((newPassword) =>
        bench.accounts.changePassword({ name: account.name, password: PASSWORD, newPassword }, HOME),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('begin with a password of better parameters once these were raised', async () => {
    const { account } = await newUser()
    const raised = await workbench(store, { hashing: { memory: 128, passes: 1, parallelism: 1 } })
    const stored = async () => {
      const [row] = await store.all<{ password: string }>('SELECT password FROM accounts WHERE id = ?', [account.id])
      return row!.password.split('$')[3]
    }
    expect(await stored()).toBe('m=64,t=1,p=1')
    await refused(raised.accounts.login({ name: account.name, password: 'wrong password' }, HOME), 'INVALID_LOGIN')
    expect(await stored()).toBe('m=64,t=1,p=1')
    await raised.accounts.login({ name: account.name, password: PASSWORD }, HOME)
    expect(await stored()).toBe('m=128,t=1,p=1')
    expect(await raised.accounts.login({ name: account.name, password: PASSWORD }, HOME)).toBeDefined()
  })

  it('leave no password and no token in the tables or the log, and go when they are old', async () => {
    const typo = 'my-secret-typed-as-name'
    await refused(bench.accounts.login({ name: typo, password: typo }, HOME), 'INVALID_LOGIN')
    const { account } = await newUser()
    const loggedIn = await bench.accounts.login({ name: account.name, password: PASSWORD }, HOME)
    const next = await bench.accounts.refresh(loggedIn.refreshToken, HOME)
    await bench.accounts.refresh(loggedIn.refreshToken, AWAY).catch(() => undefined)
    const text = (await dump(store)) + bench.log.join()
    for (const secret of [
      PASSWORD,
      typo,
      loggedIn.accessToken,
      loggedIn.refreshToken,
      next.refreshToken,
      next.accessToken,
    ]) {
      expect(text).not.toContain(secret)
    }
    bench.clock += 500 * DAY_MS
    await bench.accounts.purge()
    const left = await Promise.all(
      ['sessions', 'refresh_tokens', 'limits', 'addresses', 'audit'].map((table) =>
        store.all(`SELECT COUNT(*) AS n FROM account_${table}`),
      ),
    )
    expect(left).toEqual(Array.from({ length: 5 }, () => [{ n: 0 }]))
    expect((await store.all('SELECT id FROM accounts')).length).toBeGreaterThan(0)
  })
})
