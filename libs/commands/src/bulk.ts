import type { Viewer } from '@trunkline/access'
import type { Fault } from '@trunkline/domain'

/** Creates many SIP users as one job that goes on until it is done, whoever is killed meanwhile. */
export interface BulkUsers {
  /**
   * Checks every row, keeps the job and begins it. The same key gives the same job again. Rejects with `ProvisioningError`
   * INVALID that names rows as `users[17].username` (nothing is begun then), or with `CommandError`.
   */
  start(request: BulkRequest): Promise<BulkJob>
  job(id: string, viewer: Viewer): Promise<BulkJob>
  /** Rows that were refused, in order: those after the row `after` (-1 or undefined: from the first), at most `limit` (500). */
  failures(request: BulkPageRequest): Promise<BulkFailure[]>
  /** Users that were created, in order, without passwords. */
  created(request: BulkPageRequest): Promise<BulkCreated[]>
  /**
   * Passwords that we made, once the job is done (else JOB_RUNNING), in the order of rows. Asking with the row of the
   * last one destroys it and all before it: a page that got lost can be asked for again, one that was confirmed cannot.
   */
  takeCredentials(request: BulkPageRequest): Promise<BulkCredentials>
}

export interface BulkRequest {
  /** SIP domain; the viewer's own when left out. */
  readonly tenant?: string | undefined
  /** 1 to 10,000 rows, not validated yet: each as the input of `createSipUser` without `tenant`. */
  readonly users: unknown
  readonly viewer: Viewer
  readonly idempotencyKey: string
  readonly correlationId?: string | undefined
  readonly traceparent?: string | undefined
}

export interface BulkJob {
  readonly id: string
  readonly tenant: string
  readonly state: 'running' | 'done'
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly startedBy: string
  /** ms since 1970-01-01 UTC. */
  readonly createdAt: number
  readonly finishedAt: number | null
}

export interface BulkPageRequest {
  readonly id: string
  readonly viewer: Viewer
  /** Row, from 0; the page begins after it. */
  readonly after?: number | undefined
  /** 500 by default and at most. */
  readonly limit?: number | undefined
}

export interface BulkFailure {
  readonly row: number
  readonly username: string
  /** Of `PROVISIONING_ERRORS` or `COMMAND_ERRORS`. */
  readonly code: string
  readonly faults: readonly Fault[]
}

export interface BulkCreated {
  readonly row: number
  readonly username: string
  /** Of the user. */
  readonly id: string
}

export interface BulkCredentials {
  readonly credentials: readonly {
    readonly row: number
    readonly id: string
    readonly username: string
    readonly password: string
  }[]
  /** To be given as `after` next, which confirms this page; null when there are no more. */
  readonly next: number | null
}
