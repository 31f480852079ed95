import {
  CLAIM_GRACE_US,
  provisioningEventDeclarations,
  provisioningStream,
  reservationPlan,
  reservationStream,
  type BlockedCallerEvent,
  type Claim,
  type ProvisioningEvent,
  type ReservationEvent,
  type ReservationKey,
} from '@trunkline/domain'
import { CheckpointConflictError, type EventStore, type StoredEvent, type ViewStore } from '@trunkline/ports'
import { derivedId } from '../core/derived-id.js'
import { eraseSipUserPerson } from '../declarations/sip-users.js'
import { dueChecksTable } from '../records/tables.js'

const PROJECTION = 'commands.due-checks'
const PAGE = 500
/** By then whoever erases a person is done, or has died before the key was destroyed, ms. */
const ERASED_BY_THEN_MS = 10_000
const AGGREGATES: ReadonlySet<string> = new Set(provisioningEventDeclarations.map(({ type }) => type))

export interface DueCheck {
  readonly id: string
  readonly kind: 'claim' | 'caller' | 'erasure'
  /** ms since 1970-01-01 UTC */
  readonly due_at: number
  /** Key of the reservation or of the blocked caller, or the id of the user whose person is erased, as JSON. */
  readonly data: string
}

/**
 * Follows the event store and notes what is to be looked at later: claims and erasures whose command may have died, and
 * blocks that end by themselves. Processes that do so at once take turns by the checkpoint.
 */
export class DueChecks {
  readonly #eventStore: Pick<EventStore, 'readAll'>
  readonly #viewStore: ViewStore

  constructor(eventStore: Pick<EventStore, 'readAll'>, viewStore: ViewStore) {
    this.#eventStore = eventStore
    this.#viewStore = viewStore
  }

  /** Resolves at the end of the events, or when another process is at it. */
  async follow(signal?: AbortSignal): Promise<void> {
    while (signal?.aborted !== true) {
      const from = await this.#viewStore.checkpoint(PROJECTION, 0)
      const events = await this.#eventStore.readAll({ after: from, limit: PAGE })
      if (events.length === 0) return
      const changes = changesOf(events)
      const checks = [...changes.values()].filter((check) => check !== null)
      const gone = [...changes].filter(([, check]) => check === null).map(([id]) => ({ id }))
      try {
        await this.#viewStore.transaction(async (tx) => {
          await tx.upsert(
            dueChecksTable,
            checks.map((check) => ({ ...check })),
          )
          await tx.remove(dueChecksTable, gone)
          await tx.moveCheckpoint(PROJECTION, { partition: 0, from, to: events.at(-1)!.position })
        })
      } catch (error) {
        if (error instanceof CheckpointConflictError) return
        throw error
      }
    }
  }

  due(now: number, limit: number): Promise<DueCheck[]> {
    const sql = 'SELECT id, kind, due_at, data FROM command_due_checks WHERE due_at <= ? ORDER BY due_at LIMIT ?'
    return this.#viewStore.all<DueCheck>(sql, [now, limit])
  }

  /** It was looked at. When it was noted anew meanwhile it stays. */
  async settle({ id, due_at }: DueCheck): Promise<void> {
    const sql = 'DELETE FROM command_due_checks WHERE id = ? AND due_at = ?'
    await this.#viewStore.transaction((tx) => tx.run(sql, [id, due_at]))
  }

  /** To be looked at again at `dueAt`, ms since 1970-01-01 UTC. */
  async postpone({ id, due_at }: DueCheck, dueAt: number): Promise<void> {
    const sql = 'UPDATE command_due_checks SET due_at = ? WHERE id = ? AND due_at = ?'
    await this.#viewStore.transaction((tx) => tx.run(sql, [dueAt, id, due_at]))
  }
}

/** Checks to be noted, and null for those that there is no reason for any more. */
function changesOf(events: readonly StoredEvent[]): Map<string, DueCheck | null> {
  const changes = new Map<string, DueCheck | null>()
  for (const event of events) {
    if (event.type.startsWith('reservation.')) {
      const { type, data } = event as unknown as ReservationEvent
      changes.set(claimCheckId(data), type === 'reservation.claimed' ? claimCheck(data, event.time) : null)
    } else if (AGGREGATES.has(event.type)) {
      const plan = reservationPlan([event as unknown as ProvisioningEvent])
      // what is held needs no watch; what is given up does until it is released
      for (const claim of plan.claimFirst) changes.set(claimCheckId(claim), null)
      for (const claim of plan.releaseAfter) changes.set(claimCheckId(claim), claimCheck(claim, event.time))
      if (event.meta?.['command'] === eraseSipUserPerson.name) noteErasure(changes, event)
      if (event.type.startsWith('blocked_caller.')) noteCaller(changes, event as unknown as BlockedCallerEvent)
    }
  }
  return changes
}

function noteErasure(changes: Map<string, DueCheck | null>, { stream, time, data }: StoredEvent): void {
  const id = derivedId('erasure', stream)
  const due_at = Math.ceil(time / 1000) + ERASED_BY_THEN_MS
  changes.set(id, { id, kind: 'erasure', due_at, data: JSON.stringify({ id: (data as { readonly id: string }).id }) })
}

function noteCaller(changes: Map<string, DueCheck | null>, { type, data }: BlockedCallerEvent): void {
  const { tenant, match, value } = data
  const id = derivedId('caller', provisioningStream.blockedCaller(data))
  const expiresAt = type === 'blocked_caller.blocked' ? data.expiresAt : null
  const check = { id, kind: 'caller', data: JSON.stringify({ tenant, match, value }) } as const
  changes.set(id, expiresAt === null ? null : { ...check, due_at: Math.ceil(expiresAt / 1000) })
}

function claimCheckId(key: ReservationKey): string {
  return derivedId('claim', reservationStream(key))
}

function claimCheck(claim: ReservationKey | Claim, time: number): DueCheck {
  const { tenant, kind, value } = claim
  const due_at = Math.ceil((time + CLAIM_GRACE_US) / 1000)
  return { id: claimCheckId(claim), kind: 'claim', due_at, data: JSON.stringify({ tenant, kind, value }) }
}
