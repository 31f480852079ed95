import {
  CLAIM_DEADLINE_US,
  foldEvents,
  ProvisioningError,
  reservationPlan,
  type Claim,
  type Decider,
  type ProvisioningEvent,
} from '@trunkline/domain'
import { RevisionConflictError, type NewEvent, type StoredEvent } from '@trunkline/ports'
import type { NewSecret } from '@trunkline/vault'
import { CommandError } from '../command-error.js'
import { RECORD_KEPT_MS } from '../records/kept.js'
import { backoff, MOST_ATTEMPTS } from './backoff.js'
import type { Call } from './call.js'
import type { CommandsDependencies } from './dependencies.js'
import { derivedId } from './derived-id.js'
import { formerSecretsOf } from './former-secrets.js'
import { Reservations } from './reservations.js'
import { namedTaken } from './taken-field.js'

/** What a call asks of one aggregate. */
export interface Task<State, Command, Event extends ProvisioningEvent> {
  readonly stream: string
  readonly decider: Decider<State, Command, Event>
  /** The aggregate's command, with the evidence it needs. Asked for again when the state has changed meanwhile. */
  prepare(state: State): Promise<Prepared<Command>> | Prepared<Command>
}

export interface Prepared<Command> {
  readonly command: Command
  /** To be kept before the events are that name them. */
  readonly secrets?: readonly NewSecret[]
}

export interface Done<Event> {
  /** -1 for a stream that is not there. */
  readonly revision: number
  /** What this command decided, now or when it came before; none when what it asked for was true already. */
  readonly events: readonly Event[]
  /** It was done when the command came before. */
  readonly isRepeated: boolean
  /** Whose the aggregate is; undefined when it is not there. */
  readonly tenant: string | undefined
}

/**
 * Does a command on one aggregate as ADR 11 has it, so that it may be sent again after a crash at any point: decide,
 * claim, keep the secrets, append, release, destroy secrets that are out of use.
 */
export class AggregateRunner {
  readonly #deps: CommandsDependencies
  readonly #reservations: Reservations

  constructor(deps: CommandsDependencies) {
    this.#deps = deps
    this.#reservations = new Reservations(deps.eventStore, deps.clock)
  }

  async run<State, Command, Event extends ProvisioningEvent>(
    call: Call,
    task: Task<State, Command, Event>,
  ): Promise<Done<Event>> {
    const kept = new Kept()
    try {
      return await this.#untilNoConflict(call, task, kept)
    } catch (error) {
      if (error instanceof ProvisioningError || error instanceof CommandError) await this.#undo(call, kept)
      throw error
    }
  }

