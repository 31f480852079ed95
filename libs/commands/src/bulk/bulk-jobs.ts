import type { Row, Value, ViewStore, ViewTransaction } from '@trunkline/ports'
import type { Vault } from '@trunkline/vault'
import { RECORD_KEPT_MS } from '../records/kept.js'
import { insertNew } from '../records/insert-new.js'
import { bulkJobsTable, bulkRowsTable } from '../records/tables.js'
import type { BulkJob } from '../bulk.js'
import type { BulkUser } from './bulk-input.js'

export interface JobRow extends Row {
  readonly id: string
  readonly tenant: string
  readonly state: BulkJob['state']
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly started_by: string
  readonly meta: string
  readonly fingerprint: string
  readonly owner: string | null
  readonly lease_until: number
  readonly created_at: number
  readonly finished_at: number | null
}

export interface UserRow extends Row {
  readonly job_id: string
  readonly row_no: number
  readonly state: 'pending' | 'created' | 'failed'
  readonly username: string
  readonly user_id: string
  readonly input: string | null
  readonly secret: string | null
  readonly code: string | null
  readonly faults: string | null
}

/** What a row keeps sealed until it is done. */
export interface RowInput extends Omit<BulkUser, 'password'> {
  readonly password: string | null
  /** Made by us, and thus to be shown. */
  readonly isMade: boolean
}

export interface JobsDependencies {
  readonly viewStore: ViewStore
  readonly vault: Pick<Vault, 'sealText' | 'openText'>
  readonly clock: () => number
}

/** Another process has taken the job over. */
export class JobTakenError extends Error {
  readonly retryable = true
}

/** How long nobody else takes up a job whose process is silent, ms. */
export const JOB_LEASE_MS = 15_000
const CLEAN_JOBS = 20

/** Jobs and their rows as tables of the view store. */
export class BulkJobs {
  readonly #deps: JobsDependencies

  constructor(deps: JobsDependencies) {
    this.#deps = deps
  }

