import type { ReservationKey } from './reservation-key.js'

/** The hold that one command of one owner has on a value. */
export interface Claim extends ReservationKey {
  /** Stream of the aggregate that the value is for. */
  readonly owner: string
  /** Id of the command that claims; the same when that command is sent again. */
  readonly claimId: string
}

export type ReservationCommand =
  ({ readonly type: 'ClaimReservation' } & Claim) | ({ readonly type: 'ReleaseReservation' } & Claim)
