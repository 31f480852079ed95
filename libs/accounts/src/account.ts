import { ALL_TENANTS, type Role } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'

/** An account as those who manage it see it. Times are ms since 1970. */
export interface Account {
  readonly id: string
  /** `alice@a.example`; without a domain for an admin of all tenants. */
  readonly name: string
  /** SIP domain, or `*` for all of them. */
  readonly tenant: string
  readonly role: Role
  readonly disabled: boolean
  /** It has a password that may be used once, to set another. */
  readonly passwordChangeRequired: boolean
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastLoginAt: number | null
}

export interface AccountRow {
  readonly id: string
  readonly name: string
  readonly tenant: string
  readonly role: Role
  readonly password: string
  readonly once_until: number | null
  readonly disabled: number
  readonly created_at: number
  readonly updated_at: number
  readonly login_at: number | null
}

export const ACCOUNT_COLUMNS =
  'id, name, tenant, role, password, once_until, disabled, created_at, updated_at, login_at'

type Reader = Pick<ViewStore, 'all'>

export async function accountByName(reader: Reader, name: string): Promise<AccountRow | undefined> {
  const [row] = await reader.all<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE name = ?`, [name])
  return row
}

export async function accountById(reader: Reader, id: string): Promise<AccountRow | undefined> {
  const [row] = await reader.all<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = ?`, [id])
  return row
}

/** Admins of all tenants that can log in, but for the one with this id. */
export async function otherAdmins(reader: Reader, id = ''): Promise<AccountRow[]> {
  return reader.all<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE role = 'admin' AND tenant = ? AND disabled = 0 AND id <> ?`,
    [ALL_TENANTS, id],
  )
}

export function publicAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    role: row.role,
    disabled: row.disabled === 1,
    passwordChangeRequired: row.once_until !== null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastLoginAt: row.login_at,
  }
}
