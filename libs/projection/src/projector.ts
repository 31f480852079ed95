import { CheckpointConflictError, STREAMS, type GroupMember, type Position } from '@trunkline/ports'
import { isRetryable, messageOf, processBatch, type BatchTarget } from './batch.js'
import { recordsBetween, type PartitionLag } from './lag.js'
import { writeOutbox } from './outbox.js'
import { backoffMs, breathe, pause } from './pause.js'
import { assertLogHolds, furthestBehind, readPositions, type Group, type PartitionPositions } from './positions.js'
import { prepareViews } from './prepare-views.js'
import type { Projector, ProjectorOptions, ProjectorStatus } from './projector-options.js'
import { RecentCount } from './recent.js'
import { completeSwaps } from './swap.js'
import { ViewGuard, ViewSwappingError } from './view-guard.js'

/** Parked records in a row, with none applied in between, after which each further one waits. */
const PARKED_IN_A_ROW = 10
const LONGEST_BRAKE_MS = 30_000
/** Conflicts in a row after which they are no matter of course any more. */
const CONFLICTS_IN_A_ROW = 20
/** A swap takes moments: failures in a row after which its maker is taken for dead. */
const SWAP_PATIENCE = 6
/** Once in so long a partition that gives nothing is asked whether it still holds what was read of it. */
const HOLDS_MS = 1000
/** How often partitions that others hold are looked at by those who wait for all. */
const LOOK_MS = 50

/**
 * Starts to project: joins those who share the stream, reads each partition that is its own in order from the
 * checkpoint, and writes rows, outbox and checkpoint of a batch in one transaction. Views whose code has a new version
 * are rebuilt before. Resolves when it runs. Throws `LogBehindViewsError` when the log ends before a checkpoint.
 */
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { log, store, projections, stream = STREAMS.switch, group = 'projector' } = options
  await prepareViews({ ...options, stream })
  for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
    for (const position of (await readPositions(store, projections, partition)).values()) {
      if (position !== undefined) await assertLogHolds(log, { stream, partition, position })
    }
  }
  return new RunningProjector(options, stream, await log.join(stream, group))
}

class RunningProjector implements Projector {
  readonly #options: ProjectorOptions
  readonly #stream: string
  readonly #member: GroupMember
  readonly #guard = new ViewGuard()
  readonly #abort = new AbortController()
  /** Of the partitions held. */
  readonly #positions = new Map<number, PartitionPositions>()
  /** When each partition was seen to hold what was read of it. */
  readonly #heldAtMs = new Map<number, number>()
  readonly #running: Promise<void>
  readonly #parkedLately = new RecentCount()
  #held: readonly number[] = []
  #waiting: Array<() => void> = []
  #problem: string | undefined
  #failures = 0
  #conflicts = 0
  #conflictsInARow = 0
  #parked = 0
  #parkedInARow = 0
  #records = 0
  #skipped = 0
  #reachedUs: number | undefined
  #idle = false

  constructor(options: ProjectorOptions, stream: string, member: GroupMember) {
    this.#options = options
    this.#stream = stream
    this.#member = member
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#running
    await this.#member.close()
  }

