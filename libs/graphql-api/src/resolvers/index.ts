import { BansResolver } from './bans.resolver.js'
import { CallsResolver } from './calls.resolver.js'
import { FeedsResolver } from './feeds.resolver.js'
import { LiveResolver } from './live.resolver.js'
import { NodesResolver } from './nodes.resolver.js'
import { PresenceResolver } from './presence.resolver.js'
import { ProvisioningReportsResolver, SipUserResolver, TrunkResolver } from './provisioning-reports.resolver.js'
import { ProvisionedServicesResolver, ProvisioningResolver } from './provisioning.resolver.js'
import { ReportsResolver } from './reports.resolver.js'

export const RESOLVERS = [
  BansResolver,
  CallsResolver,
  FeedsResolver,
  LiveResolver,
  NodesResolver,
  PresenceResolver,
  ProvisionedServicesResolver,
  ProvisioningReportsResolver,
  ProvisioningResolver,
  ReportsResolver,
  SipUserResolver,
  TrunkResolver,
] as const
