import {
  STREAMS,
  type EventLogReader,
  type LogRecord,
  type Position,
  type Row,
  type ViewStore,
  type ViewTransaction,
} from '@trunkline/ports'
import { applyInside, messageOf, processBatch, type BatchTarget } from './batch.js'
import { ALL_PROJECTIONS, parkedRow } from './parked.js'
import { breathe } from './pause.js'
import type { Projection } from './projection.js'
import type { ProjectionLogger } from './projector-options.js'
import { RebuildClaim, RebuildReplacedError } from './rebuild-claim.js'
import { completeSwap } from './swap.js'
import { createSystemTables } from './system-tables.js'
import { parkedRecordsTable } from './tables/node-tables.js'

export { RebuildReplacedError }

export interface RebuildOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  /** An instance of its own: not the one of a running projector. */
  readonly projection: Projection
  readonly logger: ProjectionLogger
  readonly stream?: string
  /** Records in one transaction; by default 5000, or 10000 where each statement is a way over the network. */
  readonly batchSize?: number
  readonly now?: () => number
  /** Only when older code made the view. Throws {@link RebuildReplacedError} when that is not so. */
  readonly onlyIfOld?: boolean
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

const BATCH = { sqlite: 5000, mysql: 10_000 } as const

/** Swapping waits for the shadow to come this near; records per partition. */
const NEAR = 2000
const SWAP_ROUNDS = 5

/**
 * Builds a view from the oldest kept record into tables beside the live ones, follows the live projector, and then
 * puts them into the place of the live ones. Nothing is told to the outbox. Readers and running projectors go on
 * meanwhile; projectors pause for the moment of the swap and notice it.
 *
 * One transaction applies the last records up to the live checkpoints and leaves a mark; from then on nobody writes
 * the view. The tables are replaced, and a second transaction takes the mark away. Where the first is not durable
 * nothing has happened, and where it is, whoever comes next can do the rest.
 *
 * Throws {@link RebuildReplacedError} when another rebuild of the view begins.
 */
export async function rebuildView(options: RebuildOptions): Promise<RebuildResult> {
  const startedMs = performance.now()
  const { store, projection } = options
  await createSystemTables(store)
  await completeSwap(store, projection.id)
  const claim = await RebuildClaim.take(store, projection, { onlyIfOld: options.onlyIfOld ?? false })
  const rebuild = new Rebuild(options, claim)
  try {
    await rebuild.begin()
    while ((await rebuild.follow()) > NEAR) await breathe()
    await rebuild.addIndexes()
    while ((await rebuild.follow()) > NEAR) await breathe()
    await rebuild.swap()
  } finally {
    claim.stop()
  }
  return { records: rebuild.records, parked: rebuild.parked, tookMs: performance.now() - startedMs }
}

class Rebuild {
  records = 0
  readonly #options: RebuildOptions
  readonly #stream: string
  readonly #claim: RebuildClaim
  readonly #positions = new Map<number, Position>()
  /** Rows of the records that the view cannot take, by partition and position. */
  readonly #refused = new Map<string, Row>()

  constructor(options: RebuildOptions, claim: RebuildClaim) {
    this.#options = options
    this.#stream = options.stream ?? STREAMS.switch
    this.#claim = claim
  }