  async #untilNoConflict<State, Command, Event extends ProvisioningEvent>(
    call: Call,
    task: Task<State, Command, Event>,
    kept: Kept,
  ): Promise<Done<Event>> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const found = await this.#deps.eventStore.read(task.stream)
      const tenant = tenantIn(found)
      checkTenant(call, tenant)
      const before = this.#doneBefore<Event>(call, found)
      if (before !== undefined) {
        await this.#finish(call, before.events)
        return { ...before, isRepeated: true, tenant }
      }
      const revision = found.at(-1)?.revision ?? -1
      checkRevision(call, revision)
      const state = foldEvents(task.decider, found as unknown as Event[])
      const { command, secrets = [] } = await task.prepare(state)
      const events = task.decider.decide(command, state)
      if (events.length === 0) {
        await this.#undo(call, kept)
        return { revision, events, isRepeated: false, tenant }
      }
      await this.#keep(call, { events, secrets }, kept)
      if (this.#deps.clock() - kept.since > CLAIM_DEADLINE_US / 1000) {
        await this.#undo(call, kept)
        continue
      }
      try {
        const last = await this.#append(call, { stream: task.stream, revision, events })
        await this.#finish(call, events)
        return { revision: last, events, isRepeated: false, tenant: events[0]!.data.tenant }
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error
        await backoff(attempt)
      }
    }
    throw new CommandError('BUSY')
  }

  /** Events of the same command stand already: it was done, perhaps without the rest of its plan. */
  #doneBefore<Event>({ commandId }: Call, found: readonly StoredEvent[]) {
    const since = (this.#deps.clock() - RECORD_KEPT_MS) * 1000
    const mine = found.filter(({ meta, time }) => meta?.['commandId'] === commandId && time >= since)
    if (mine.length === 0) return undefined
    return { revision: mine.at(-1)!.revision, events: mine as unknown as Event[] }
  }

  async #keep(
    call: Call,
    { events, secrets }: { events: readonly ProvisioningEvent[]; secrets: readonly NewSecret[] },
    kept: Kept,
  ): Promise<void> {
    await call.hold()
    for (const claim of reservationPlan(events).claimFirst) {
      kept.addClaim(claim, this.#deps.clock())
      try {
        await this.#reservations.claim(claim, metaOf(call, events))
      } catch (error) {
        throw namedTaken(error, events, claim)
      }
    }
    if (secrets.length === 0) return
    kept.secrets = secrets.map(({ id }) => id)
    await this.#deps.vault.putSecrets(secrets)
  }

  async #append(
    call: Call,
    { stream, revision, events }: { stream: string; revision: number; events: readonly ProvisioningEvent[] },
  ): Promise<number> {
    await call.hold()
    const time = this.#deps.clock() * 1000
    const stored = events.map(({ type, version, data }, i): NewEvent => ({
      // The same command at the same place is the same event: two processes that do it at once do it once.
      id: derivedId(call.commandId, stream, revision + 1 + i),
      type,
      version,
      time,
      data,
      meta: metaOf(call, events),
    }))
    return this.#deps.eventStore.append(stream, revision < 0 ? 'none' : revision, stored)
  }

  async #finish(call: Call, events: readonly ProvisioningEvent[]): Promise<void> {
    for (const claim of reservationPlan(events).releaseAfter) {
      await this.#reservations.release(claim, metaOf(call, events))
    }
    await this.#deps.vault.destroySecrets(formerSecretsOf(events))
  }

  /** Nothing came of it. What another process does for the same command must stay. */
  async #undo(call: Call, kept: Kept): Promise<void> {
    if (kept.claims.size === 0 && kept.secrets.length === 0) return
    await call.hold()
    for (const claim of kept.claims.values()) await this.#reservations.release(claim, call.meta)
    await this.#deps.vault.destroySecrets(kept.secrets)
    kept.clear()
  }
}

/** What was done before the append, and would be left behind without it. */
class Kept {
  readonly claims = new Map<string, Claim>()
  secrets: readonly string[] = []
  /** Of the first claim, ms; without claims nothing is urgent. */
  since = Infinity

  addClaim(claim: Claim, now: number): void {
    this.since = Math.min(this.since, now)
    this.claims.set(`${claim.tenant} ${claim.kind} ${claim.value}`, claim)
  }

  clear(): void {
    this.claims.clear()
    this.secrets = []
    this.since = Infinity
  }
}

function checkRevision({ expectedRevision }: Call, revision: number): void {
  if (expectedRevision !== undefined && expectedRevision !== revision) {
    throw new CommandError('STALE_REVISION', { revision })
  }
}

/** What belongs to another tenant is not there for whoever asks. */
function checkTenant(call: Call, tenant: string | undefined): void {
  if (tenant !== undefined && call.tenant !== undefined && tenant !== call.tenant) {
    throw new ProvisioningError('NOT_FOUND')
  }
}

/** Every event of an aggregate names its tenant. */
function tenantIn(found: readonly StoredEvent[]): string | undefined {
  return (found[0]?.data as { readonly tenant: string } | undefined)?.tenant
}

function metaOf(call: Call, events: readonly ProvisioningEvent[]): Readonly<Record<string, string>> {
  return { ...call.meta, tenant: events[0]!.data.tenant }
}
