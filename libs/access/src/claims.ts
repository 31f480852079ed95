import { z } from 'zod'
import { AccessError } from './access-error.js'
import { ROLES } from './role.js'
import { ALL_TENANTS, type Viewer } from './viewer.js'

export const ISSUER = 'trunkline'
export const AUDIENCE = 'trunkline'

const domain = z
  .string()
  .max(191)
  .transform((value) => value.toLowerCase())
  .pipe(z.string().regex(/^(\*|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/))

/** A user name is shown in logs: no white space, no control characters. */
const userName = z
  .string()
  .min(1)
  .max(191)
  .regex(/^[^\s\p{Cc}]+$/u)

/** `sid` as OpenID Connect has it (Front-Channel Logout 1.0, 3); tokens of other issuers may hold any. */
export const claimsSchema = z.object({
  sub: userName,
  role: z.enum(ROLES),
  tenant: domain,
  exp: z.number().positive(),
  sid: z.string().min(1).max(191).optional(),
})
export type Claims = z.infer<typeof claimsSchema>

/** Turns verified claims into a viewer; throws `CLAIMS_INVALID` when they do not fit together. */
export function viewerFromClaims(payload: unknown): Viewer {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw new AccessError('CLAIMS_INVALID')
  const { sub, role, tenant, exp, sid } = parsed.data
  if (tenant === ALL_TENANTS && role !== 'admin') throw new AccessError('CLAIMS_INVALID')
  const viewer = { role, tenant, user: fullUser(sub, tenant), expiresAt: exp * 1000 }
  return sid === undefined ? viewer : { ...viewer, session: sid }
}

/** `alice` of `a.example` is `alice@a.example`; a name with another domain than the tenant is refused. */
function fullUser(sub: string, tenant: string): string {
  const at = sub.lastIndexOf('@')
  if (tenant === ALL_TENANTS) return sub
  if (at < 0) return `${sub}@${tenant}`
  const own = sub.slice(at + 1).toLowerCase()
  if (at === 0 || own !== tenant) throw new AccessError('CLAIMS_INVALID')
  return `${sub.slice(0, at)}@${own}`
}
