import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { CommandBus } from '@nestjs/cqrs'
import type { EventStore, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { Vault } from '@trunkline/vault'
import type { BulkUsers } from './bulk.js'
import { BulkJobs } from './bulk/bulk-jobs.js'
import { BulkService } from './bulk/bulk-service.js'
import { BulkWorker } from './bulk/bulk-worker.js'
import type { Commander } from './command.js'
import { BusCommander } from './commander.js'
import { CommandsModule } from './commands.module.js'
import { AggregateRunner } from './core/aggregate-runner.js'
import type { CommandsLogger } from './core/dependencies.js'
import { Reservations } from './core/reservations.js'
import { Background } from './housekeeping/background.js'
import { DueChecks } from './housekeeping/due-checks.js'
import { Housekeeper } from './housekeeping/housekeeper.js'
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
  /** How long a command waits for the answer to the same command that is being done elsewhere, ms; 20,000 by default. */
  readonly waitMs?: number
  /** False for a process that takes commands and leaves bulks, sweeps and clean-ups to others. */
  readonly background?: boolean
}

export interface RunningCommander extends Commander {
  readonly bulk: BulkUsers
  /** Looks after claims and blocks now. The background does so by itself, every few seconds. */
  sweep(): Promise<void>
  /** Waits for what is being done; the stores stay open. */
  close(): Promise<void>
}

const SWEEP_MS = 5_000
const CLEAN_MS = 3_600_000

/** Starts the write side. Rejects when the view store is away. */
export async function createCommander(options: CommanderOptions): Promise<RunningCommander> {
  const { background = true, ...rest } = options
  const deps = { ...rest, clock: options.clock ?? Date.now }
  await deps.viewStore.createTables(COMMAND_TABLES)
  const app = await NestFactory.createApplicationContext(CommandsModule.with(deps), { logger: false })
  const records = new CommandRecords(deps)
  const commander = new BusCommander(app.get(CommandBus), records, deps)
  const jobs = new BulkJobs(deps)
  const reservations = new Reservations(deps.eventStore, deps.clock)
  const worker = new BulkWorker({ ...deps, jobs, reservations })
  const checks = new DueChecks(deps.eventStore, deps.viewStore)
  const housekeeper = new Housekeeper({ ...deps, checks, reservations, runner: app.get(AggregateRunner) })
  const chores = [
    { name: 'sweep', everyMs: SWEEP_MS, work: (signal: AbortSignal) => housekeeper.sweep(signal) },
    {
      name: 'clean',
      everyMs: CLEAN_MS,
      work: () => Promise.all([records.clean(), jobs.clean()]).then(() => undefined),
    },
  ]
  if (background) worker.start()
  const running = background ? new Background(chores, deps.logger) : undefined
  return {
    execute: (request) => commander.execute(request),
    bulk: new BulkService(deps, jobs, () => worker.wake()),
    sweep: () => housekeeper.sweep(),
    async close() {
      await Promise.all([worker.stop(), running?.stop()])
      await app.close()
    },
  }
}
