import { randomUUID } from 'node:crypto'
import { BulkBatch, type BatchDependencies } from './bulk-batch.js'
import { JobTakenError, type JobRow } from './bulk-jobs.js'

/** Rows that share the flushes of one round. */
const BATCH_ROWS = 250
const POLL_MS = 2_000
const PAUSE_AFTER_ERROR_MS = 1_000

/** Works on jobs, one at a time, until it is stopped: those begun here at once, those left behind by others soon. */
export class BulkWorker {
  readonly #deps: BatchDependencies
  readonly #owner = randomUUID()
  readonly #stop = new AbortController()
  #wake = Promise.withResolvers<void>()
  #running: Promise<void> | undefined

  constructor(deps: BatchDependencies) {
    this.#deps = deps
  }

  start(): void {
    this.#running ??= this.#loop()
  }

  /** There is a new job. */
  wake(): void {
    this.#wake.resolve()
  }

  /** Resolves when the rows at hand are done; another process can go on at once. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake.resolve()
    await this.#running
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let rest = POLL_MS
      try {
        const job = await this.#deps.jobs.take(this.#owner)
        if (job !== undefined) {
          await this.#work(job)
          continue
        }
      } catch (error) {
        rest = PAUSE_AFTER_ERROR_MS
        if (!(error instanceof JobTakenError)) this.#deps.logger.error({ err: error }, 'a bulk of users has to wait')
      }
      await this.#rest(rest)
    }
  }

  async #work(job: JobRow): Promise<void> {
    const { jobs, logger } = this.#deps
    const batch = new BulkBatch(this.#deps, job, () => jobs.renew(job.id, this.#owner))
    let letGo = true
    try {
      while (!this.#stop.signal.aborted) {
        const rows = await jobs.pending(job.id, BATCH_ROWS)
        if (rows.length === 0) {
          await jobs.finish(job.id, this.#owner)
          logger.info({ job: job.id, tenant: job.tenant, total: job.total }, 'a bulk of users is done')
          return
        }
        await jobs.note(job.id, this.#owner, await batch.run(rows))
      }
    } catch (error) {
      // What fails by itself would fail again at once: until its lease is over it is the turn of other jobs.
      letGo = (error as { readonly retryable?: unknown }).retryable === true
      throw error
    } finally {
      if (letGo) await jobs.letGo(job.id, this.#owner)
    }
  }

  async #rest(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#wake.resolve(), ms)
    await this.#wake.promise
    clearTimeout(timer)
    if (!this.#stop.signal.aborted) this.#wake = Promise.withResolvers()
  }
}
