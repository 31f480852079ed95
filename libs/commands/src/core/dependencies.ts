import type { EventStore, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'

/** pino's, or anything like it. */
export interface CommandsLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What commands work with. */
export interface CommandsDependencies {
  readonly eventStore: EventStore
  readonly things: Things
  readonly vault: Vault
  readonly viewStore: ViewStore
  readonly logger: CommandsLogger
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number
}

/** Token of {@link CommandsDependencies} in the container. */
export const DEPENDENCIES = Symbol('commands dependencies')
