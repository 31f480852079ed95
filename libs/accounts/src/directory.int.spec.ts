/** Who may make, change, remove and see which accounts; the first of them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import type { NewAccount } from './index.js'
import { ADMIN, BY_ADMIN, dump, HOME, PASSWORD, settled, workbench, type Workbench } from './testing/workbench.js'

const viewer = (role: Viewer['role'], tenant = 'a.example'): Viewer => ({
  role,
  tenant,
  user: `v@${tenant}`,
  expiresAt: 0,
})
const by = (who: Viewer) => ({ viewer: who, caller: HOME })

describe.each(VIEW_STORES)('accounts in $name', ({ start }) => {
  let stores: ViewStores
  let store: ViewStore
  let bench: Workbench
  let databases = 0

  beforeAll(async () => {
    stores = await start()
  })
  afterAll(() => stores.dispose())
  beforeEach(async () => {
    store = await stores.open(`accounts_${++databases}`)
    bench = await workbench(store)
  })
  afterEach(() => store.close())

  const refused = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code })
  const create = (account: NewAccount, who: Viewer) => bench.accounts.create(account, by(who))
  const login = (name: string, password = PASSWORD) => bench.accounts.login({ name, password }, HOME)

  it('begin with a password that is good for one thing: to set another, within a week', async () => {
    const { account, oneTimePassword } = await create({ name: 'Ann', role: 'operator' }, viewer('admin'))
    expect(account).toMatchObject({ name: 'ann@a.example', tenant: 'a.example', passwordChangeRequired: true })
    await refused(login(account.name, oneTimePassword!), 'PASSWORD_EXPIRED')
    const set = (newPassword: string) =>
      bench.accounts.changePassword({ name: account.name, password: oneTimePassword!, newPassword }, HOME)
    expect((await set(PASSWORD)).account.passwordChangeRequired).toBe(false)
    await refused(set('another fine phrase'), 'INVALID_LOGIN')
    expect(await login(account.name)).toBeDefined()
    const late = await create({ name: 'late', role: 'user' }, viewer('admin'))
    bench.clock += 7 * 86_400_000
    const request = { name: late.account.name, password: late.oneTimePassword!, newPassword: PASSWORD }
    await refused(bench.accounts.changePassword(request, HOME), 'INVALID_LOGIN')
  })

  it('are made by admins, and by operators within their tenant and no higher than themselves', async () => {
    const cases: [Viewer, NewAccount, string | undefined][] = [
      [ADMIN, { name: 'a1', role: 'admin', tenant: '*' }, undefined],
      [ADMIN, { name: 'a2', role: 'operator', tenant: 'b.example' }, undefined],
      [ADMIN, { name: 'a3', role: 'operator', tenant: '*' }, 'INVALID'],
      [viewer('admin'), { name: 'b1', role: 'admin' }, undefined],
      [viewer('admin'), { name: 'b2', role: 'admin', tenant: '*' }, 'FORBIDDEN'],
      [viewer('admin'), { name: 'b3', role: 'user', tenant: 'b.example' }, 'FORBIDDEN'],
      [viewer('operator'), { name: 'c1', role: 'operator' }, undefined],
      [viewer('operator'), { name: 'c2', role: 'user', tenant: 'A.EXAMPLE' }, undefined],
      [viewer('operator'), { name: 'c3', role: 'admin' }, 'FORBIDDEN'],
      [viewer('operator'), { name: 'c4', role: 'user', tenant: 'b.example' }, 'FORBIDDEN'],
      [viewer('operator'), { name: 'c5@b.example', role: 'user' }, 'INVALID'],
      [viewer('operator'), { name: 'C1', role: 'user' }, 'NAME_TAKEN'],
      [viewer('analyst'), { name: 'd1', role: 'user' }, 'FORBIDDEN'],
      [viewer('user'), { name: 'd2', role: 'user' }, 'FORBIDDEN'],
    ]
    for (const [who, account, code] of cases) {
      if (code === undefined) expect((await create(account, who)).account.role).toBe(account.role)
      else await refused(create(account, who), code)
    }
    const seen = async (who: Viewer, tenant?: string) =>
      (await bench.accounts.list(who, { tenant, limit: 50 })).accounts.map(({ name }) => name)
    expect(await seen(viewer('operator'))).toEqual(['b1@a.example', 'c1@a.example', 'c2@a.example'])
    expect(await seen(ADMIN)).toEqual(['a1', 'a2@b.example', 'b1@a.example', 'c1@a.example', 'c2@a.example'])
    expect(await seen(ADMIN, '*')).toEqual(['a1'])
    expect(await seen(ADMIN, 'b.example')).toEqual(['a2@b.example'])
    await refused(seen(viewer('operator'), 'b.example'), 'NOT_FOUND')
    await refused(seen(viewer('analyst')), 'FORBIDDEN')
    const first = await bench.accounts.list(ADMIN, { limit: 3 })
    expect(first.next).toBe('b1@a.example')
    const rest = await bench.accounts.list(ADMIN, { limit: 3, after: first.next! })
    expect(rest).toMatchObject({ accounts: [{ name: 'c1@a.example' }, { name: 'c2@a.example' }], next: null })
  })

  it('are changed by the same rules, and lose their sessions', async () => {
    const one = await settled(bench, { name: 'one', tenant: 'a.example', role: 'analyst' })
    const { id } = one.account
    const change = (what: Parameters<Workbench['accounts']['update']>[1], who: Viewer) =>
      bench.accounts.update(id, what, by(who))
    await refused(change({ role: 'user' }, viewer('operator', 'b.example')), 'NOT_FOUND')
    await refused(change({ role: 'admin' }, viewer('operator')), 'FORBIDDEN')
    await refused(change({ tenant: 'b.example' }, viewer('operator')), 'FORBIDDEN')
    await refused(change({ tenant: '*' }, ADMIN), 'INVALID')
    await refused(change({ tenant: 'no tenant' }, ADMIN), 'INVALID')
    await refused(bench.accounts.update('nothing', {}, BY_ADMIN), 'NOT_FOUND')
    await refused(bench.accounts.update('nothing', {}, by(viewer('user'))), 'FORBIDDEN')
    // nothing changes: nothing ends
    await change({ role: 'analyst', disabled: false }, viewer('operator'))
    const kept = await bench.accounts.refresh(one.refreshToken, HOME)
    expect((await change({ role: 'operator' }, viewer('operator'))).account.role).toBe('operator')
    await refused(bench.accounts.refresh(kept.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.access.verifyToken(kept.accessToken), 'SESSION_ENDED')
    await settled(bench, { name: 'one', tenant: 'b.example' })
    await refused(change({ tenant: 'b.example' }, ADMIN), 'NAME_TAKEN')
    expect((await change({ tenant: 'c.example' }, ADMIN)).account.name).toBe('one@c.example')
    expect((await login('one@c.example')).account.tenant).toBe('c.example')
    await refused(login('one@a.example'), 'INVALID_LOGIN')
  })

  it('that are disabled cannot log in, refresh or set a password, and can when enabled', async () => {
    const one = await settled(bench, { name: 'one', tenant: 'a.example' })
    const { id, name } = one.account
    await bench.accounts.update(id, { disabled: true }, BY_ADMIN)
    await refused(login(name), 'INVALID_LOGIN')
    await refused(bench.accounts.refresh(one.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(
      bench.accounts.changePassword({ name, password: PASSWORD, newPassword: 'another fine phrase' }, HOME),
      'INVALID_LOGIN',
    )
    await bench.accounts.update(id, { disabled: false }, BY_ADMIN)
    expect(await login(name)).toBeDefined()
  })

  it('whose password is reset get one for once, and the old one and its sessions end', async () => {
    const one = await settled(bench, { name: 'one', tenant: 'a.example' })
    const { oneTimePassword, account } = await bench.accounts.update(one.account.id, { resetPassword: true }, BY_ADMIN)
    expect(account.passwordChangeRequired).toBe(true)
    await refused(login(account.name), 'INVALID_LOGIN')
    await refused(bench.accounts.refresh(one.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(login(account.name, oneTimePassword!), 'PASSWORD_EXPIRED')
    expect(oneTimePassword).toMatch(/^[a-z2-9]{24}$/)
  })

  it('that are removed are gone with their sessions, and the name is free', async () => {
    const one = await settled(bench, { name: 'one', tenant: 'a.example' })
    await refused(bench.accounts.remove(one.account.id, by(viewer('operator', 'b.example'))), 'NOT_FOUND')
    await bench.accounts.remove(one.account.id, by(viewer('operator')))
    await refused(bench.accounts.remove(one.account.id, BY_ADMIN), 'NOT_FOUND')
    await refused(login(one.account.name), 'INVALID_LOGIN')
    await refused(bench.accounts.refresh(one.refreshToken, HOME), 'INVALID_REFRESH')
    await refused(bench.access.verifyToken(one.accessToken), 'SESSION_ENDED')
    expect(await settled(bench, { name: 'one', tenant: 'a.example' })).toBeDefined()
  })

  it('that are erased leave an id that leads to nobody', async () => {
    const secretive = { address: '203.0.113.99' }
    const one = await settled(bench, { name: 'dorothea', tenant: 'a.example' }, secretive)
    await refused(bench.accounts.login({ name: one.account.name, password: 'wrong' }, secretive), 'INVALID_LOGIN')
    const { id } = one.account
    await refused(bench.accounts.erase(id, by(viewer('operator'))), 'FORBIDDEN')
    await refused(bench.accounts.erase(id, by(viewer('admin', 'b.example'))), 'NOT_FOUND')
    await bench.accounts.remove(id, BY_ADMIN)
    await bench.accounts.erase(id, BY_ADMIN)
    await refused(bench.accounts.erase('nothing', BY_ADMIN), 'NOT_FOUND')
    const text = await dump(store)
    expect(text).not.toMatch(/dorothea|203\.0\.113\.99/)
    const trail = await bench.accounts.audit(ADMIN, { accountId: id, limit: 10 })
    expect(trail.map(({ action }) => action)).toEqual([
      'account_erased',
      'account_removed',
      'login_failed',
      'password_changed',
      'account_created',
    ])
    expect(bench.log.join()).not.toContain('dorothea')
  })

  it('that erase themselves leave no name either', async () => {
    await settled(bench, { name: 'other', tenant: '*', role: 'admin' })
    const self = await settled(bench, { name: 'dorothea', tenant: '*', role: 'admin' }, { address: '203.0.113.99' })
    const viewerOfSelf = await bench.access.verifyToken(self.accessToken)
    await bench.accounts.erase(self.account.id, { viewer: viewerOfSelf, caller: { address: '203.0.113.99' } })
    expect(await dump(store)).not.toMatch(/dorothea|203\.0\.113\.99/)
  })

  it('keep one admin of all tenants, also when two go at once', async () => {
    const root = await settled(bench, { name: 'root', tenant: '*', role: 'admin' })
    await settled(bench, { name: 'chief', tenant: 'a.example', role: 'admin' })
    const { id } = root.account
    for (const change of [
      { role: 'analyst', tenant: 'a.example' },
      { disabled: true },
      { tenant: 'a.example' },
    ] as const) {
      await refused(bench.accounts.update(id, change, BY_ADMIN), 'LAST_ADMIN')
    }
    await refused(bench.accounts.remove(id, BY_ADMIN), 'LAST_ADMIN')
    await refused(bench.accounts.erase(id, BY_ADMIN), 'LAST_ADMIN')
    const second = await settled(bench, { name: 'second', tenant: '*', role: 'admin' })
    const other = await stores.open(`accounts_${databases}`)
    try {
      const there = await workbench(other)
      const results = await Promise.allSettled([
        bench.accounts.remove(id, BY_ADMIN),
        there.accounts.update(second.account.id, { disabled: true }, BY_ADMIN),
      ])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    } finally {
      await other.close()
    }
  })

  it('are made once for one name, however many ask at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => create({ name: 'same', role: 'user' }, viewer('admin'))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(
      results.filter((one) => one.status === 'rejected' && (one.reason as { code: string }).code === 'NAME_TAKEN'),
    ).toHaveLength(5)
  })

  it('are told of in the audit: who, what, when, to whom, from where, and to nobody of another tenant', async () => {
    const chief = await settled(bench, { name: 'chief', tenant: 'a.example', role: 'admin' })
    const chiefViewer = await bench.access.verifyToken(chief.accessToken)
    const from = { address: '192.0.2.55' }
    const { account } = await bench.accounts.create(
      { name: 'one', role: 'user' },
      { viewer: chiefViewer, caller: from },
    )
    await bench.accounts.update(account.id, { role: 'analyst' }, { viewer: chiefViewer, caller: from })
    const [updated, created] = await bench.accounts.audit(chiefViewer, { limit: 2 })
    expect(updated).toMatchObject({
      action: 'account_updated',
      actor: chief.account.id,
      accountId: account.id,
      tenant: 'a.example',
      address: '192.0.2.55',
      at: bench.clock,
      details: { role: 'analyst', disabled: false },
    })
    expect(created).toMatchObject({ action: 'account_created', details: { role: 'user' } })
    expect(await bench.accounts.audit(viewer('operator', 'b.example'), { limit: 50 })).toEqual([])
    await refused(bench.accounts.audit(viewer('analyst'), { limit: 50 }), 'FORBIDDEN')
    const all = await bench.accounts.audit(ADMIN, { limit: 50 })
    bench.clock -= 60_000
    await bench.accounts.update(account.id, { disabled: true }, BY_ADMIN)
    expect((await bench.accounts.audit(ADMIN, { limit: 1 }))[0]).toMatchObject({
      at: bench.clock,
      details: { disabled: true },
    })
    const older = await bench.accounts.audit(ADMIN, { limit: 50, before: all[1]!.id })
    expect(older).toEqual(all.slice(2))
    expect(all.at(-1)!.actor).toBe('token:console')
  })

  it('begin with the first admin, of which there is one, and another only while it was never used', async () => {
    const { accounts } = bench
    const first = await accounts.firstAdmin('Root')
    expect(first.account).toMatchObject({ name: 'root', tenant: '*', role: 'admin' })
    await refused(accounts.firstAdmin('other'), 'ADMIN_EXISTS')
    await refused(accounts.firstAdmin('root@a.example', { again: true }), 'INVALID')
    const again = await accounts.firstAdmin('root', { again: true })
    expect(again.account.id).not.toBe(first.account.id)
    const set = (password: string) => accounts.changePassword({ name: 'root', password, newPassword: PASSWORD }, HOME)
    await refused(set(first.oneTimePassword), 'INVALID_LOGIN')
    await set(again.oneTimePassword)
    await refused(accounts.firstAdmin('root', { again: true }), 'ADMIN_EXISTS')
    expect(await store.all("SELECT name FROM accounts WHERE role = 'admin'")).toEqual([{ name: 'root' }])
  })
})
