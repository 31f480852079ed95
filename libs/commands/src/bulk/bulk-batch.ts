import {
  CLAIM_DEADLINE_US,
  ProvisioningError,
  provisioningStream,
  reservationPlan,
  sipUserDecider,
  type Claim,
  type SipUserEvent,
} from '@trunkline/domain'
import { RevisionConflictError, type NewEvent, type StoredEvent } from '@trunkline/ports'
import { digestsToText, sipDigests, type NewSecret } from '@trunkline/vault'
import type { CommandsDependencies } from '../core/dependencies.js'
import { derivedId } from '../core/derived-id.js'
import type { Reservations } from '../core/reservations.js'
import { namedTaken } from '../core/taken-field.js'
import { sealPerson } from '../handlers/seal-person.js'
import { commandOf } from './bulk-input.js'
import type { BulkJobs, JobRow, RowInput, UserRow } from './bulk-jobs.js'

export interface BatchDependencies extends CommandsDependencies {
  readonly jobs: BulkJobs
  readonly reservations: Reservations
}

/** Far less than the time after which a key is a new one. */
const CLOCKS_DIFFER_MS = 60_000

/** A row on its way. */
interface Candidate {
  readonly row: UserRow
  readonly input: RowInput
  readonly stream: string
  readonly events: readonly SipUserEvent[]
  readonly secret: NewSecret | undefined
  readonly meta: Readonly<Record<string, string>>
}

/**
 * Creates the users of some rows, as single commands would (ADR 11), each step for all rows at once. Whatever of it was
 * done before, by a process that died, is found and not done again.
 */
export class BulkBatch {
  readonly #deps: BatchDependencies
  readonly #job: JobRow
  readonly #hold: () => Promise<void>

  constructor(deps: BatchDependencies, job: JobRow, hold: () => Promise<void>) {
    this.#deps = deps
    this.#job = job
    this.#hold = hold
  }

  /** The rows as they are to be noted; those that ran out of time are missing, and still pending. */
  async run(rows: readonly UserRow[]): Promise<UserRow[]> {
    const { eventStore, clock, jobs, vault } = this.#deps
    const inputs = rows.map((row) => jobs.openInput(row))
    const stands = await Promise.all(rows.map(({ user_id }) => eventStore.read(streamOf(user_id), { limit: 1 })))
    const isNew = (_: unknown, i: number) => stands[i]!.length === 0
    const before = rows.flatMap((row, i) => (isNew(row, i) ? [] : [this.#found(row, inputs[i]!, stands[i]![0]!)]))
    const fresh = await Promise.all(
      rows
        .map((row, i) => [row, inputs[i]!] as const)
        .filter(isNew)
        .map(([row, input]) => this.#candidate(row, input)),
    )
    await this.#hold()
    const since = clock()
    const refusals = await Promise.all(fresh.map((candidate) => this.#claim(candidate)))
    const claimed = fresh.filter((_, i) => refusals[i] === undefined)
    const failed = fresh.flatMap(({ row }, i) => (refusals[i] === undefined ? [] : [failure(row, refusals[i])]))
    await vault.putSecrets(claimed.flatMap(({ secret }) => (secret === undefined ? [] : [secret])))
    await this.#hold()
    if (clock() - since > CLAIM_DEADLINE_US / 1000) return [...before, ...failed]
    const appended = await Promise.all(claimed.map((candidate) => this.#append(candidate)))
    return [...before, ...failed, ...appended]
  }

  async #candidate(row: UserRow, input: RowInput): Promise<Candidate> {
    const { tenant } = this.#job
    const id = row.user_id
    const commandId = derivedId(id, 'command')
    const secret = secretOf(commandId, { username: row.username, domain: tenant, password: input.password })
    const command = {
      ...commandOf(tenant, input),
      id,
      commandId,
      person: await sealPerson(this.#deps.vault, { id, person: input.person ?? {} }),
      credential: secret === undefined ? null : { secretId: secret.id, credentialVersion: 1 },
    }
    const meta = { ...(JSON.parse(this.#job.meta) as Record<string, string>), commandId, tenant }
    const events = sipUserDecider.decide(command, sipUserDecider.initialState())
    return { row, input, stream: streamOf(id), events, secret, meta }
  }

  /** Undefined when all names are ours, else why not; then none of them is. */
  async #claim({ events, meta }: Candidate): Promise<ProvisioningError | undefined> {
    const { reservations } = this.#deps
    const claimed: Claim[] = []
    try {
      for (const claim of reservationPlan(events).claimFirst) {
        claimed.push(claim)
        await reservations.claimNew(claim, meta).catch((error: unknown) => {
          throw namedTaken(error, events, claim)
        })
      }
      return undefined
    } catch (error) {
      if (!(error instanceof ProvisioningError)) throw error
      for (const claim of claimed) await reservations.release(claim, meta)
      return error
    }
  }

  async #append({ row, input, stream, events, meta }: Candidate): Promise<UserRow> {
    const { eventStore, clock } = this.#deps
    const time = clock() * 1000
    const stored = events.map(({ type, version, data }, i): NewEvent => {
      return { id: derivedId(meta['commandId']!, stream, i), type, version, time, data, meta }
    })
    try {
      await eventStore.append(stream, 'none', stored)
    } catch (error) {
      // The id is this row's alone: whatever stands there was made by it.
      if (!(error instanceof RevisionConflictError)) throw error
    }
    return this.#created(row, input)
  }

  /**
   * Made by this job before; or by one of the same key that was forgotten since, as when every month has the same one. That
   * one's users have other passwords, and perhaps other names.
   */
  #found(row: UserRow, input: RowInput, { time }: StoredEvent): UserRow {
    const isOlder = time / 1000 < this.#job.created_at - CLOCKS_DIFFER_MS
    return isOlder ? failure(row, new ProvisioningError('ALREADY_EXISTS')) : this.#created(row, input)
  }

  #created(row: UserRow, { isMade, password }: RowInput): UserRow {
    const secret = isMade ? this.#deps.jobs.sealSecret(row.job_id, row.row_no, password!) : null
    return { ...row, state: 'created', input: null, secret }
  }
}

function failure(row: UserRow, { code, faults }: ProvisioningError): UserRow {
  return { ...row, state: 'failed', input: null, code, faults: JSON.stringify(faults) }
}

function streamOf(userId: string): string {
  return provisioningStream.sipUser(userId)
}

function secretOf(
  commandId: string,
  { username, domain, password }: { username: string; domain: string; password: string | null },
): NewSecret | undefined {
  if (password === null) return undefined
  const text = digestsToText(sipDigests({ username, domain, password }))
  return { id: derivedId(commandId, 'secret', 'password'), purpose: 'sip_user', text }
}
