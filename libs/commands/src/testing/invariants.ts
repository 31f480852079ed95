/** What must hold in an event store after whatever happened, once claims that came to nothing were swept. */
import {
  foldEvents,
  heldReservations,
  reservationDecider,
  reservationStream,
  type ProvisioningEvent,
  type ReservationEvent,
} from '@trunkline/domain'
import type { EventStore, StoredEvent } from '@trunkline/ports'

export interface Found {
  /** Each value that somebody holds, with all who do. */
  readonly holders: ReadonlyMap<string, readonly string[]>
  /** Reservations that are claimed, with their owner. */
  readonly claimed: ReadonlyMap<string, string>
  /** Events of aggregates by the command that led to them. */
  readonly byCommand: ReadonlyMap<string, readonly StoredEvent[]>
}

export async function inspect(store: EventStore): Promise<Found> {
  const events: StoredEvent[] = []
  for (let page; (page = await store.readAll({ after: events.at(-1)?.position, limit: 1000 })).length > 0;) {
    events.push(...page)
  }
  const holders = new Map<string, string[]>()
  const claimed = new Map<string, string>()
  for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
    if (stream.startsWith('reservation-')) {
      const state = foldEvents(reservationDecider, own as unknown as ReservationEvent[])
      if (state.kind === 'claimed') claimed.set(stream, state.owner)
      continue
    }
    for (const claim of heldReservations(own as unknown as ProvisioningEvent[]).values()) {
      const value = reservationStream(claim)
      holders.set(value, [...(holders.get(value) ?? []), stream])
    }
  }
  const ofAggregates = events.filter(({ stream }) => !stream.startsWith('reservation-'))
  return { holders, claimed, byCommand: Map.groupBy(ofAggregates, ({ meta }) => meta!['commandId']!) }
}
