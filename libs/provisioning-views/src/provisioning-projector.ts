/** Follows the event store and keeps the view `provisioning`. Any number may do so on one store: whoever is faster moves on. */
import { CheckpointConflictError, type EventStoreReader, type Position, type ViewStore } from '@trunkline/ports'
import { backoffMs, pause, prepareTables, ViewGuard } from '@trunkline/projection'
import type { Logger } from '@trunkline/runtime'
import { PARTITION, VIEW } from './checkpoint.js'
import { eventStoreLog } from './event-store-log.js'
import { projectEvents } from './project-events.js'
import { ProvisioningProjection } from './provisioning.projection.js'
import { provisioningItemsTable } from './provisioning-tables.js'

export interface ProvisioningProjectorOptions {
  readonly eventStore: EventStoreReader
  readonly store: ViewStore
  readonly logger: Logger
  /** Events in one transaction; 500 by default. */
  readonly batchSize?: number
  /** Told after each commit. */
  changed?(): void
}

export interface ProjectorStatus {
  readonly position: Position | undefined
  /** Failures in a row. */
  readonly failures: number
  readonly problem: string | undefined
}

export interface ProvisioningProjector {
  status(): ProjectorStatus
  close(): Promise<void>
}

/** News may be of another process, which then moves the checkpoint: look at least so often, ms. */
const LOOK_MS = 1000

/** Makes the tables, rebuilds them when older code made them, and starts. Rejects when a store is away. */
export async function startProvisioningProjector(
  options: ProvisioningProjectorOptions,
): Promise<ProvisioningProjector> {
  const { eventStore, store, logger } = options
  const projections = [new ProvisioningProjection()] as never
  await prepareTables({ log: eventStoreLog(eventStore), store, projections, stream: VIEW, logger })
  await store.createTables([provisioningItemsTable])
  return new RunningProjector(options)
}

class RunningProjector implements ProvisioningProjector {
  readonly #options: ProvisioningProjectorOptions
  readonly #guard = new ViewGuard()
  readonly #projection = new ProvisioningProjection()
  readonly #abort = new AbortController()
  readonly #running: Promise<void>
  #status: ProjectorStatus = { position: undefined, failures: 0, problem: undefined }

  constructor(options: ProvisioningProjectorOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  status(): ProjectorStatus {
    return this.#status
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        if (!(await this.#step())) await this.#news()
      } catch (error) {
        if (error instanceof CheckpointConflictError) await pause(20 + 80 * Math.random(), signal)
        else await this.#fail(error as Error)
      }
    }
  }

  async #news(): Promise<void> {
    const enough = new AbortController()
    const signal = AbortSignal.any([this.#abort.signal, enough.signal])
    const { position: after } = this.#status
    await Promise.race([this.#options.eventStore.waitForNews({ after, signal }), pause(LOOK_MS, signal)])
    enough.abort()
  }

  async #fail({ message }: Error): Promise<void> {
    const failures = this.#status.failures + 1
    this.#status = { ...this.#status, failures, problem: message }
    this.#options.logger.warn({ reason: message, failures }, 'provisioning views wait and try again')
    await pause(backoffMs(failures, Math.random), this.#abort.signal)
  }

  /** One batch in one transaction with the checkpoint. Tells whether there was any. */
  async #step(): Promise<boolean> {
    const { eventStore, store, batchSize = 500, changed } = this.#options
    const from = await store.checkpoint(VIEW, PARTITION)
    const events = await eventStore.readAll({ after: from, limit: batchSize })
    const last = events.at(-1)
    if (last !== undefined) {
      await store.transaction(async (tx) => {
        await this.#guard.enter(tx, [this.#projection as never])
        await tx.moveCheckpoint(VIEW, { partition: PARTITION, from, to: last.position })
        await projectEvents(tx, events)
      })
    }
    this.#status = { position: last?.position ?? from, failures: 0, problem: undefined }
    if (last !== undefined) changed?.()
    return last !== undefined
  }
}
