import type { Fault } from '../core/provisioning-error.js'
import { validateTarget } from '../core/target.js'
import {
  validateCount,
  validateId,
  validateInteger,
  validateLabel,
  validateOneOf,
  validateUnique,
} from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { validateExtension } from '../validation/telephone.js'
import type { IvrMenuCommand } from './ivr-menu.commands.js'
import { MENU_MOVES, type MenuAction, type MenuSettings } from './ivr-menu.events.js'

export const ENTRIES_MAX = 50

/** Faults of the command by itself, whatever the state. */
export function validateIvrMenu(command: IvrMenuCommand): Fault[] {
  const faults = [...validateId('id', command.id), ...validateId('commandId', command.commandId)]
  switch (command.type) {
    case 'CreateIvrMenu':
      return [
        ...faults,
        ...validateDomain('tenant', command.tenant),
        ...validateExtension('number', command.number),
        ...validateSettings(command.settings),
      ]
    case 'UpdateIvrMenu':
      return [...faults, ...validateSettings(command.settings)]
    case 'RemoveIvrMenu':
      return faults
  }
}

function validateSettings(settings: Partial<MenuSettings>): Fault[] {
  const { name, greeting, shortGreeting, entries, onInvalid, onTimeout } = settings
  return [
    ...(name === undefined ? [] : validateLabel('settings.name', name)),
    ...(greeting === undefined ? [] : validateSound('settings.greeting', greeting)),
    ...(shortGreeting == null ? [] : validateSound('settings.shortGreeting', shortGreeting)),
    ...(entries === undefined ? [] : validateEntries(entries)),
    ...validateCounts(settings),
    ...(onInvalid === undefined ? [] : validateLast('settings.onInvalid', onInvalid)),
    ...(onTimeout === undefined ? [] : validateLast('settings.onTimeout', onTimeout)),
  ]
}

function validateCounts({ timeoutSeconds, interDigitMs, maxInvalid, maxTimeouts }: Partial<MenuSettings>): Fault[] {
  const whole = (key: string, value: number | undefined, min: number, max: number) =>
    value === undefined ? [] : validateInteger(`settings.${key}`, value, { min, max })
  return [
    ...whole('timeoutSeconds', timeoutSeconds, 1, 60),
    ...whole('interDigitMs', interDigitMs, 500, 10_000),
    ...whole('maxInvalid', maxInvalid, 1, 10),
    ...whole('maxTimeouts', maxTimeouts, 1, 10),
  ]
}

function validateEntries(entries: MenuSettings['entries']): Fault[] {
  const digits = entries.map((entry) => String(entry.digits))
  return [
    ...validateCount('settings.entries', entries, { min: 1, max: ENTRIES_MAX }),
    ...digits.flatMap((text, i) =>
      /^[0-9*#]{1,4}$/.test(text)
        ? []
        : [{ field: `settings.entries[${i}].digits`, rule: 'must be 1 to 4 of 0-9 * #' }],
    ),
    ...validateUnique('settings.entries', digits),
    ...entries.flatMap(({ action }, i) => validateAction(`settings.entries[${i}].action`, action)),
  ]
}

function validateAction(field: string, action: MenuAction): Fault[] {
  switch (action.kind) {
    case 'repeat':
    case 'back':
    case 'top':
    case 'hang_up':
      return []
    case 'user':
    case 'queue':
    case 'room':
    case 'menu':
    case 'dial':
      return validateTarget(field, action)
    default:
      return validateOneOf(`${field}.kind`, (action as MenuAction).kind, MENU_MOVES)
  }
}

/** After the last wrong input the call must get out of the menu: to repeat would hold a silent caller for ever. */
function validateLast(field: string, action: MenuAction): Fault[] {
  if (action.kind === 'repeat') return [{ field, rule: 'must leave the menu' }]
  return validateAction(field, action)
}

/** File name without folder, so that no text can climb out of the folder of sounds. */
function validateSound(field: string, value: string): Fault[] {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}\.(wav|mp3|ogg|opus)$/.test(String(value))) return []
  return [{ field, rule: 'must be the name of a .wav, .mp3, .ogg or .opus file without folder, at most 64 characters' }]
}
