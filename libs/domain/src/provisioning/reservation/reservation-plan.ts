import type { ProvisioningEvent } from '../provisioning-events.js'
import { provisioningStream } from '../provisioning-stream.js'
import type { Claim } from './reservation.commands.js'
import { ALL_TENANTS, reservationStream, reservedValue, type ReservationKind } from './reservation-key.js'

/**
 * Around the append of decided events: claim every value of `claimFirst` in this order, append, release every value of
 * `releaseAfter` in this order. When a claim is refused, release those claimed before it by this command, and refuse the
 * command with that error.
 */
export interface ReservationPlan {
  readonly claimFirst: readonly Claim[]
  readonly releaseAfter: readonly Claim[]
}

/**
 * The plan of a command, from what it decided. The same command on the same state gives the same plan. All commands claim
 * in the order of streams, so that of two commands that want the same values one gets all.
 */
export function reservationPlan(events: readonly ProvisioningEvent[]): ReservationPlan {
  return {
    claimFirst: inOrder(events.flatMap((event) => changesOf(event).claimed)),
    releaseAfter: inOrder(events.flatMap((event) => changesOf(event).released)),
  }
}

/** Values that an aggregate with this history holds, by stream of the reservation. For the sweep. */
export function heldReservations(events: readonly ProvisioningEvent[]): Map<string, Claim> {
  const held = new Map<string, Claim>()
  for (const { claimed, released } of events.map(changesOf)) {
    for (const claim of released) held.delete(reservationStream(claim))
    for (const claim of claimed) held.set(reservationStream(claim), claim)
  }
  return held
}

interface Changes {
  readonly claimed: readonly Claim[]
  readonly released: readonly Claim[]
}

const NOTHING: Changes = { claimed: [], released: [] }

function changesOf(event: ProvisioningEvent): Changes {
  switch (event.type) {
    case 'sip_user.created': {
      const { id, tenant, username, aliases, claimId } = event.data
      const owner = provisioningStream.sipUser(id)
      return claimed(...[username, ...aliases].map((name) => claimOf('name', { tenant, value: name, owner, claimId })))
    }
    case 'sip_user.alias_added':
    case 'sip_user.alias_removed': {
      const { id, tenant, alias, claimId } = event.data
      const claim = claimOf('name', { tenant, value: alias, owner: provisioningStream.sipUser(id), claimId })
      return event.type === 'sip_user.alias_added' ? claimed(claim) : released(claim)
    }
    case 'sip_user.removed': {
      const { id, tenant, names } = event.data
      const owner = provisioningStream.sipUser(id)
      return released(...names.map(({ name, claimId }) => claimOf('name', { tenant, value: name, owner, claimId })))
    }
    case 'trunk.created':
    case 'trunk.removed': {
      const { id, tenant, name, claimId } = event.data
      const claim = claimOf('trunk', { tenant, value: name, owner: provisioningStream.trunk(id), claimId })
      return event.type === 'trunk.created' ? claimed(claim) : released(claim)
    }
    case 'number.added':
    case 'number.removed': {
      const { id, number, claimId } = event.data
      const owner = provisioningStream.number(id)
      const claim = claimOf('did', { tenant: ALL_TENANTS, value: number, owner, claimId })
      return event.type === 'number.added' ? claimed(claim) : released(claim)
    }
    case 'conference_room.created':
      return claimed(extension(provisioningStream.conferenceRoom(event.data.id), event.data))
    case 'conference_room.removed':
      return released(extension(provisioningStream.conferenceRoom(event.data.id), event.data))
    case 'call_queue.created':
      return claimed(extension(provisioningStream.callQueue(event.data.id), event.data))
    case 'call_queue.removed':
      return released(extension(provisioningStream.callQueue(event.data.id), event.data))
    case 'ivr_menu.created':
      return claimed(extension(provisioningStream.ivrMenu(event.data.id), event.data))
    case 'ivr_menu.removed':
      return released(extension(provisioningStream.ivrMenu(event.data.id), event.data))
    default:
      return NOTHING
  }
}

type Parts = Pick<Claim, 'tenant' | 'value' | 'owner' | 'claimId'>

function claimOf(kind: ReservationKind, { tenant, value, owner, claimId }: Parts): Claim {
  return { tenant, kind, value: reservedValue(value), owner, claimId }
}

function extension(owner: string, data: { tenant: string; number: string; claimId: string }): Claim {
  return claimOf('name', { tenant: data.tenant, value: data.number, owner, claimId: data.claimId })
}

function claimed(...claims: Claim[]): Changes {
  return { claimed: claims, released: [] }
}

function released(...claims: Claim[]): Changes {
  return { claimed: [], released: claims }
}

function inOrder(claims: Claim[]): Claim[] {
  return claims.sort((a, b) => (reservationStream(a) < reservationStream(b) ? -1 : 1))
}