  status(): ProjectorStatus {
    const { now = Date.now } = this.#options
    const positions = [...this.#positions].map(([partition, places]) => [partition, Object.fromEntries(places)])
    return {
      state: this.#abort.signal.aborted ? 'stopped' : this.#problem === undefined ? 'running' : 'retrying',
      problem: this.#problem,
      failures: this.#failures,
      conflicts: this.#conflicts,
      parked: this.#parked,
      parkedLately: this.#parkedLately.count(now()),
      records: this.#records,
      skipped: this.#skipped,
      reachedUs: this.#reachedUs,
      caughtUp: this.#idle,
      partitions: this.#held,
      positions: Object.fromEntries(positions) as ProjectorStatus['positions'],
    }
  }

  async lag(): Promise<PartitionLag[]> {
    const lags: PartitionLag[] = []
    for (const [partition, positions] of [...this.#positions]) {
      const end = await this.#options.log.end(this.#stream, partition)
      for (const [projection, position] of positions)
        lags.push({ partition, projection, records: recordsBetween(position, end) })
    }
    return lags
  }

  async caughtUp(): Promise<void> {
    const { log } = this.#options
    const ends = new Map<number, Position>()
    for (let partition = 0; partition < (await log.partitions(this.#stream)); partition++) {
      const end = await log.end(this.#stream, partition)
      if (end !== undefined) ends.set(partition, end)
    }
    for (;;) {
      for (const [partition, end] of ends) if (await this.#isAt(partition, end)) ends.delete(partition)
      if (ends.size === 0) return
      if (this.#abort.signal.aborted) throw new Error('the projector was closed before it had caught up')
      const round = new Promise<void>((resolve) => this.#waiting.push(resolve))
      await Promise.race([round, pause(LOOK_MS, this.#abort.signal)])
    }
  }

  async #isAt(partition: number, end: Position): Promise<boolean> {
    const { store, projections } = this.#options
    const positions = this.#positions.get(partition) ?? (await readPositions(store, projections, partition))
    return projections.every(({ id }) => (positions.get(id) ?? '') >= end)
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        const worked = await this.#round()
        this.#failures = 0
        this.#conflictsInARow = 0
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

  /** One batch of each partition held. Tells whether there was anything to do. */
  async #round(): Promise<boolean> {
    const { store, projections, logger } = this.#options
    const held = this.#member.partitions()
    if (!same(held, this.#held)) logger.info({ partitions: held, before: this.#held }, 'partitions to read')
    this.#held = [...held]
    // whoever held a partition meanwhile has moved on: what is known of it is read anew when it comes back
    for (const partition of this.#positions.keys()) if (!held.includes(partition)) this.#positions.delete(partition)
    let worked = false
    for (const partition of this.#held) {
      if (this.#abort.signal.aborted || !this.#member.partitions().includes(partition)) continue
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
      this.#countSkipped(partition, group, recordsBetween(from, records[0]!.position) - 1)
      return true
    }
    if (read.length === 0) await this.#assertHeld(partition, from)
    if (read.length === 0 || ceiling === undefined) return false
    await this.#jump(partition, group, ceiling)
    this.#countSkipped(partition, group, recordsBetween(from, ceiling))
    return true
  }

  /** A broker that lost the end of its log gives nothing, and soon other records in the places of those that were read. */
  async #assertHeld(partition: number, position: Position | undefined): Promise<void> {
    const nowMs = performance.now()
    if (position === undefined || nowMs - (this.#heldAtMs.get(partition) ?? -Infinity) < HOLDS_MS) return
    await assertLogHolds(this.#options.log, { stream: this.#stream, partition, position })
    this.#heldAtMs.set(partition, nowMs)
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
      begin: async (tx, last) => {
        await this.#guard.enter(tx, projections)
        for (const { id } of projections) await tx.moveCheckpoint(id, { partition, from, to: last.position })
      },
      finish: (tx, { events }) => writeOutbox(tx, events),
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
    const { logger, hooks, now = Date.now } = this.#options
    this.#parked += 1
    this.#parkedInARow += 1
    this.#parkedLately.add(now())
    logger.error(parked, 'a record was parked')
    hooks?.parked?.(parked)
  }

  /** Positions count records: a hole between the last one read and the next is what retention took. */
  #countSkipped(partition: number, { from, projections }: Group, records: number): void {
    if (from === undefined || records <= 0) return
    this.#skipped += records
    const skipped = { partition, projections: projections.map(({ id }) => id), records }
    this.#options.logger.error(skipped, 'retention removed records before these projections read them')
    this.#options.hooks?.skipped?.(skipped)
  }

  /** What lay between was removed by retention: nothing is left to apply. */
  async #jump(partition: number, group: Group, to: Position): Promise<void> {
    await this.#options.store.transaction(async (tx) => {
      await this.#guard.enter(tx, group.projections)
      for (const { id } of group.projections) await tx.moveCheckpoint(id, { partition, from: group.from, to })
    })
    this.#moved(partition, group, to)
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
    if (this.#abort.signal.aborted) return
    for (const projection of this.#options.projections) projection.reset?.()
    this.#positions.clear()
    this.#idle = false
    if (error instanceof CheckpointConflictError && this.#conflictsInARow < CONFLICTS_IN_A_ROW) {
      await this.#conflicted(error)
    } else {
      await this.#retry(error)
    }
  }

  /** While partitions change hands two may hold one: the other was faster, and its rows stand. */
  async #conflicted(error: CheckpointConflictError): Promise<void> {
    const { logger, hooks, random = Math.random } = this.#options
    this.#conflicts += 1
    this.#conflictsInARow += 1
    logger.debug({ reason: error.message }, 'another projector has moved on; reading again from where it stands')
    hooks?.conflicted?.()
    await pause(random() * 10 * this.#conflictsInARow, this.#abort.signal)
  }

  async #retry(error: unknown): Promise<void> {
    const { store, logger, hooks, random = Math.random } = this.#options
    this.#failures += 1
    this.#problem = messageOf(error)
    const waitMs = backoffMs(this.#failures, random)
    const fields = { reason: this.#problem, failures: this.#failures, waitMs: Math.round(waitMs) }
    if (isRetryable(error)) logger.warn(fields, 'a batch failed and is tried again')
    else logger.error({ ...fields, err: error }, 'a batch failed unexpectedly and is tried again')
    hooks?.retried?.({ reason: this.#problem, failures: this.#failures })
    await pause(waitMs, this.#abort.signal)
    if (!(error instanceof ViewSwappingError) || this.#failures < SWAP_PATIENCE) return
    logger.warn({ reason: this.#problem }, 'whoever replaced these tables has not finished; finishing it')
    await completeSwaps(store).catch((failure: unknown) => {
      logger.warn({ reason: messageOf(failure) }, 'the swap could not be finished')
    })
  }

  /** Waits for a record in a partition held, or for other partitions. */
  async #news(): Promise<void> {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.#abort.signal])
    const waits = [this.#member.changed(signal)]
    if (!same(this.#member.partitions(), this.#held)) stop.abort()
    for (const [partition, positions] of this.#positions) {
      const after = [...positions.values()][0]
      waits.push(this.#options.log.waitForNews({ stream: this.#stream, partition, after, signal }))
    }
    await Promise.race(waits)
    stop.abort()
    await Promise.all(waits)
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index])
}
