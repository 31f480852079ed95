import type { Access } from '@trunkline/access'
import type { Accounts } from '@trunkline/accounts'
import type { ViewReader } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { Logger } from '@trunkline/runtime'
import type { Webhooks } from '@trunkline/webhooks'
import type { WriteSide } from '../write-side.js'
import { Problem } from './problem.js'

/** What the operations of the REST API, and the mutations of GraphQL, work on. */
export interface RestServices {
  readonly access: Access
  readonly things: Things
  readonly store: ViewReader
  readonly logger: Logger
  /** Undefined: this process takes no commands. */
  readonly writeSide: WriteSide | undefined
  /** Undefined: this process tells no applications. */
  readonly webhooks: Webhooks | undefined
  /** Undefined: tokens come from elsewhere (JWT_JWKS_URL). */
  readonly accounts: Accounts | undefined
  /** host or host:port that phones register at; the SIP domain of the user when undefined. */
  readonly phoneServer: string | undefined
  /** As the setting KAMAILIO_NODES has it. */
  readonly kamailioNodes: string | undefined
  /** Of Trunkline. */
  readonly version: string
}

/** Throws PROVISIONING_OFF when this process takes no commands. */
export function writeSideOf({ writeSide }: RestServices): WriteSide {
  if (writeSide === undefined) throw new Problem('PROVISIONING_OFF')
  return writeSide
}
