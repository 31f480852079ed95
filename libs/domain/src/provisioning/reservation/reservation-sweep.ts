import type { ProvisioningEvent } from '../provisioning-events.js'
import { heldReservations } from './reservation-plan.js'
import { reservationStream } from './reservation-key.js'
import type { Claim, ReservationCommand } from './reservation.commands.js'

/**
 * From the claim to the append that it was made for there must be less than this, µs. Whoever has not appended by then
 * must claim anew.
 */
export const CLAIM_DEADLINE_US = 60_000_000

/** A claim may be swept when it is older than this, µs: ten deadlines, so that clocks may differ by minutes. */
export const CLAIM_GRACE_US = 10 * CLAIM_DEADLINE_US

export interface SweptClaim {
  /** The claim as its reservation has it now. */
  readonly claim: Claim
  /** When it was made, µs since 1970-01-01 UTC. */
  readonly claimedAt: number
  /** The owner's whole history, read after the claim was. */
  readonly ownerEvents: readonly ProvisioningEvent[]
  /** Now, µs since 1970-01-01 UTC. */
  readonly now: number
}

/** The release of a claim that its owner never made use of, or needs no more; null when it must stay. */
export function sweepReservation({ claim, claimedAt, ownerEvents, now }: SweptClaim): ReservationCommand | null {
  if (now - claimedAt < CLAIM_GRACE_US) return null
  if (heldReservations(ownerEvents).has(reservationStream(claim))) return null
  return { type: 'ReleaseReservation', ...claim }
}
