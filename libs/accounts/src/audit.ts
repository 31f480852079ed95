import type { Viewer } from '@trunkline/access'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import { auditTable } from './account-tables.js'

export const AUDIT_ACTIONS = [
  'login',
  'login_failed',
  'logout',
  'refresh_reused',
  'sessions_revoked',
  'password_changed',
  'password_reset',
  'account_created',
  'account_updated',
  'account_removed',
  'account_erased',
  'first_admin',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** What is noted. `details` never hold a password, a token or a name. */
export interface AuditNote {
  readonly action: AuditAction
  readonly actor: string | null
  readonly accountId: string | null
  readonly tenant: string | null
  readonly address: string
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

export interface AuditEntry extends Required<AuditNote> {
  /** In the order of what was done. */
  readonly id: string
  /** ms since 1970. */
  readonly at: number
}

interface AuditRow {
  readonly id: string
  readonly at: number
  readonly action: AuditAction
  readonly actor: string | null
  readonly account_id: string | null
  readonly tenant: string | null
  readonly address: string
  readonly details: string
}

export async function note(tx: ViewTransaction, at: number, one: AuditNote): Promise<void> {
  const id = nextId(at, (await tx.all<{ id: string }>('SELECT id FROM account_audit ORDER BY id DESC LIMIT 1'))[0]?.id)
  const { action, actor, accountId, tenant, address, details = {} } = one
  const row = { id, at, action, actor, account_id: accountId, tenant, address, details: JSON.stringify(details) }
  await tx.upsert(auditTable, [row])
}

/** After all others, whatever the clock says: writers come one after the other. */
function nextId(at: number, last = ''): string {
  const [time = '', count = '0'] = last.split('-')
  const now = String(at).padStart(15, '0')
  return now > time ? `${now}-000000000` : `${time}-${String(Number(count) + 1).padStart(9, '0')}`
}

/** The account behind a token; the name in it when it comes from no login. */
export async function actorOf(reader: Pick<ViewStore, 'all'>, viewer: Viewer): Promise<string> {
  if (viewer.session !== undefined) {
    const sql = 'SELECT account_id FROM account_sessions WHERE id = ?'
    const [row] = await reader.all<{ account_id: string }>(sql, [viewer.session])
    if (row !== undefined) return row.account_id
  }
  return `token:${viewer.user}`
}

export interface AuditRequest {
  /** Undefined: of all tenants. */
  readonly tenant: string | undefined
  readonly accountId?: string | undefined
  /** Older than this entry. */
  readonly before?: string | undefined
  readonly limit: number
}

/** The newest first. */
export async function readAudit(
  reader: Pick<ViewStore, 'all'>,
  { tenant, accountId, before, limit }: AuditRequest,
): Promise<AuditEntry[]> {
  const given = [
    ['tenant = ?', tenant],
    ['account_id = ?', accountId],
    ['id < ?', before],
  ].filter((one): one is [string, string] => one[1] !== undefined)
  const where = given.length === 0 ? '' : `WHERE ${given.map(([sql]) => sql).join(' AND ')}`
  const rows = await reader.all<AuditRow>(
    `SELECT id, at, action, actor, account_id, tenant, address, details FROM account_audit ${where}
     ORDER BY id DESC LIMIT ${Math.trunc(limit)}`,
    given.map(([, value]) => value),
  )
  return rows.map(({ account_id, details, ...row }) => {
    return { ...row, accountId: account_id, details: JSON.parse(details) as AuditEntry['details'] }
  })
}
