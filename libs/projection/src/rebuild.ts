import {
  STREAMS,
  type EventLogReader,
  type LogRecord,
  type Position,
  type ViewStore,
  type ViewTransaction,
} from '@trunkline/ports'
import { applyInside, messageOf, processBatch, type BatchTarget } from './batch.js'
import { breathe } from './pause.js'
import type { Projection } from './projection.js'
import { projectionStatesTable, raiseGeneration, readProjectionStates } from './projection-states.js'
import type { ProjectionLogger } from './projector-options.js'
import { shadowTables, type ShadowTable } from './rebuild-tables.js'
import { parkedRecordsTable } from './tables/node-tables.js'

export interface RebuildOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  /** An instance of its own: not the one of a running projector. */
  readonly projection: Projection
  readonly logger: ProjectionLogger
  readonly stream?: string
  /** Records in one transaction; 5000 by default. */
  readonly batchSize?: number
  readonly now?: () => number
  /** Told after each batch. */
  progress?(progress: RebuildProgress): void
}

export interface RebuildProgress {
  readonly records: number
  /** Time of the newest record applied, µs. */
  readonly reachedUs: number
}

export interface RebuildResult {
  readonly records: number
  readonly parked: number
  readonly tookMs: number
}

/** Another rebuild of the same view began; this one has lost its tables. */
export class RebuildReplacedError extends Error {
  readonly code = 'REBUILD_REPLACED'
  readonly retryable = false
}

/** Swapping waits for the shadow to come this near; records per partition. */
const NEAR = 2000
const SWAP_ROUNDS = 5

/**
 * Builds a view from the oldest kept record into tables beside the live ones, follows the live projector, and then
 * puts them into the place of the live ones in one transaction that ends at the live checkpoint. Nothing is
 * told to the outbox. Readers and a running projector go on meanwhile; the projector notices the swap and goes on.
 */
export async function rebuildView(options: RebuildOptions): Promise<RebuildResult> {
  const startedMs = performance.now()
  const rebuild = new Rebuild(options)
  await rebuild.begin()
  while ((await rebuild.follow()) > NEAR) await breathe()
  await rebuild.addIndexes()
  while ((await rebuild.follow()) > NEAR) await breathe()
  await rebuild.swap()
  return { records: rebuild.records, parked: rebuild.parked, tookMs: performance.now() - startedMs }
}

class Rebuild {
  records = 0
  parked = 0
  readonly #options: RebuildOptions
  readonly #stream: string
  readonly #positions = new Map<number, Position>()
  readonly #refused = new Set<string>()
  readonly #claim: string
  #generation = 0
  #tables: ShadowTable[] = []

  constructor(options: RebuildOptions) {
    this.#options = options
    this.#stream = options.stream ?? STREAMS.switch
    this.#claim = `${options.projection.id}__rebuild`
  }

  /** Claims the rebuild of this view, and makes empty tables in the place of what an interrupted one left. */
  async begin(): Promise<void> {
    const { store, projection } = this.#options
    await store.createTables([projectionStatesTable, parkedRecordsTable])
    projection.reset?.()
    await store.transaction(async (tx) => {
      await raiseGeneration(tx, this.#claim, projection.version)
      this.#generation = (await readProjectionStates(tx)).get(this.#claim)!.generation
      for (const { name } of projection.tables) await tx.run(`DROP TABLE IF EXISTS ${name}__rebuild`)
    })
    const { lookups } = projection
    this.#tables = shadowTables(projection.tables, { generation: this.#generation, lookups })
    await store.createTables(this.#tables.map(({ shadow }) => shadow))
  }

  /** Applies what lies before the live checkpoint. Gives the number of records it found. */
  async follow(): Promise<number> {
    const { log, store, projection, batchSize = 5000, progress } = this.#options
    let found = 0
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      const live = await store.checkpoint(projection.id, partition)
      for (;;) {
        const after = this.#positions.get(partition)
        const records = await this.#read({ partition, after, live, limit: batchSize })
        if (records.length === 0) break
        await processBatch(this.#target(partition), records)
        found += records.length
        progress?.({ records: this.records, reachedUs: records.at(-1)!.time })
        await breathe()
      }
    }
    return found
  }

  async #read(range: {
    readonly partition: number
    readonly after: Position | undefined
    readonly live: Position | undefined
    readonly limit: number
  }): Promise<LogRecord[]> {
    const { live, ...rest } = range
    if (live === undefined) return []
    const records = await this.#options.log.read({ stream: this.#stream, ...rest })
    return records.filter(({ position }) => position <= live)
  }

