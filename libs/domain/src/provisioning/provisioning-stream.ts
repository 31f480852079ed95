import { reservedValue, reservationStream, type ReservationKey } from './reservation/reservation-key.js'
import type { BlockedCallerKey } from './blocked-caller/blocked-caller.commands.js'

/** Names of the streams of aggregates in the event store. What is before the first `-` is the category. */
export const provisioningStream = {
  sipUser: (id: string) => `sip_user-${id}`,
  trunk: (id: string) => `trunk-${id}`,
  number: (id: string) => `number-${id}`,
  conferenceRoom: (id: string) => `conference_room-${id}`,
  callQueue: (id: string) => `call_queue-${id}`,
  ivrMenu: (id: string) => `ivr_menu-${id}`,
  /** One for each tenant. */
  routeSet: (tenant: string) => `route_set-${tenant}`,
  /** One for each blocked value; those that differ in case alone are one. */
  blockedCaller: ({ tenant, match, value }: BlockedCallerKey) =>
    `blocked_caller-${tenant}/${match}/${reservedValue(value)}`,
  reservation: (key: ReservationKey) => reservationStream(key),
} as const
