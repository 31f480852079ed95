/**
 * Publishes the events of the event store as `trunkline.provisioning`: a reader with a checkpoint, never a second write
 * beside an append. At least once, in order: what was appended and not noted before a crash is published again, with the
 * same ids.
 */
import {
  STREAMS,
  type EventLogWriter,
  type EventStoreReader,
  type NewRecord,
  type StoredEvent,
  type ViewStore,
} from '@trunkline/ports'
import { backoffMs, pause } from '@trunkline/projection'
import type { Logger } from '@trunkline/runtime'
import { PARTITION } from './checkpoint.js'
import { Lease } from './lease.js'
import { thingOfEvent } from './thing-references.js'

/** Name of its checkpoint. */
export const RELAY = 'provisioning.relay'

export interface ProvisioningRelayOptions {
  readonly eventStore: EventStoreReader
  readonly store: ViewStore
  readonly log: EventLogWriter
  readonly logger: Logger
  /** Events in one append; 500 by default. */
  readonly batchSize?: number
  /** How long a relay that died keeps the others waiting, ms; 10 s by default. */
  readonly leaseMs?: number
}

export interface ProvisioningRelay {
  status(): { readonly active: boolean; readonly failures: number; readonly problem: string | undefined }
  close(): Promise<void>
}

const LOOK_MS = 1000

/** Starts it; of several on one store one publishes. Rejects when the view store is away. */
export async function startProvisioningRelay(options: ProvisioningRelayOptions): Promise<ProvisioningRelay> {
  await Lease.prepare(options.store)
  return new RunningRelay(options)
}

class RunningRelay implements ProvisioningRelay {
  readonly #options: ProvisioningRelayOptions
  readonly #lease: Lease
  readonly #abort = new AbortController()
  readonly #running: Promise<void>
  #active = false
  #failures = 0
  #problem: string | undefined

  constructor(options: ProvisioningRelayOptions) {
    const { store, leaseMs } = options
    this.#options = options
    this.#lease = new Lease({ store, name: RELAY, ...(leaseMs === undefined ? {} : { lastsMs: leaseMs }) })
    this.#running = this.#run()
  }

  status() {
    return { active: this.#active, failures: this.#failures, problem: this.#problem }
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#running
    // the store may be away: then the lease runs out by itself
    if (this.#active) await this.#lease.release().catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        this.#active = await this.#lease.held()
        if (!this.#active) await pause(LOOK_MS, signal)
        else if (!(await this.#batch())) await this.#news()
        this.#failures = 0
        this.#problem = undefined
      } catch (error) {
        this.#failures++
        this.#problem = (error as Error).message
        const { logger } = this.#options
        logger.warn(
          { reason: this.#problem, failures: this.#failures },
          'publishing what is provisioned is tried again',
        )
        await pause(backoffMs(this.#failures, Math.random), signal)
      }
    }
  }

  async #batch(): Promise<boolean> {
    const { eventStore, store, log, batchSize = 500 } = this.#options
    const from = await store.checkpoint(RELAY, PARTITION)
    const events = await eventStore.readAll({ after: from, limit: batchSize })
    const last = events.at(-1)
    if (last === undefined) return false
    const ours = events.filter((event) => thingOfEvent(event) !== undefined)
    if (ours.length > 0) await log.append(STREAMS.provisioning, ours.map(recordOf))
    await store.transaction((tx) => tx.moveCheckpoint(RELAY, { partition: PARTITION, from, to: last.position }))
    return true
  }

  async #news(): Promise<void> {
    const enough = new AbortController()
    const signal = AbortSignal.any([this.#abort.signal, enough.signal])
    const after = await this.#options.store.checkpoint(RELAY, PARTITION)
    await Promise.race([this.#options.eventStore.waitForNews({ after, signal }), pause(LOOK_MS, signal)])
    enough.abort()
  }
}

function recordOf({ id, type, version, time, data, meta, stream, revision }: StoredEvent): NewRecord {
  return { id, type, version, key: stream, time, data, meta: { ...meta, revision: String(revision) } }
}
