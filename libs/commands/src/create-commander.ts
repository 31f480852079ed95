import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { CommandBus } from '@nestjs/cqrs'
import type { EventStore, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'
import type { Commander } from './command.js'
import { BusCommander } from './commander.js'
import { CommandsModule } from './commands.module.js'
import type { CommandsLogger } from './core/dependencies.js'
import { CommandRecords } from './records/command-records.js'
import { COMMAND_TABLES } from './records/tables.js'

export interface CommanderOptions {
  readonly eventStore: EventStore
  readonly things: Things
  readonly vault: Vault
  /** For what is remembered of commands; its tables are made when they are missing. */
  readonly viewStore: ViewStore
  readonly logger: CommandsLogger
  /** ms since 1970-01-01 UTC. */
  readonly clock?: () => number
}

export interface RunningCommander extends Commander {
  /** Waits for what is being done; the stores stay open. */
  close(): Promise<void>
}

/** Starts the write side. Rejects when the view store is away. */
export async function createCommander(options: CommanderOptions): Promise<RunningCommander> {
  const deps = { ...options, clock: options.clock ?? Date.now }
  await deps.viewStore.createTables(COMMAND_TABLES)
  const app = await NestFactory.createApplicationContext(CommandsModule.with(deps), { logger: false })
  const records = new CommandRecords(deps)
  const commander = new BusCommander(app.get(CommandBus), records, deps)
  return {
    execute: (request) => commander.execute(request),
    close: () => app.close(),
  }
}
