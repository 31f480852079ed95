/** Follows the event store and keeps the view `provisioning`. Any number may do so on one store: whoever is faster moves on. */
import { CheckpointConflictError, type EventStoreReader, type Position, type ViewStore } from '@trunkline/ports'
import { backoffMs, pause, prepareTables, ViewGuard } from '@trunkline/projection'
import type { Logger } from '@trunkline/runtime'
import { PARTITION, VIEW } from './checkpoint.js'
import { assertEventStoreHolds } from './event-store-behind.js'
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
  /** For how long events have waited, ms. */
  readonly behindMs: number
}

export interface ProvisioningProjector {
  status(): ProjectorStatus
  close(): Promise<void>
}

/** News may be of another process, which then moves the checkpoint: look at least so often, ms. */
const LOOK_MS = 1000

/**
 * Makes the tables, rebuilds them when older code made them, and starts. Rejects when a store is away, and with
 * `EventStoreBehindViewsError`.
 */
export async function startProvisioningProjector(
  options: ProvisioningProjectorOptions,
): Promise<ProvisioningProjector> {
  const { eventStore, store, logger } = options
  const projections = [new ProvisioningProjection()] as never
  await prepareTables({ log: eventStoreLog(eventStore), store, projections, stream: VIEW, logger })
  await store.createTables([provisioningItemsTable])
  await assertEventStoreHolds(eventStore, store)
  return new RunningProjector(options)
}

class RunningProjector implements ProvisioningProjector {
  readonly #options: ProvisioningProjectorOptions
  readonly #guard = new ViewGuard()
  readonly #projection = new ProvisioningProjection()
  readonly #abort = new AbortController()
  readonly #running: Promise<void>
  #position: Position | undefined
  #failures = 0
  #problem: string | undefined
  /** When there was nothing more to project. */
  #caughtUpAt = performance.now()
  #busy = false

  constructor(options: ProvisioningProjectorOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  status(): ProjectorStatus {
    const behindMs = this.#failures > 0 || this.#busy ? performance.now() - this.#caughtUpAt : 0
    return { position: this.#position, failures: this.#failures, problem: this.#problem, behindMs }
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
    const after = this.#position
    await Promise.race([this.#options.eventStore.waitForNews({ after, signal }), pause(LOOK_MS, signal)])
    enough.abort()
  }

  async #fail({ message }: Error): Promise<void> {
    this.#failures++
    this.#problem = message
    this.#options.logger.warn({ reason: message, failures: this.#failures }, 'provisioning views wait and try again')
    await pause(backoffMs(this.#failures, Math.random), this.#abort.signal)
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
    this.#position = last?.position ?? from
    this.#failures = 0
    this.#problem = undefined
    this.#busy = last !== undefined
    if (this.#busy) changed?.()
    else this.#caughtUpAt = performance.now()
    return last !== undefined
  }
}
