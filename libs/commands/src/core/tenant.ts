import { ALL_TENANTS, ProvisioningError, refuseWhen, validateDomain } from '@trunkline/domain'
import type { Viewer } from '@trunkline/access'
import { CommandError } from '../command-error.js'

/** The tenant that a command is for: the one it names, or the viewer's own. Throws FORBIDDEN for one that is not the viewer's. */
export function tenantOf(viewer: Viewer, named: string | undefined): string | undefined {
  const wanted = named?.toLowerCase()
  if (viewer.tenant === ALL_TENANTS) return wanted
  if (wanted !== undefined && wanted !== viewer.tenant) throw new CommandError('FORBIDDEN')
  return viewer.tenant
}

/** For commands that cannot do without: whoever may act for all tenants must name one. */
export function requiredTenant(tenant: string | undefined): string {
  if (tenant !== undefined) return tenant
  throw new ProvisioningError('INVALID', [{ field: 'tenant', rule: 'must be given, since you act for all tenants' }])
}

/** For what goes into the name of a stream before an aggregate looks at it. */
export function checkDomain(tenant: string): string {
  refuseWhen('INVALID', validateDomain('tenant', tenant))
  return tenant
}
