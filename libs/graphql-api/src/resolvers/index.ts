import { CallsResolver } from './calls.resolver.js'
import { FeedsResolver } from './feeds.resolver.js'
import { LiveResolver } from './live.resolver.js'
import { NodesResolver } from './nodes.resolver.js'
import { PresenceResolver } from './presence.resolver.js'
import { ReportsResolver } from './reports.resolver.js'

export const RESOLVERS = [
  CallsResolver,
  FeedsResolver,
  LiveResolver,
  NodesResolver,
  PresenceResolver,
  ReportsResolver,
] as const
