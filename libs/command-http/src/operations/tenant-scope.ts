import { ALL_TENANTS, type Viewer } from '@trunkline/access'
import { Problem } from '../rest/problem.js'

/** The tenant that a list is of: the one asked for, else the viewer's own; undefined is all. Throws FORBIDDEN. */
export function listTenant(viewer: Viewer, asked: string | undefined): string | undefined {
  const tenant = asked?.toLowerCase()
  if (viewer.tenant === ALL_TENANTS) return tenant
  if (tenant !== undefined && tenant !== viewer.tenant) throw new Problem('FORBIDDEN')
  return viewer.tenant
}

/** Throws FORBIDDEN unless the viewer is of all tenants, for what is of the whole platform. */
export function requireAllTenants({ tenant }: Viewer): void {
  if (tenant !== ALL_TENANTS) throw new Problem('FORBIDDEN')
}

/** Whether a viewer may see what belongs to a tenant. What others have is as if it were not there. */
export function sees(viewer: Viewer, tenant: string): boolean {
  return viewer.tenant === ALL_TENANTS || viewer.tenant === tenant
}
