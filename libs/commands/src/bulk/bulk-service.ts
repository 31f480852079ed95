import { ALL_TENANTS, type Fault } from '@trunkline/domain'
import type { Viewer } from '@trunkline/access'
import { newPassword } from '@trunkline/vault'
import type {
  BulkCreated,
  BulkCredentials,
  BulkFailure,
  BulkJob,
  BulkPageRequest,
  BulkRequest,
  BulkUsers,
} from '../bulk.js'
import { CommandError } from '../command-error.js'
import type { CommandsDependencies } from '../core/dependencies.js'
import { derivedId } from '../core/derived-id.js'
import { checkKey, mayUse, metaFor, scopeOf } from '../core/sender.js'
import { requiredTenant, tenantOf } from '../core/tenant.js'
import { isSameSent, sealFingerprint } from '../records/fingerprint.js'
import { checkBulk, type BulkUser } from './bulk-input.js'
import type { BulkJobs, JobRow, UserRow } from './bulk-jobs.js'

const PAGE = 500

export class BulkService implements BulkUsers {
  readonly #deps: CommandsDependencies
  readonly #jobs: BulkJobs
  readonly #begun: () => void

  constructor(deps: CommandsDependencies, jobs: BulkJobs, begun: () => void) {
    this.#deps = deps
    this.#jobs = jobs
    this.#begun = begun
  }

  async start(request: BulkRequest): Promise<BulkJob> {
    const { viewer, idempotencyKey } = request
    if (!mayUse(viewer, ['operator'])) throw new CommandError('FORBIDDEN')
    checkKey(idempotencyKey)
    const tenant = requiredTenant(tenantOf(viewer, request.tenant))
    const users = checkBulk(tenant, request.users)
    const id = derivedId('bulk', ...scopeOf(viewer, idempotencyKey))
    const sent = { tenant, users }
    const known = await this.#jobs.read(id)
    if (known === undefined) {
      const job = this.#newJob(id, request, sent)
      await this.#jobs.insert(
        job,
        users.map((user, row) => this.#newRow(id, row, user)),
      )
    }
    const job = (await this.#jobs.read(id))!
    const context = contextOf(id)
    if (!isSameSent(this.#deps.vault, job.fingerprint, { sent, context })) throw new CommandError('KEY_REUSED')
    this.#begun()
    return toJob(job)
  }

  async job(id: string, viewer: Viewer): Promise<BulkJob> {
    return toJob(await this.#find(id, viewer))
  }

  async failures(request: BulkPageRequest): Promise<BulkFailure[]> {
    const rows = await this.#page(request, "state = 'failed'")
    return rows.map(({ row_no, username, code, faults }) => {
      return { row: row_no, username, code: code!, faults: JSON.parse(faults ?? '[]') as Fault[] }
    })
  }

  async created(request: BulkPageRequest): Promise<BulkCreated[]> {
    const rows = await this.#page(request, "state = 'created'")
    return rows.map(({ row_no, username, user_id }) => ({ row: row_no, username, id: user_id }))
  }

  async takeCredentials(request: BulkPageRequest): Promise<BulkCredentials> {
    const { id, viewer, after } = request
    const job = await this.#find(id, viewer)
    if (job.state !== 'done') throw new CommandError('JOB_RUNNING')
    if (after !== undefined) await this.#jobs.destroySecrets(id, after)
    const rows = await this.#page(request, 'secret IS NOT NULL')
    const credentials = rows.map((row) => {
      return { row: row.row_no, id: row.user_id, username: row.username, password: this.#jobs.openSecret(row) }
    })
    return { credentials, next: credentials.at(-1)?.row ?? null }
  }

  async #page({ id, viewer, after = -1, limit = PAGE }: BulkPageRequest, where: string): Promise<UserRow[]> {
    await this.#find(id, viewer)
    return this.#jobs.page({ id, after, limit: Math.max(1, Math.min(PAGE, limit)) }, where)
  }

  /** Whoever may not see a job is told that there is none. */
  async #find(id: string, viewer: Viewer): Promise<JobRow> {
    const job = mayUse(viewer, ['operator']) ? await this.#jobs.read(id) : undefined
    if (job === undefined || (viewer.tenant !== ALL_TENANTS && viewer.tenant !== job.tenant)) {
      throw new CommandError('JOB_NOT_FOUND')
    }
    return job
  }

  #newJob(id: string, request: BulkRequest, sent: { tenant: string; users: readonly BulkUser[] }): JobRow {
    const { tenant, users } = sent
    return {
      id,
      tenant,
      state: 'running',
      total: users.length,
      done: 0,
      failed: 0,
      started_by: request.viewer.user,
      meta: JSON.stringify({ ...metaFor(request, { commandId: id, name: 'createSipUsers' }), job: id }),
      fingerprint: sealFingerprint(this.#deps.vault, sent, contextOf(id)),
      owner: null,
      lease_until: 0,
      created_at: this.#deps.clock(),
      finished_at: null,
    }
  }

  /** Passwords are made here, so that a row that is done again has the same. */
  #newRow(id: string, row: number, { password, ...user }: BulkUser): UserRow {
    const isMade = password === undefined
    return {
      job_id: id,
      row_no: row,
      state: 'pending',
      username: user.username,
      user_id: derivedId(id, row),
      input: this.#jobs.sealInput(id, row, { ...user, password: isMade ? newPassword() : password, isMade }),
      secret: null,
      code: null,
      faults: null,
    }
  }
}

function contextOf(id: string): string {
  return `command_bulk_jobs/${id}`
}

function toJob({ id, tenant, state, total, done, failed, started_by, created_at, finished_at }: JobRow): BulkJob {
  return {
    id,
    tenant,
    state,
    total,
    done,
    failed,
    startedBy: started_by,
    createdAt: created_at,
    finishedAt: finished_at,
  }
}
