import { ALL_TENANTS, type Viewer } from '@trunkline/access'
import { ApiError } from '../errors/index.js'

/** Which rows a viewer may see, whatever is asked. */
export interface Scope {
  /** Undefined: every tenant. */
  readonly tenant: string | undefined
  /** Set for the role `user`: only what this user took part in. */
  readonly ownUser: string | undefined
}

export function scopeOf(viewer: Viewer): Scope {
  return {
    tenant: viewer.tenant === ALL_TENANTS ? undefined : viewer.tenant,
    ownUser: viewer.role === 'user' ? viewer.user : undefined,
  }
}

/** Viewers with the same key see the same rows and fields. */
export function scopeKey(viewer: Viewer): string {
  return JSON.stringify([viewer.role, viewer.tenant, viewer.role === 'user' ? viewer.user : ''])
}

/** `alice` is completed with the tenant of the viewer; `alice@a.example` stays. */
export function fullUser(viewer: Viewer, user: string): string {
  if (user.includes('@') || viewer.tenant === ALL_TENANTS) return user
  return `${user}@${viewer.tenant}`
}

/** The user that a list is about: the one asked for; for the role `user` only ever the own one. */
export function visibleUser(viewer: Viewer, asked: string): string {
  const user = fullUser(viewer, asked)
  if (viewer.role === 'user' && user !== viewer.user) throw new ApiError('FORBIDDEN')
  return user
}

/** For what belongs to the platform and not to a tenant. */
export function requireAllTenants(viewer: Viewer): void {
  if (viewer.tenant !== ALL_TENANTS) throw new ApiError('FORBIDDEN')
}
