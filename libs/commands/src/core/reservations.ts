import { randomUUID } from 'node:crypto'
import {
  CLAIM_DEADLINE_US,
  foldEvents,
  reservationDecider,
  reservationStream,
  type Claim,
  type ReservationCommand,
  type ReservationEvent,
} from '@trunkline/domain'
import { RevisionConflictError, type EventStore, type NewEvent, type StoredEvent } from '@trunkline/ports'
import { CommandError } from '../command-error.js'
import { backoff, MOST_ATTEMPTS } from './backoff.js'

type Store = Pick<EventStore, 'read' | 'append'>
type Meta = Readonly<Record<string, string>>

/** The streams of reserved values. */
export class Reservations {
  readonly #store: Store
  readonly #clock: () => number

  constructor(store: Store, clock: () => number) {
    this.#store = store
    this.#clock = clock
  }

  /** Throws `ProvisioningError` TAKEN when the value belongs to another. */
  async claim(claim: Claim, meta: Meta): Promise<void> {
    await this.#change(claim, meta, (state, found) => {
      const command = { type: 'ClaimReservation', ...claim } as const
      const decided = reservationDecider.decide(command, state)
      if (decided.length > 0 || !this.#isOld(found)) return decided
      // Found from a former attempt. The sweep may be about to release it, so it must be as young as a new one.
      const released = reservationDecider.decide({ type: 'ReleaseReservation', ...claim }, state)
      return [...released, ...reservationDecider.decide(command, foldEvents(reservationDecider, released))]
    })
  }

  /** Most values were never claimed before: tries that first, without reading. */
  async claimNew(claim: Claim, meta: Meta): Promise<void> {
    const free = reservationDecider.initialState()
    const events = reservationDecider.decide({ type: 'ClaimReservation', ...claim }, free)
    try {
      await this.#store.append(reservationStream(claim), 'none', this.#stamped(events, meta))
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error
      await this.claim(claim, meta)
    }
  }

  /** Does nothing when the value is not held by this claim. */
  async release(claim: Claim, meta: Meta): Promise<void> {
    await this.#change(claim, meta, (state) =>
      reservationDecider.decide({ type: 'ReleaseReservation', ...claim }, state),
    )
  }

  /** Appends at the revision that was read; false when somebody was faster. */
  async releaseAt(command: ReservationCommand, revision: number, meta: Meta): Promise<boolean> {
    const { type: _, ...claim } = command
    const held = { kind: 'claimed', owner: claim.owner, claimId: claim.claimId } as const
    const events = this.#stamped(reservationDecider.decide(command, held), meta)
    try {
      await this.#store.append(reservationStream(claim), revision, events)
      return true
    } catch (error) {
      if (error instanceof RevisionConflictError) return false
      throw error
    }
  }

  #isOld(found: readonly StoredEvent[]): boolean {
    return this.#clock() * 1000 - (found.at(-1)?.time ?? 0) > CLAIM_DEADLINE_US
  }

  async #change(
    claim: Claim,
    meta: Meta,
    decide: (state: ReturnType<typeof stateOf>, found: readonly StoredEvent[]) => ReservationEvent[],
  ): Promise<void> {
    const stream = reservationStream(claim)
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const found = await this.#store.read(stream)
      const events = decide(stateOf(found), found)
      if (events.length === 0) return
      try {
        await this.#store.append(stream, found.at(-1)?.revision ?? 'none', this.#stamped(events, meta))
        return
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error
        await backoff(attempt)
      }
    }
    throw new CommandError('BUSY')
  }

  /**
   * Ids are new each time: with derived ones, an append that is repeated after the value went to another would be taken
   * as done.
   */
  #stamped(events: readonly ReservationEvent[], meta: Meta): NewEvent[] {
    const time = this.#clock() * 1000
    return events.map(({ type, version, data }) => ({ id: randomUUID(), type, version, time, data, meta }))
  }
}

function stateOf(found: readonly StoredEvent[]) {
  return foldEvents(reservationDecider, found as unknown as ReservationEvent[])
}
