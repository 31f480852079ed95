import { validateCredential, validateFirstCredential } from '../core/credential.js'
import type { Fault } from '../core/provisioning-error.js'
import { validateSealed } from '../core/sealed.js'
import { reservedValue } from '../reservation/reservation-key.js'
import { validateCount, validateId, validateLimit, validateOneOf, validateUnique } from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { parseIp } from '../validation/ip.js'
import { validateSipName } from '../validation/sip-name.js'
import type { CreateSipUser, PersonChange, SipUserCommand } from './sip-user.commands.js'
import { SUSPEND_REASONS, type UserLimits } from './sip-user.events.js'

export const ALIASES_MAX = 100
const CONCURRENT_MAX = 1_000
const PER_MINUTE_MAX = 6_000

/** Faults of the command by itself, whatever the state. */
export function validateSipUser(command: SipUserCommand): Fault[] {
  return [...validateId('id', command.id), ...validateId('commandId', command.commandId), ...validateParts(command)]
}

function validateParts(command: SipUserCommand): Fault[] {
  switch (command.type) {
    case 'CreateSipUser':
      return validateCreate(command)
    case 'UpdateSipUser':
      return validatePerson(command.person)
    case 'SuspendSipUser':
      return validateOneOf('reason', command.reason, SUSPEND_REASONS)
    case 'SetSipUserCredential':
    case 'RotateSipUserCredential':
      return validateCredential('credential', command.credential)
    case 'UnlockSipUser':
      return validateSource(command.source)
    case 'SetSipUserLimits':
      return validateLimits(command.limits)
    case 'AddSipUserAlias':
    case 'RemoveSipUserAlias':
      return validateSipName('alias', command.alias)
    case 'ResumeSipUser':
    case 'RemoveSipUser':
      return []
  }
}

function validateCreate({
  tenant,
  username,
  person = {},
  credential,
  limits = {},
  aliases = [],
}: CreateSipUser): Fault[] {
  return [
    ...validateDomain('tenant', tenant),
    ...validateSipName('username', username),
    ...validatePerson(person),
    ...(credential === null ? [] : validateFirstCredential('credential', credential)),
    ...validateLimits(limits),
    ...validateCount('aliases', aliases, { min: 0, max: ALIASES_MAX }),
    ...aliases.flatMap((alias, i) => validateSipName(`aliases[${i}]`, alias)),
    ...validateUnique('aliases', aliases.map(reservedValue)),
    ...aliases.flatMap((alias, i) =>
      reservedValue(alias) === reservedValue(username)
        ? [{ field: `aliases[${i}]`, rule: 'must differ from the user name' }]
        : [],
    ),
  ]
}

function validatePerson({ displayName, email, phone }: PersonChange): Fault[] {
  return [
    ...validateSealed('person.displayName', displayName),
    ...validateSealed('person.email', email),
    ...validateSealed('person.phone', phone),
  ]
}

function validateLimits({ concurrentCalls, callsPerMinute }: Partial<UserLimits>): Fault[] {
  return [
    ...validateLimit('limits.concurrentCalls', concurrentCalls ?? null, CONCURRENT_MAX),
    ...validateLimit('limits.callsPerMinute', callsPerMinute ?? null, PER_MINUTE_MAX),
  ]
}

function validateSource(source: string | null): Fault[] {
  if (source === null || parseIp(String(source)) !== null) return []
  return [{ field: 'source', rule: 'must be an IP address, or null for all' }]
}
