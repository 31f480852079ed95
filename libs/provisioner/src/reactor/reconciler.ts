import type { EventStoreReader, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { Items } from './items.js'
import { keyOfItem } from './items.js'
import {
  driftOf,
  newestRequest,
  readReconciliations,
  writeReconciliation,
  type ReconcileReason,
  type Reconciliation,
} from './reconciliations.js'
import type { Drift, ProvisioningTarget } from './target.js'
import { viewsKnow } from './views-know.js'
import type { WorkerLogger } from './worker-options.js'

export interface ReconcilerOptions {
  readonly store: ViewStore
  readonly target: ProvisioningTarget
  readonly items: Items
  readonly things: Pick<Things, 'position' | 'caughtUp'>
  /** What the views must know before anything is compared with them. */
  readonly eventStore?: Pick<EventStoreReader, 'readAll'> | undefined
  readonly logger: WorkerLogger
  readonly everyMs: number
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Compares desired and actual state of one target when the time has come, or somebody asks. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #lastRequest: string | undefined
  #nextAt = 0
  #why: ReconcileReason = 'start'
  #latest: readonly Drift[] = []

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** What the last whole comparison found. */
  get latest(): readonly Drift[] {
    return this.#latest
  }

  /** From here on the next look begins a comparison. */
  soon(why: ReconcileReason): void {
    this.#why = why
    this.#nextAt = 0
  }

  /** Begins a comparison when one is due; never rejects. */
  async look(signal: AbortSignal): Promise<void> {
    const { store, target, logger } = this.#options
    try {
      const request = await newestRequest(store)
      if (this.#lastRequest === undefined) this.#lastRequest = await this.#answered()
      const isAsked = request !== undefined && request !== this.#lastRequest
      if (!isAsked && performance.now() < this.#nextAt) return
      const why = isAsked ? 'request' : this.#why
      this.#why = 'timer'
      await this.#run({ why, requestId: isAsked ? request : null, signal })
      if (isAsked) this.#lastRequest = request
    } catch (error) {
      if (!signal.aborted) logger.warn({ target: target.name, reason: reasonOf(error) }, 'cannot compare what is there')
    }
  }

  async #answered(): Promise<string> {
    const done = await readReconciliations(this.#options.store, { target: this.#options.target.name })
    return done.find(({ requestId, state }) => requestId !== null && state !== 'running')?.requestId ?? ''
  }

  async #run({
    why,
    requestId,
    signal,
  }: {
    readonly why: ReconcileReason
    readonly requestId: string | null
    readonly signal: AbortSignal
  }): Promise<void> {
    const { store, target, items, things, eventStore, logger, everyMs } = this.#options
    const started: Reconciliation = {
      target: target.name,
      startedAt: Date.now(),
      finishedAt: null,
      why,
      requestId,
      state: 'running',
      reason: null,
      report: [],
    }
    await writeReconciliation(store, started)
    try {
      const isDecided = eventStore === undefined || (await viewsKnow({ eventStore, things, signal }))
      const report = await target.reconcile({
        signal,
        isDecided,
        again: (things, reason) => items.again(things, reason),
        settledAmong: async (things) => {
          const known = await items.find(things)
          return things.filter((thing) => {
            const item = known.get(keyOfItem(thing))
            // what is under way, or was refused, differs of course
            return item?.state === 'applied' && item.appliedRevision === thing.revision
          })
        },
      })
      this.#latest = report
      const repaired = report.filter((drift) => driftOf(drift) > 0)
      const fields = { target: target.name, why, drift: repaired }
      if (repaired.length > 0) logger.warn(fields, 'what was there differed from what is wanted: repaired')
      else logger.info({ target: target.name, why }, 'all is there as it is wanted')
      await writeReconciliation(store, { ...started, finishedAt: Date.now(), state: 'done', report })
      this.#nextAt = performance.now() + everyMs
    } catch (error) {
      const failed = {
        ...started,
        finishedAt: Date.now(),
        state: 'failed',
        reason: reasonOf(error).slice(0, 500),
      } as const
      await writeReconciliation(store, failed)
      this.#why = why === 'request' ? 'timer' : why
      this.#nextAt = performance.now() + Math.min(everyMs, 30_000)
      throw error
    }
  }
}
