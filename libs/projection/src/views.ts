import { CallsProjection } from './calls/calls.projection.js'
import { AuthenticationFailuresProjection } from './nodes/authentication-failures.projection.js'
import { BansProjection } from './nodes/bans.projection.js'
import { GatewaysProjection } from './nodes/gateways.projection.js'
import { MessagesProjection } from './nodes/messages.projection.js'
import { RegistrationsProjection } from './nodes/registrations.projection.js'
import { SwitchesProjection } from './nodes/switches.projection.js'
import type { Projection } from './projection.js'
import * as nodeTables from './tables/node-tables.js'

/** Each view by its id, and how to make a fresh instance of what makes it. */
export const VIEWS: Readonly<Record<string, () => Projection>> = {
  calls: () => new CallsProjection(),
  registrations: () => new RegistrationsProjection(),
  messages: () => new MessagesProjection(),
  gateways: () => new GatewaysProjection(),
  switches: () => new SwitchesProjection(),
  bans: () => new BansProjection(),
  security: () => new AuthenticationFailuresProjection(),
}

/** Tables that readers or other projections ask for even when no projection of this process writes them. */
export const SHARED_TABLES = Object.values(nodeTables)

/** Fresh instances of all projections, for one projector. */
export function allProjections(): Projection[] {
  return Object.values(VIEWS).map((make) => make())
}
