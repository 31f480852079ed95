/** What a person or program may do. `admin` runs the platform, `operator` a tenant, `analyst` reads, `user` sees own data. */
export const ROLES = ['admin', 'operator', 'analyst', 'user'] as const
export type Role = (typeof ROLES)[number]

export function isRole(value: unknown): value is Role {
  return typeof value === 'string' && (ROLES as readonly string[]).includes(value)
}
