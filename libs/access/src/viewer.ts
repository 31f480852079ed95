import type { Role } from './role.js'

/** The tenant of a viewer who sees every tenant; only an admin may have it. */
export const ALL_TENANTS = '*'

/** Who asks, as proved by a token. */
export interface Viewer {
  readonly role: Role
  /** SIP domain in lower case, or `*` (admin only). */
  readonly tenant: string
  /** user@domain of a SIP user; for other roles the name in the token, which need not be a SIP user. */
  readonly user: string
  /** When the token ends, ms since 1970. */
  readonly expiresAt: number
  /** The login that the token came from, which may have ended since; undefined for tokens that come from none. */
  readonly session?: string
}
