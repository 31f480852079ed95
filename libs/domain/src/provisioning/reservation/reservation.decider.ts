import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { refuse } from '../core/provisioning-error.js'
import type { Claim, ReservationCommand } from './reservation.commands.js'
import { reservationEvent, type ReservationEvent } from './reservation.events.js'

export type ReservationState =
  { readonly kind: 'free' } | { readonly kind: 'claimed'; readonly owner: string; readonly claimId: string }

/**
 * One value, one owner. A later command of the same owner takes the claim over, with an event, so that a late release by the
 * earlier command finds the claim renewed and leaves it alone.
 */
export const reservationDecider: Decider<ReservationState, ReservationCommand, ReservationEvent> = {
  initialState: () => ({ kind: 'free' }),

  decide({ type, ...claim }, state) {
    switch (type) {
      case 'ClaimReservation':
        if (state.kind === 'claimed' && state.owner !== claim.owner) {
          refuse('TAKEN', claim.kind, 'must not belong to another already')
        }
        return holds(state, claim) ? [] : [reservationEvent('reservation.claimed', claim)]
      case 'ReleaseReservation':
        return holds(state, claim) ? [reservationEvent('reservation.released', claim)] : []
    }
  },

  evolve(_state, event) {
    switch (event.type) {
      case 'reservation.claimed':
        return { kind: 'claimed', owner: event.data.owner, claimId: event.data.claimId }
      case 'reservation.released':
        return { kind: 'free' }
      default:
        return unknownEvent(event)
    }
  },
}

function holds(state: ReservationState, { owner, claimId }: Claim): boolean {
  return state.kind === 'claimed' && state.owner === owner && state.claimId === claimId
}
