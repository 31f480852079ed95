import type { Target } from '@trunkline/domain'

/** What the rows of a thing are made of beside the thing itself, looked up before. */
export interface Known {
  /** Number of a tenant: id of its dialplan, and what its prefixes begin with. */
  tenantNumber(tenant: string): number
  /** Set id of a trunk. */
  trunkNumber(trunkId: string): number
  /** Undefined when the secret is gone. */
  secret(secretId: string): string | undefined
  /** The name to dial in the tenant that leads to a target; undefined when the target is not there. */
  nameOf(tenant: string, target: Target): string | undefined
  /** ms since 1970. */
  readonly now: number
}
