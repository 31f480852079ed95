import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'

const room = {
  id: s.string('id of the room'),
  tenant: s.string('SIP domain'),
  number: s.string('what is dialled to enter'),
}
const settings = s.named(
  'ConferenceSettings',
  s.object({
    name: s.string('for people'),
    maxMembers: s.integer(),
    recording: s.oneOf(['never', 'always', 'on_command']),
    pinSecretId: s.nullable(s.string('where the PIN lies; null for an open room')),
    moderatorPinSecretId: s.nullable(s.string('where the PIN of moderators lies')),
    moderators: s.array(s.string('id of a user who moderates without a PIN')),
    waitForModerator: s.boolean('members hear music until a moderator comes'),
  }),
)
export type ConferenceSettings = s.Static<typeof settings>

const formerSecretIds = s.array(s.string('secret that is out of use'))

export const conferenceRoomEventDeclarations = [
  declareEvent(
    'conference_room.created',
    1,
    'A conference room was created',
    s.object({ ...room, settings, claimId: s.string('command that reserved the number') }),
  ),
  declareEvent(
    'conference_room.updated',
    1,
    'Settings of a conference room were changed',
    s.object({ ...room, settings, formerSecretIds }),
  ),
  declareEvent(
    'conference_room.removed',
    1,
    'A conference room is gone for good',
    s.object({ ...room, formerSecretIds, claimId: s.string('command that had reserved the number') }),
  ),
] as const

export type ConferenceRoomEvent = EventFrom<(typeof conferenceRoomEventDeclarations)[number]>
export const conferenceRoomEvent = eventMaker(conferenceRoomEventDeclarations)
