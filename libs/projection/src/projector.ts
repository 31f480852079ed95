import { STREAMS, type Position } from '@trunkline/ports'
import { isRetryable, messageOf, processBatch, type BatchTarget } from './batch.js'
import { GenerationGuard } from './generation-guard.js'
import { writeOutbox } from './outbox.js'
import { backoffMs, breathe, pause } from './pause.js'
import { assertLogHolds, furthestBehind, readPositions, type Group, type PartitionPositions } from './positions.js'
import { prepareViews } from './prepare-views.js'
import type { Projector, ProjectorOptions, ProjectorStatus } from './projector-options.js'

/** Parked records in a row, with none applied in between, after which each further one waits. */
const PARKED_IN_A_ROW = 10
const LONGEST_BRAKE_MS = 30_000

/**
 * Starts to project: reads each partition in order from the checkpoint, and writes rows, outbox and checkpoint of
 * a batch in one transaction. Views whose code has a new version are rebuilt before. Resolves when it runs.
 * Throws `LogBehindViewsError` when the log ends before a checkpoint.
 */
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const stream = options.stream ?? STREAMS.switch
  await prepareViews({ ...options, stream })
  const { log, store, projections } = options
  for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
    for (const position of (await readPositions(store, projections, partition)).values()) {
      if (position !== undefined) await assertLogHolds(log, { stream, partition, position })
    }
  }
  return new RunningProjector(options, stream)
}

class RunningProjector implements Projector {
  readonly #options: ProjectorOptions
  readonly #stream: string
  readonly #guard: GenerationGuard
  readonly #abort = new AbortController()
  readonly #positions = new Map<number, PartitionPositions>()
  readonly #running: Promise<void>
  #waiting: Array<() => void> = []
  #problem: string | undefined
  #failures = 0
  #parked = 0
  #parkedInARow = 0
  #records = 0
  #reachedUs: number | undefined
  #idle = false

