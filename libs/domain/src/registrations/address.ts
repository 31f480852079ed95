/** Domains are the same in any case (RFC 3261, 19.1.4); users are not. */
export function normaliseAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at + 1) + address.slice(at + 1).toLowerCase()
}

/** The tenant of user@domain: the domain, or all of it when there is no user. */
export function tenantOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