  /** The shadow tables; neither outbox nor checkpoint. Parked records are noted where the live ones are. */
  #target(partition: number): BatchTarget {
    const { store, projection, now = Date.now, logger } = this.#options
    const shadows = new Map(this.#tables.map(({ live, shadow }) => [live.name, shadow]))
    return {
      store,
      projections: [projection],
      table: (definition) => shadows.get(definition.name) ?? definition,
      begin: (tx) => this.#assertClaimed(tx),
      finish: async () => undefined,
      committed: ({ last, records }) => {
        this.#positions.set(partition, last.position)
        this.records += records
      },
      nowMs: now,
      parked: (record, id, reason) => {
        this.parked += 1
        this.#refused.add(`${record.partition}/${record.position}`)
        logger.error({ projection: id, type: record.type, reason }, 'a record was parked while rebuilding')
      },
      beforeParking: async () => undefined,
    }
  }

  async #assertClaimed(tx: ViewTransaction): Promise<void> {
    const claimed = (await readProjectionStates(tx)).get(this.#claim)?.generation
    if (claimed !== this.#generation) throw new RebuildReplacedError(`another rebuild of ${this.#claim} has begun`)
  }

  /** One by one, so that the live projector has its turn in between. */
  async addIndexes(): Promise<void> {
    for (const { complete } of this.#tables) {
      for (const [name, columns] of Object.entries(complete.indexes ?? {})) {
        await this.#options.store.createTables([{ ...complete, indexes: { [name]: columns } }])
        await breathe()
      }
    }
  }

  /**
   * The last records, the swap and the new generation, in one transaction that holds the live checkpoint still.
   * A record that fails here undoes it all; the next round finds and parks it outside, and swaps again.
   */
  async swap(): Promise<void> {
    const { store, projection, logger } = this.#options
    for (let round = 1; ; round++) {
      try {
        await store.transaction((tx) => this.#swapIn(tx))
        return
      } catch (error) {
        projection.reset?.()
        if (error instanceof RebuildReplacedError || round === SWAP_ROUNDS) throw error
        logger.warn({ view: projection.id, reason: messageOf(error) }, 'swapping failed and is tried again')
        await this.follow()
      }
    }
  }

  async #swapIn(tx: ViewTransaction): Promise<void> {
    const { log, store, projection, batchSize = 5000 } = this.#options
    await this.#assertClaimed(tx)
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      const live = await store.checkpoint(projection.id, partition)
      if (live === undefined) continue
      await tx.moveCheckpoint(projection.id, { partition, from: live, to: live })
      for (let after = this.#positions.get(partition); ;) {
        const records = await this.#read({ partition, after, live, limit: batchSize })
        if (records.length === 0) break
        await applyInside(this.#target(partition), records, tx)
        after = records.at(-1)!.position
        this.records += records.length
      }
    }
    for (const { live, shadow } of this.#tables) {
      await tx.run(`DROP TABLE IF EXISTS ${live.name}`)
      await tx.run(`ALTER TABLE ${shadow.name} RENAME TO ${live.name}`)
    }
    await this.#forgetParked(tx)
    await raiseGeneration(tx, projection.id, projection.version)
  }

  /** What the live view could not take and the rebuilt one could needs no replay. */
  async #forgetParked(tx: ViewTransaction): Promise<void> {
    const rows = await tx.all<ParkedKey>(
      'SELECT stream, partition_no, position, projection FROM parked_records WHERE projection = ? AND stream = ?',
      [this.#options.projection.id, this.#stream],
    )
    await tx.remove(
      parkedRecordsTable,
      rows.filter(({ partition_no, position }) => !this.#refused.has(`${partition_no}/${position}`)),
    )
  }
}

type ParkedKey = { stream: string; partition_no: number; position: string; projection: string }
