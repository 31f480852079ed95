import { birthOf, sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { given } from '../core/given.js'
import { ProvisioningError, refuseWhen, refuseWhenUsed, type Fault } from '../core/provisioning-error.js'
import { unknownThing, type KnownThing } from '../core/target.js'
import type { ConferenceRoomCommand, CreateConferenceRoom, UpdateConferenceRoom } from './conference-room.commands.js'
import { conferenceRoomEvent, type ConferenceRoomEvent, type ConferenceSettings } from './conference-room.events.js'
import { validateConferenceRoom, validateEntry } from './validate-conference-room.js'

export interface ConferenceRoom {
  readonly id: string
  readonly tenant: string
  readonly number: string
  readonly settings: ConferenceSettings
  readonly claimId: string
  readonly birth: string
}

export type ConferenceRoomState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'active'; readonly room: ConferenceRoom }
  | { readonly kind: 'removed' }

/** A room that people dial into. PINs lie in the store of secrets; only their ids are here. */
export const conferenceRoomDecider: Decider<ConferenceRoomState, ConferenceRoomCommand, ConferenceRoomEvent> = {
  initialState: () => ({ kind: 'absent' }),

  decide(command, state) {
    refuseWhen('INVALID', validateConferenceRoom(command))
    switch (state.kind) {
      case 'absent':
        if (command.type !== 'CreateConferenceRoom') throw new ProvisioningError('NOT_FOUND')
        refuseWhen('UNKNOWN_REFERENCE', unknownModerators(command.settings, command.known))
        return [created(command)]
      case 'removed':
        if (command.type === 'RemoveConferenceRoom') return []
        throw new ProvisioningError('REMOVED')
      case 'active':
        return decideActive(command, state.room)
    }
  },

  evolve(state, event) {
    if (event.type === 'conference_room.created') {
      const { id, tenant, number, settings, claimId } = event.data
      return { kind: 'active', room: { id, tenant, number, settings, claimId, birth: birthOf(event.data) } }
    }
    if (state.kind !== 'active') return state
    switch (event.type) {
      case 'conference_room.updated':
        return { kind: 'active', room: { ...state.room, settings: event.data.settings } }
      case 'conference_room.removed':
        return { kind: 'removed' }
      default:
        return unknownEvent(event)
    }
  },
}

function decideActive(command: ConferenceRoomCommand, room: ConferenceRoom): ConferenceRoomEvent[] {
  switch (command.type) {
    case 'CreateConferenceRoom':
      if (birthOf(created(command).data) === room.birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'UpdateConferenceRoom':
      return update(command, room)
    case 'RemoveConferenceRoom': {
      refuseWhenUsed(command.usedBy)
      const { id, tenant, number, claimId, settings } = room
      const formerSecretIds = secretsOf(settings)
      return [conferenceRoomEvent('conference_room.removed', { id, tenant, number, formerSecretIds, claimId })]
    }
  }
}

function created({ id, tenant, number, settings, commandId }: CreateConferenceRoom) {
  return conferenceRoomEvent('conference_room.created', { id, tenant, number, settings, claimId: commandId })
}

function update({ settings: change, known }: UpdateConferenceRoom, room: ConferenceRoom): ConferenceRoomEvent[] {
  const settings = { ...room.settings, ...given(change) }
  if (sameData(settings, room.settings)) return []
  refuseWhen('INVALID', validateEntry(settings))
  refuseWhen('UNKNOWN_REFERENCE', unknownModerators(settings, known, room.settings.moderators))
  const formerSecretIds = secretsOf(room.settings).filter((id) => !secretsOf(settings).includes(id))
  const { id, tenant, number } = room
  return [conferenceRoomEvent('conference_room.updated', { id, tenant, number, settings, formerSecretIds })]
}

/** Faults of moderators who are new; of those who stand, nobody asks again: they may have been removed since. */
function unknownModerators(
  { moderators }: ConferenceSettings,
  known: readonly KnownThing[],
  former: readonly string[] = [],
): Fault[] {
  return moderators.flatMap((id, i) =>
    former.includes(id) ? [] : unknownThing(`settings.moderators[${i}]`, { kind: 'user', id }, known),
  )
}

function secretsOf({ pinSecretId, moderatorPinSecretId }: ConferenceSettings): string[] {
  return [pinSecretId, moderatorPinSecretId].filter((id) => id !== null)
}