  /** All or nothing. Of two that come at once with the same id one is kept. */
  async insert(job: JobRow, rows: readonly UserRow[]): Promise<void> {
    await this.#deps.viewStore.transaction(async (tx) => {
      await insertNew(tx, bulkJobsTable, job)
      // each fingerprint is sealed with a nonce of its own: ours stands only when the row is ours
      if ((await readJob(tx, job.id))?.fingerprint === job.fingerprint) await tx.upsert(bulkRowsTable, rows)
    })
  }

  read(id: string): Promise<JobRow | undefined> {
    return readJob(this.#deps.viewStore, id)
  }

  /** Takes a job that nobody works on. */
  async take(owner: string): Promise<JobRow | undefined> {
    const { viewStore } = this.#deps
    const idle = "state = 'running' AND lease_until < ?"
    const now = this.#deps.clock()
    const [next] = await viewStore.all<{ id: string }>(
      `SELECT id FROM command_bulk_jobs WHERE ${idle} ORDER BY created_at LIMIT 1`,
      [now],
    )
    if (next === undefined) return undefined
    return viewStore.transaction(async (tx) => {
      const set = 'SET owner = ?, lease_until = ?'
      await tx.run(`UPDATE command_bulk_jobs ${set} WHERE id = ? AND ${idle}`, [
        owner,
        now + JOB_LEASE_MS,
        next.id,
        now,
      ])
      const job = await readJob(tx, next.id)
      return job?.owner === owner ? job : undefined
    })
  }

  /** Makes sure that the job is still ours, and for a while. Throws {@link JobTakenError}. */
  async renew(id: string, owner: string): Promise<void> {
    await this.#asOwner(id, owner, async () => undefined)
  }

  /** Gives the job back, so that another process can go on at once. */
  async letGo(id: string, owner: string): Promise<void> {
    const sql = 'UPDATE command_bulk_jobs SET owner = NULL, lease_until = 0 WHERE id = ? AND owner = ?'
    await this.#deps.viewStore.transaction((tx) => tx.run(sql, [id, owner]))
  }

  async pending(id: string, limit: number): Promise<UserRow[]> {
    const where = "WHERE job_id = ? AND state = 'pending' ORDER BY row_no LIMIT ?"
    return this.#deps.viewStore.all<UserRow>(`SELECT * FROM command_bulk_rows ${where}`, [id, limit])
  }

  /** Notes what became of rows. Throws {@link JobTakenError}. */
  async note(id: string, owner: string, rows: readonly UserRow[]): Promise<void> {
    const failed = rows.filter(({ state }) => state === 'failed').length
    await this.#asOwner(id, owner, async (tx) => {
      await tx.upsert(bulkRowsTable, rows)
      const set = 'SET done = done + ?, failed = failed + ?'
      await tx.run(`UPDATE command_bulk_jobs ${set} WHERE id = ?`, [rows.length - failed, failed, id])
    })
  }

  async finish(id: string, owner: string): Promise<void> {
    await this.#asOwner(id, owner, async (tx) => {
      const set = "SET state = 'done', owner = NULL, lease_until = 0, finished_at = ?"
      await tx.run(`UPDATE command_bulk_jobs ${set} WHERE id = ?`, [this.#deps.clock(), id])
    })
  }

  async page(
    { id, after, limit }: { id: string; after: number; limit: number },
    where: string,
    parameters: readonly Value[] = [],
  ): Promise<UserRow[]> {
    const sql = `SELECT * FROM command_bulk_rows WHERE job_id = ? AND row_no > ? AND ${where} ORDER BY row_no LIMIT ?`
    return this.#deps.viewStore.all<UserRow>(sql, [id, after, ...parameters, limit])
  }

  /** For good: those of this row and of all before it. */
  async destroySecrets(id: string, upTo: number): Promise<void> {
    const sql = 'UPDATE command_bulk_rows SET secret = NULL WHERE job_id = ? AND row_no <= ? AND secret IS NOT NULL'
    await this.#deps.viewStore.transaction((tx) => tx.run(sql, [id, upTo]))
  }

  /** Forgets jobs that have been done for longer than keys are kept. */
  async clean(): Promise<void> {
    const { viewStore, clock } = this.#deps
    const old = "state = 'done' AND created_at < ?"
    const sql = `SELECT id FROM command_bulk_jobs WHERE ${old} ORDER BY created_at LIMIT ${CLEAN_JOBS}`
    const before = clock() - RECORD_KEPT_MS
    for (let jobs; (jobs = await viewStore.all<{ id: string }>(sql, [before])).length > 0;) {
      for (const { id } of jobs) {
        await viewStore.transaction(async (tx) => {
          await tx.run('DELETE FROM command_bulk_rows WHERE job_id = ?', [id])
          await tx.run('DELETE FROM command_bulk_jobs WHERE id = ?', [id])
        })
      }
    }
  }

  sealInput(id: string, row: number, input: RowInput): string {
    return this.#deps.vault.sealText(JSON.stringify(input), contextOf(id, row))
  }

  openInput({ job_id, row_no, input }: UserRow): RowInput {
    return JSON.parse(this.#deps.vault.openText(input!, contextOf(job_id, row_no))) as RowInput
  }

  sealSecret(id: string, row: number, password: string): string {
    return this.#deps.vault.sealText(password, `${contextOf(id, row)}/secret`)
  }

  openSecret({ job_id, row_no, secret }: UserRow): string {
    return this.#deps.vault.openText(secret!, `${contextOf(job_id, row_no)}/secret`)
  }

  async #asOwner(id: string, owner: string, work: (tx: ViewTransaction) => Promise<void>): Promise<void> {
    await this.#deps.viewStore.transaction(async (tx) => {
      const until = this.#deps.clock() + JOB_LEASE_MS
      // first, so that from here on the row is locked
      await tx.run('UPDATE command_bulk_jobs SET lease_until = ? WHERE id = ? AND owner = ?', [until, id, owner])
      if ((await readJob(tx, id))?.owner !== owner) throw new JobTakenError(`job ${id} is done by another process`)
      await work(tx)
    })
  }
}

async function readJob(reader: Pick<ViewTransaction, 'all'>, id: string): Promise<JobRow | undefined> {
  const [job] = await reader.all<JobRow>('SELECT * FROM command_bulk_jobs WHERE id = ?', [id])
  return job
}

function contextOf(id: string, row: number): string {
  return `command_bulk_rows/${id}/${row}`
}