  get #batchSize(): number {
    const { batchSize, store } = this.#options
    return batchSize ?? BATCH[store.dialect]
  }

  get parked(): number {
    return this.#refused.size
  }

  async begin(): Promise<void> {
    const { store, projection } = this.#options
    projection.reset?.()
    // what an older version did not have is replaced like the rest
    await store.createTables(projection.tables.map((table) => ({ ...table, indexes: {}, later: table.indexes ?? {} })))
    await store.createTables(this.#claim.tables.map(({ shadow }) => shadow))
  }

  /** Applies what lies before the live checkpoint. Gives the number of records it found. */
  async follow(): Promise<number> {
    const { log, store, projection, progress } = this.#options
    let found = 0
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      const live = await store.checkpoint(projection.id, partition)
      for (;;) {
        const after = this.#positions.get(partition)
        const records = await this.#read({ partition, after, live, limit: this.#batchSize })
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
    const shadows = new Map(this.#claim.tables.map(({ live, shadow }) => [live.name, shadow]))
    return {
      store,
      projections: [projection],
      table: (definition) => shadows.get(definition.name) ?? definition,
      begin: (tx) => this.#claim.assert(tx),
      finish: async () => undefined,
      committed: ({ last, records }) => {
        this.#positions.set(partition, last.position)
        this.records += records
      },
      nowMs: now,
      parked: (record, id, reason) => {
        this.#refused.set(
          `${record.partition}/${record.position}`,
          parkedRow({ record, projection: id, reason, parkedAtMs: now() }),
        )
        logger.error({ projection: id, type: record.type, reason }, 'a record was parked while rebuilding')
      },
      beforeParking: async () => undefined,
    }
  }

  /** In SQLite one by one, so that the live projector has its turn in between; elsewhere it has it anyway. */
  async addIndexes(): Promise<void> {
    const { store } = this.#options
    for (const { complete } of this.#claim.tables) {
      const indexes = Object.entries(complete.indexes ?? {})
      const steps = store.dialect === 'sqlite' ? indexes.map((index) => [index]) : [indexes]
      for (const step of steps) {
        await this.#claim.enter('indexing')
        await store.createTables([{ ...complete, indexes: Object.fromEntries(step), later: complete.indexes ?? {} }])
        await breathe()
      }
    }
    await this.#claim.enter('building')
  }

  /** A record that fails in the last transaction undoes it; the next round finds and parks it outside. */
  async swap(): Promise<void> {
    const { store, projection, logger } = this.#options
    for (let round = 1; ; round++) {
      try {
        await store.transaction((tx) => this.#catchUpAndMark(tx))
        break
      } catch (error) {
        projection.reset?.()
        // durable, though its end was not heard of
        if (await this.#claim.isMarked()) break
        if (error instanceof RebuildReplacedError || round === SWAP_ROUNDS) throw error
        logger.warn({ view: projection.id, reason: messageOf(error) }, 'swapping failed and is tried again')
        await this.follow()
      }
    }
    await completeSwap(store, projection.id)
  }

  /** Holds the live checkpoints still, applies what is missing, and marks the tables as ready. */
  async #catchUpAndMark(tx: ViewTransaction): Promise<void> {
    const { log, store, projection } = this.#options
    await this.#claim.assert(tx)
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      const live = await store.checkpoint(projection.id, partition)
      if (live === undefined) continue
      await tx.moveCheckpoint(projection.id, { partition, from: live, to: live })
      for (let after = this.#positions.get(partition); ;) {
        const records = await this.#read({ partition, after, live, limit: this.#batchSize })
        if (records.length === 0) break
        await applyInside(this.#target(partition), records, tx)
        after = records.at(-1)!.position
        this.records += records.length
      }
    }
    await this.#noteParked(tx)
    await this.#claim.mark(tx)
  }

  /**
   * What the live view could not take and the rebuilt one could needs no replay. What this one could not take waits
   * for one, even if it was replayed into the old tables meanwhile.
   */
  async #noteParked(tx: ViewTransaction): Promise<void> {
    const rows = await tx.all<ParkedKey>(
      'SELECT `stream`, partition_no, position, projection FROM parked_records WHERE projection = ? AND `stream` = ?',
      [this.#options.projection.id, this.#stream],
    )
    const isRefused = ({ partition_no, position }: ParkedKey) => this.#refused.has(`${partition_no}/${position}`)
    await tx.remove(
      parkedRecordsTable,
      rows.filter((row) => !isRefused(row)),
    )
    await tx.upsert(
      parkedRecordsTable,
      [...this.#refused.values()].filter((row) => row['projection'] !== ALL_PROJECTIONS),
    )
  }
}

type ParkedKey = { stream: string; partition_no: number; position: string; projection: string }
