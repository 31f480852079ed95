import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { AUDIENCE, ISSUER, viewerFromClaims } from './claims.js'
import type { Role } from './role.js'
import { secretKey } from './secret-key.js'

export interface TokenRequest {
  readonly role: Role
  /** SIP domain; `*` for an admin of every tenant. */
  readonly tenant: string
  /** User name, with or without `@tenant`. */
  readonly user: string
  /** Life time in seconds. */
  readonly ttlSeconds: number
  /** Seconds since 1970; now when left out. */
  readonly issuedAt?: number
  /** The login that it comes from. */
  readonly sessionId?: string | undefined
}

/**
 * Signs a token (HS256). Throws `CLAIMS_INVALID` for what {@link verifyToken} would refuse, so that no token
 * is handed out that never works.
 */
export async function issueToken(secret: string, request: TokenRequest): Promise<string> {
  const issuedAt = request.issuedAt ?? Math.floor(Date.now() / 1000)
  const claims = { sub: request.user, role: request.role, tenant: request.tenant.toLowerCase() }
  const exp = issuedAt + request.ttlSeconds
  viewerFromClaims({ ...claims, exp })
  const session = request.sessionId === undefined ? {} : { sid: request.sessionId }
  return new SignJWT({ role: claims.role, tenant: claims.tenant, ...session })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.sub)
    .setJti(randomUUID())
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(exp)
    .sign(secretKey(secret))
}
