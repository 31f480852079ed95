import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { RESERVATION_KINDS } from './reservation-key.js'

const claim = {
  tenant: s.string('SIP domain; * when the value is unique among all tenants'),
  kind: s.oneOf(RESERVATION_KINDS),
  value: s.string('the reserved value, in lower case'),
  owner: s.string('stream of the aggregate that it belongs to'),
  claimId: s.string('id of the command that claimed it'),
}

/** Internal to the write side: these are in the event store, and not in a published stream. */
export const reservationEventDeclarations = [
  declareEvent('reservation.claimed', 1, 'A value belongs to an owner from here on', s.object(claim)),
  declareEvent('reservation.released', 1, 'A value belongs to nobody any more', s.object(claim)),
] as const

export type ReservationEvent = EventFrom<(typeof reservationEventDeclarations)[number]>
export const reservationEvent = eventMaker(reservationEventDeclarations)
