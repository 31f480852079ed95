import { ALL_TENANTS } from '@trunkline/access'
import { invalid } from './account-error.js'

const LOCAL = /^[a-z0-9][a-z0-9._+-]{0,62}$/
const TENANT = /^(\*|[a-z0-9_]([a-z0-9_.-]{0,125}[a-z0-9_])?)$/

/** What accounts are found by: names count without regard to case. */
export const foldName = (name: string): string => name.trim().toLowerCase()

/**
 * The whole name of an account of a tenant: `alice` of `a.example` is `alice@a.example`, as in its tokens. An admin of all
 * tenants has no domain in the name, so that it can never be that of somebody else. Throws `INVALID`.
 */
export function accountName(name: string, tenant: string): string {
  const [local = '', domain, ...more] = foldName(name).split('@')
  if (!LOCAL.test(local) || more.length > 0) {
    throw invalid('name', 'must be 1 to 63 of a-z 0-9 . _ + -, beginning with a letter or digit')
  }
  if (tenant === ALL_TENANTS) {
    if (domain !== undefined) throw invalid('name', 'must be without a domain for an admin of all tenants')
    return local
  }
  if (domain !== undefined && domain !== tenant) throw invalid('name', 'must be of the domain of the tenant')
  return `${local}@${tenant}`
}

export function tenantName(tenant: string): string {
  const folded = foldName(tenant)
  if (!TENANT.test(folded)) throw invalid('tenant', 'must be a SIP domain, or * for all')
  return folded
}
