import { randomUUID } from 'node:crypto'
import { ALL_TENANTS, type Role, type Viewer } from '@trunkline/access'
import type { ViewTransaction } from '@trunkline/ports'
import { newPassword } from '@trunkline/vault'
import {
  ACCOUNT_COLUMNS,
  accountById,
  accountByName,
  otherAdmins,
  publicAccount,
  type Account,
  type AccountRow,
} from './account.js'
import { AccountError } from './account-error.js'
import { accountName, foldName, tenantName } from './account-name.js'
import type { AccountParts, Caller } from './account-parts.js'
import { accountsTable } from './account-tables.js'
import { countedAddress } from './address.js'
import { actorOf, note, readAudit, type AuditAction, type AuditEntry } from './audit.js'
import { mustGrant, mustManage, mustManageAccount, seesTenant } from './may-manage.js'
import { removeAccount, scrubAudit } from './remove-account.js'

export interface NewAccount {
  readonly name: string
  readonly role: Role
  /** The viewer's own when left out. */
  readonly tenant?: string | undefined
}

export interface AccountChange {
  readonly role?: Role | undefined
  readonly tenant?: string | undefined
  readonly disabled?: boolean | undefined
  /** A new password that may be used once, for one who has forgotten the old. */
  readonly resetPassword?: boolean | undefined
}

/** `oneTimePassword` is shown this once, and is good for {@link ONE_TIME_MS}. */
export interface ChangedAccount {
  readonly account: Account
  readonly oneTimePassword: string | null
}

export interface AccountPage {
  readonly accounts: readonly Account[]
  /** Give it as `after` for the next page; null when there is none. */
  readonly next: string | null
}

const ONE_TIME_MS = 7 * 86_400_000
type By = { readonly viewer: Viewer; readonly caller: Caller }

/** What those who manage accounts do. All reject with `FORBIDDEN` or `NOT_FOUND` for what is not theirs. */
export class Directory {
  constructor(private readonly parts: AccountParts) {}