  constructor(options: ProjectorOptions, stream: string) {
    this.#options = options
    this.#stream = stream
    this.#guard = new GenerationGuard(options.projections)
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  status(): ProjectorStatus {
    const positions = [...this.#positions].map(([partition, places]) => [partition, Object.fromEntries(places)])
    return {
      state: this.#abort.signal.aborted ? 'stopped' : this.#problem === undefined ? 'running' : 'retrying',
      problem: this.#problem,
      failures: this.#failures,
      parked: this.#parked,
      records: this.#records,
      reachedUs: this.#reachedUs,
      caughtUp: this.#idle,
      positions: Object.fromEntries(positions) as ProjectorStatus['positions'],
    }
  }

  async caughtUp(): Promise<void> {
    const { log, projections } = this.#options
    const ends: Array<Position | undefined> = []
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      ends.push(await log.end(this.#stream, partition))
    }
    const isThere = () =>
      ends.every((end, partition) => {
        const places = this.#positions.get(partition)
        return end === undefined || projections.every(({ id }) => (places?.get(id) ?? '') >= end)
      })
    while (!isThere()) {
      if (this.#abort.signal.aborted) throw new Error('the projector was closed before it had caught up')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        const worked = await this.#round()
        this.#failures = 0
        this.#problem = undefined
        this.#idle = !worked
        this.#wake()
        if (worked) await breathe()
        else await this.#news()
      } catch (error) {
        await this.#failed(error)
      }
    }
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** One batch of each partition. Tells whether there was anything to do. */
  async #round(): Promise<boolean> {
    const { log, store, projections } = this.#options
    const partitions = await log.partitions(this.#stream)
    let worked = false
    for (let partition = 0; partition < partitions && !this.#abort.signal.aborted; partition++) {
      let positions = this.#positions.get(partition)
      if (positions === undefined) {
        positions = await readPositions(store, projections, partition)
        this.#positions.set(partition, positions)
      }
      if (await this.#batch(partition, furthestBehind(projections, positions))) worked = true
    }
    return worked
  }

  async #batch(partition: number, group: Group): Promise<boolean> {
    const { log, batchSize = 500 } = this.#options
    const { from, ceiling } = group
    const read = await log.read({ stream: this.#stream, partition, after: from, limit: batchSize })
    const records = ceiling === undefined ? read : read.filter(({ position }) => position <= ceiling)
    if (records.length > 0) {
      await processBatch(this.#target(partition, group), records)
      return true
    }
    if (read.length === 0 || ceiling === undefined) return false
    await this.#jump(partition, group, ceiling)
    return true
  }

  /** The live tables, the outbox, and the checkpoints of a group in one partition. */
  #target(partition: number, group: Group): BatchTarget {
    const { store, now = Date.now, hooks } = this.#options
    const { projections } = group
    let { from } = group
    let startedMs = performance.now()
    return {
      store,
      projections,
      table: (definition) => definition,
      begin: (tx) => this.#guard.check(tx),
      finish: async (tx, { last, events }) => {
        await writeOutbox(tx, events)
        for (const { id } of projections) await tx.moveCheckpoint(id, { partition, from, to: last.position })
      },
      committed: ({ last, records, applied, events }) => {
        from = last.position
        this.#moved(partition, group, from)
        if (applied > 0) this.#parkedInARow = 0
        this.#records += records
        this.#reachedUs = Math.max(this.#reachedUs ?? 0, last.time)
        hooks?.reached?.(this.#reachedUs)
        hooks?.committed?.({ records, tookMs: performance.now() - startedMs, events: events.length })
        startedMs = performance.now()
      },
      nowMs: now,
      parked: (record, projection, reason) => this.#countParked({ projection, type: record.type, reason }),
      beforeParking: (projection, reason) => this.#brake(`${projection}: ${reason}`),
    }
  }

  #countParked(parked: { projection: string; type: string; reason: string }): void {
    this.#parked += 1
    this.#parkedInARow += 1
    this.#options.logger.error(parked, 'a record was parked')
    this.#options.hooks?.parked?.(parked)
  }

  /** What lay between was removed by retention: nothing is left to apply. */
  async #jump(partition: number, group: Group, to: Position): Promise<void> {
    const { store, logger } = this.#options
    const projections = group.projections.map(({ id }) => id)
    await store.transaction(async (tx) => {
      for (const id of projections) await tx.moveCheckpoint(id, { partition, from: group.from, to })
    })
    this.#moved(partition, group, to)
    logger.warn({ partition, projections, to }, 'retention removed records before these projections read them')
  }

  #moved(partition: number, group: Group, position: Position): void {
    const positions = this.#positions.get(partition)
    for (const { id } of group.projections) positions?.set(id, position)
  }

  /** Code or a store that refuses everything must not empty the stream into the parking table at full speed. */
  async #brake(reason: string): Promise<void> {
    if (this.#parkedInARow < PARKED_IN_A_ROW) return
    this.#problem = `${this.#parkedInARow} records in a row were parked; ${reason}`
    this.#options.logger.error({ inARow: this.#parkedInARow, reason }, 'one record after the other is being parked')
    const doublings = Math.min(this.#parkedInARow - PARKED_IN_A_ROW, 5)
    await pause(Math.min(LONGEST_BRAKE_MS, 1000 * 2 ** doublings), this.#abort.signal)
    if (this.#abort.signal.aborted) throw new Error('the projector is closing')
  }

  async #failed(error: unknown): Promise<void> {
    const { projections, logger, hooks, random = Math.random } = this.#options
    if (this.#abort.signal.aborted) return
    this.#failures += 1
    this.#idle = false
    this.#problem = messageOf(error)
    for (const projection of projections) projection.reset?.()
    this.#positions.clear()
    this.#guard.forget()
    const waitMs = backoffMs(this.#failures, random)
    const fields = { reason: this.#problem, failures: this.#failures, waitMs: Math.round(waitMs) }
    if (isRetryable(error)) logger.warn(fields, 'a batch failed and is tried again')
    else logger.error({ ...fields, err: error }, 'a batch failed unexpectedly and is tried again')
    hooks?.retried?.({ reason: this.#problem, failures: this.#failures })
    await pause(waitMs, this.#abort.signal)
  }

  async #news(): Promise<void> {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#abort.signal])
    const waits = [...this.#positions].map(([partition, positions]) => {
      const after = [...positions.values()][0]
      return this.#options.log.waitForNews({ stream: this.#stream, partition, after, signal })
    })
    await Promise.race(waits)
    stop.abort()
    await Promise.all(waits)
  }
}
