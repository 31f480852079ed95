import { validateSecretId } from '../core/credential.js'
import type { Fault } from '../core/provisioning-error.js'
import {
  validateBoolean,
  validateCount,
  validateId,
  validateInteger,
  validateLabel,
  validateOneOf,
  validateUnique,
} from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { validateExtension } from '../validation/telephone.js'
import type { ConferenceRoomCommand } from './conference-room.commands.js'
import type { ConferenceSettings } from './conference-room.events.js'

export const MODERATORS_MAX = 100

/** Faults of the command by itself, whatever the state. */
export function validateConferenceRoom(command: ConferenceRoomCommand): Fault[] {
  const faults = [...validateId('id', command.id), ...validateId('commandId', command.commandId)]
  switch (command.type) {
    case 'CreateConferenceRoom':
      return [
        ...faults,
        ...validateDomain('tenant', command.tenant),
        ...validateExtension('number', command.number),
        ...validateSettings(command.settings),
        ...validateEntry(command.settings),
      ]
    case 'UpdateConferenceRoom':
      return [...faults, ...validateSettings(command.settings)]
    case 'RemoveConferenceRoom':
      return faults
  }
}

function validateSettings(settings: Partial<ConferenceSettings>): Fault[] {
  const { name, maxMembers, recording, pinSecretId, moderatorPinSecretId, moderators, waitForModerator } = settings
  return [
    ...(name === undefined ? [] : validateLabel('settings.name', name)),
    ...(maxMembers === undefined ? [] : validateInteger('settings.maxMembers', maxMembers, { min: 2, max: 1_000 })),
    ...(recording === undefined
      ? []
      : validateOneOf('settings.recording', recording, ['never', 'always', 'on_command'])),
    ...(pinSecretId == null ? [] : validateSecretId('settings.pinSecretId', pinSecretId)),
    ...(moderatorPinSecretId == null ? [] : validateSecretId('settings.moderatorPinSecretId', moderatorPinSecretId)),
    ...(moderators === undefined ? [] : validateModerators(moderators)),
    ...(waitForModerator === undefined ? [] : validateBoolean('settings.waitForModerator', waitForModerator)),
  ]
}

function validateModerators(moderators: readonly string[]): Fault[] {
  return [
    ...validateCount('settings.moderators', moderators, { min: 0, max: MODERATORS_MAX }),
    ...moderators.flatMap((id, i) => validateId(`settings.moderators[${i}]`, id)),
    ...validateUnique('settings.moderators', moderators),
  ]
}

/** What settings must fulfil together: whoever waits for a moderator must be able to get one. */
export function validateEntry(settings: ConferenceSettings): Fault[] {
  const { pinSecretId, moderatorPinSecretId, moderators, waitForModerator } = settings
  const faults: Fault[] = []
  if (waitForModerator && moderatorPinSecretId === null && moderators.length === 0) {
    faults.push({ field: 'settings.waitForModerator', rule: 'must be false when nobody can moderate' })
  }
  if (moderatorPinSecretId !== null && moderatorPinSecretId === pinSecretId) {
    faults.push({ field: 'settings.moderatorPinSecretId', rule: 'must differ from the PIN of members' })
  }
  return faults
}
