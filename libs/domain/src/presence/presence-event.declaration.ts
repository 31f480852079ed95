/** The event of `trunkline.presence`, key = user@domain: whether a user can be reached and what the user is doing. */
import { declareEvent } from '../facts/declaration.js'
import * as s from '../schema/schema.js'

const presenceChanged = s.object({
  user: s.string('user@domain'),
  tenant: s.string('SIP domain'),
  online: s.boolean('a contact is registered and has not run out'),
  contacts: s.integer('contacts that are registered'),
  activity: s.oneOf(['idle', 'ringing', 'busy'], 'busy from the start of an own call, and from the answer of another'),
  liveCalls: s.integer('calls that the user takes part in now'),
  changedAt: s.integer("when it changed, ms since 1970-01-01 UTC by the switch's clock"),
})
export type PresenceChanged = s.Static<typeof presenceChanged>

export const presenceEventDeclarations = [
  declareEvent('presence.changed', 1, 'Presence of a user as it stands now', presenceChanged),
] as const
