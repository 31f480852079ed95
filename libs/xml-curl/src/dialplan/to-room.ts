import type { Thing } from '@trunkline/provisioning-views'
import { hyphenName } from '../names.js'
import { appData } from '../xml/app-data.js'
import type { Element } from '../xml/element.js'
import { action } from './extension.js'

/** Profile of rooms that anybody of the tenant may enter. */
export const OPEN_ROOMS = 'trunkline'
/**
 * Profile of rooms with a PIN. The static configuration has one of this name whose PIN nobody can dial: while answers
 * fail, such a room stays shut instead of being open to everybody.
 */
export const LOCKED_ROOMS = 'trunkline-pin'

export function asksForPin({ document: { settings } }: Thing<'conference_room'>): boolean {
  return settings.pinSecretId !== null || settings.moderatorPinSecretId !== null
}

/** PINs stand in conference.conf, never here: data of applications goes into events and records of calls. */
export function roomActions(room: Thing<'conference_room'>, isModerator: boolean): Element[] {
  const name = hyphenName({ number: room.document.number, tenant: room.tenant })
  const profile = asksForPin(room) ? LOCKED_ROOMS : OPEN_ROOMS
  const moderates = isModerator ? appData`+flags{moderator}` : appData``
  return [
    action('answer'),
    // said for each call: the variable may be there from a room in which the caller was before
    action('set', appData`conference_enforce_security=${String(!isModerator)}`),
    action('conference', appData`${name}@${profile}${moderates}`),
    action('hangup'),
  ]
}
