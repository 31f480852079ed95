import type { Access } from '@trunkline/access'
import type { BulkUsers, Commander } from '@trunkline/commands'
import type { Things } from '@trunkline/provisioning-views'
import type { Logger } from '@trunkline/runtime'
import type { Vault } from '@trunkline/vault'

/** What the operations of the REST API work on. */
export interface RestServices {
  readonly access: Access
  readonly commander: Commander
  readonly bulk: BulkUsers
  readonly things: Things
  readonly vault: Vault
  readonly logger: Logger
  /** host or host:port that phones register at; the SIP domain of the user when undefined. */
  readonly phoneServer: string | undefined
}