  /** By name, in order. */
  async list(
    viewer: Viewer,
    request: { tenant?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<AccountPage> {
    mustManage(viewer)
    const { limit, after = '' } = request
    const tenant = request.tenant === undefined ? viewer.tenant : tenantName(request.tenant)
    if (!seesTenant(viewer, tenant)) throw new AccountError('NOT_FOUND')
    const isAll = tenant === ALL_TENANTS && request.tenant === undefined
    const rows = await this.parts.store.all<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE name > ? ${isAll ? '' : 'AND tenant = ?'}
       ORDER BY name LIMIT ${Math.trunc(limit) + 1}`,
      isAll ? [foldName(after)] : [foldName(after), tenant],
    )
    const accounts = rows.slice(0, limit).map(publicAccount)
    return { accounts, next: rows.length > limit ? accounts.at(-1)!.name : null }
  }

  /** Rejects with `INVALID` or `NAME_TAKEN`. */
  async create({ name, role, tenant }: NewAccount, by: By): Promise<ChangedAccount> {
    const where = tenantName(tenant ?? by.viewer.tenant)
    mustGrant(by.viewer, { tenant: where, role })
    const oneTimePassword = newPassword()
    const row = await this.#newRow({ name: accountName(name, where), tenant: where, role }, oneTimePassword)
    await this.parts.store.transaction(async (tx) => {
      if ((await accountByName(tx, row.name)) !== undefined) throw new AccountError('NAME_TAKEN')
      await tx.upsert(accountsTable, [row])
      await this.#note(tx, by, { action: 'account_created', account: row, details: { role } })
    })
    return { account: publicAccount(row), oneTimePassword }
  }

  /** Ends all sessions of the account when it changes what it may do or who knows its password. Rejects with `INVALID`, `NAME_TAKEN` or `LAST_ADMIN`. */
  async update(id: string, change: AccountChange, by: By): Promise<ChangedAccount> {
    const { store, hasher, sessions, now } = this.parts
    mustManage(by.viewer)
    const oneTimePassword = change.resetPassword === true ? newPassword() : null
    // before the transaction: others would wait for it
    const hash = oneTimePassword === null ? undefined : await hasher.hash(oneTimePassword)
    const account = await store.transaction(async (tx) => {
      const before = await this.#managed(tx, id, by.viewer)
      const after = changed(before, change)
      mustGrant(by.viewer, after)
      if (hash === undefined && isSame(before, after)) return before
      if (after.name !== before.name && (await accountByName(tx, after.name)) !== undefined)
        throw new AccountError('NAME_TAKEN')
      if (isAdmin(before) && !isAdmin(after)) await mustHaveOtherAdmin(tx, id)
      const next = {
        ...after,
        ...(hash === undefined ? {} : { password: hash, once_until: now() + ONE_TIME_MS }),
        updated_at: now(),
      }
      await tx.upsert(accountsTable, [{ ...next }])
      await sessions.endAll(tx, id)
      const details = { role: next.role, tenant: next.tenant, disabled: next.disabled === 1 }
      if (!isSame(before, after)) await this.#note(tx, by, { action: 'account_updated', account: next, details })
      if (hash !== undefined) await this.#note(tx, by, { action: 'password_reset', account: next })
      return next
    })
    return { account: publicAccount(account), oneTimePassword }
  }

  /** Takes the account away with its sessions. What it did stays in the audit under its id. Rejects with `LAST_ADMIN`. */
  async remove(id: string, by: By): Promise<void> {
    await this.parts.store.transaction(async (tx) => {
      const account = await this.#managed(tx, id, by.viewer)
      if (isAdmin(account)) await mustHaveOtherAdmin(tx, id)
      // who did it is read from the session, which may be one of this account
      await this.#note(tx, by, { action: 'account_removed', account })
      await removeAccount(tx, id)
    })
  }

  /**
   * Removes the account, when it is still there, and takes the addresses it came from out of the audit: what stays is an
   * id that leads to nobody. Only an admin may.
   */
  async erase(id: string, by: By): Promise<void> {
    if (by.viewer.role !== 'admin') throw new AccountError('FORBIDDEN')
    await this.parts.store.transaction(async (tx) => {
      const account = await accountById(tx, id)
      const tenant = account?.tenant ?? (await tenantInAudit(tx, id))
      if (tenant === undefined || !seesTenant(by.viewer, tenant)) throw new AccountError('NOT_FOUND')
      if (account !== undefined && isAdmin(account)) await mustHaveOtherAdmin(tx, id)
      await this.#note(tx, by, { action: 'account_erased', account: { id, tenant } })
      await removeAccount(tx, id)
      await scrubAudit(tx, id)
    })
  }

  /** The newest first. */
  async audit(
    viewer: Viewer,
    request: { accountId?: string | undefined; before?: string | undefined; limit: number },
  ): Promise<AuditEntry[]> {
    mustManage(viewer)
    return readAudit(this.parts.store, {
      ...request,
      tenant: viewer.tenant === ALL_TENANTS ? undefined : viewer.tenant,
    })
  }

  /**
   * The admin of all tenants that the first one logs in as: only while there is none, whoever else asks at the same time.
   * With `again` one that has never set a password of its own gets another, since the first may have been lost.
   * Rejects with `ADMIN_EXISTS` or `INVALID`.
   */
  async firstAdmin(
    name: string,
    { again = false }: { again?: boolean } = {},
  ): Promise<ChangedAccount & { oneTimePassword: string }> {
    const oneTimePassword = newPassword()
    const wanted = { name: accountName(name, ALL_TENANTS), tenant: ALL_TENANTS, role: 'admin' } as const
    const row = await this.#newRow(wanted, oneTimePassword)
    await this.parts.store.transaction(async (tx) => {
      const admins = await otherAdmins(tx)
      const isOpen = admins.length === 0 || (again && admins.every(({ once_until }) => once_until !== null))
      if (!isOpen) throw new AccountError('ADMIN_EXISTS')
      for (const { id } of admins) await removeAccount(tx, id)
      if ((await accountByName(tx, row.name)) !== undefined) throw new AccountError('NAME_TAKEN')
      await tx.upsert(accountsTable, [row])
      await note(tx, this.parts.now(), {
        action: 'first_admin',
        actor: 'console',
        accountId: row.id,
        tenant: row.tenant,
        address: 'console',
      })
    })
    return { account: publicAccount(row), oneTimePassword }
  }

  async #newRow(wanted: Pick<AccountRow, 'name' | 'tenant' | 'role'>, password: string) {
    const now = this.parts.now()
    return {
      ...wanted,
      id: randomUUID(),
      password: await this.parts.hasher.hash(password),
      once_until: now + ONE_TIME_MS,
      disabled: 0,
      created_at: now,
      updated_at: now,
      login_at: null,
    }
  }

  async #managed(tx: ViewTransaction, id: string, viewer: Viewer): Promise<AccountRow> {
    mustManage(viewer)
    const account = await accountById(tx, id)
    if (account === undefined) throw new AccountError('NOT_FOUND')
    mustManageAccount(viewer, account)
    return account
  }

  async #note(
    tx: ViewTransaction,
    { viewer, caller }: By,
    {
      action,
      account,
      details = {},
    }: {
      action: AuditAction
      account: Pick<AccountRow, 'id' | 'tenant'>
      details?: Readonly<Record<string, string | boolean>>
    },
  ): Promise<void> {
    const actor = await actorOf(tx, viewer)
    const address = countedAddress(caller.address)
    await note(tx, this.parts.now(), { action, actor, accountId: account.id, tenant: account.tenant, address, details })
  }
}

function changed(before: AccountRow, { role, tenant, disabled }: AccountChange): AccountRow {
  const where = tenant === undefined ? before.tenant : tenantName(tenant)
  return {
    ...before,
    role: role ?? before.role,
    tenant: where,
    name: accountName(before.name.split('@')[0]!, where),
    disabled: disabled === undefined ? before.disabled : Number(disabled),
  }
}

function isSame(one: AccountRow, other: AccountRow): boolean {
  return one.role === other.role && one.tenant === other.tenant && one.disabled === other.disabled
}

const isAdmin = ({ role, tenant, disabled }: AccountRow) => role === 'admin' && tenant === ALL_TENANTS && disabled === 0

async function mustHaveOtherAdmin(tx: ViewTransaction, id: string): Promise<void> {
  if ((await otherAdmins(tx, id)).length === 0) throw new AccountError('LAST_ADMIN')
}

async function tenantInAudit(tx: ViewTransaction, id: string): Promise<string | undefined> {
  const sql = 'SELECT tenant FROM account_audit WHERE account_id = ? AND tenant IS NOT NULL ORDER BY id DESC LIMIT 1'
  const [row] = await tx.all<{ tenant: string }>(sql, [id])
  return row?.tenant
}
