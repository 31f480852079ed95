import { ALL_TENANTS, type Role, type Viewer } from '@trunkline/access'
import { AccountError } from './account-error.js'

const RANK: Readonly<Record<Role, number>> = { user: 0, analyst: 1, operator: 2, admin: 3 }

export interface Managed {
  readonly tenant: string
  readonly role: Role
}

/** Who manages accounts at all: an admin everywhere or in one tenant, an operator in one. */
export function mustManage(viewer: Viewer): void {
  if (viewer.role !== 'admin' && viewer.role !== 'operator') throw new AccountError('FORBIDDEN')
}

export const seesTenant = (viewer: Viewer, tenant: string): boolean =>
  viewer.tenant === ALL_TENANTS || viewer.tenant === tenant

/** Throws `NOT_FOUND` for what is not in the viewer's tenant, and `FORBIDDEN` for a role above the viewer's own. */
export function mustManageAccount(viewer: Viewer, account: Managed): void {
  mustManage(viewer)
  if (!seesTenant(viewer, account.tenant)) throw new AccountError('NOT_FOUND')
  if (RANK[account.role] > RANK[viewer.role]) throw new AccountError('FORBIDDEN')
}

/** What an account is to become: of the viewer's tenant, and no more than the viewer is. */
export function mustGrant(viewer: Viewer, { tenant, role }: Managed): void {
  mustManage(viewer)
  if (!seesTenant(viewer, tenant) || RANK[role] > RANK[viewer.role]) throw new AccountError('FORBIDDEN')
  if (tenant === ALL_TENANTS && role !== 'admin') {
    throw new AccountError('INVALID', {
      faults: [{ field: 'tenant', rule: 'must be one domain for all but an admin' }],
    })
  }
}
