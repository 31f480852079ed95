import { validateCredential, validateFirstCredential } from '../core/credential.js'
import type { Fault } from '../core/provisioning-error.js'
import {
  validateCount,
  validateId,
  validateInteger,
  validateLimit,
  validateOneOf,
  validateToken,
  validateUnique,
} from '../validation/bounds.js'
import { validateDomain, validateHost, validatePort } from '../validation/host.js'
import { networkKey, parseNetwork, validateNetwork } from '../validation/ip.js'
import { TRANSPORTS, validateCodecs } from '../validation/media.js'
import type { TrunkCommand } from './trunk.commands.js'
import type { TrunkAuthentication, TrunkSettings } from './trunk.events.js'

export const HOSTS_MAX = 16
export const ALLOW_LIST_MAX = 256

/** Faults of the command by itself, whatever the state. */
export function validateTrunk(command: TrunkCommand): Fault[] {
  return [...validateId('id', command.id), ...validateId('commandId', command.commandId), ...validateParts(command)]
}

function validateParts(command: TrunkCommand): Fault[] {
  switch (command.type) {
    case 'CreateTrunk': {
      const { tenant, name, settings, auth } = command
      return [
        ...validateDomain('tenant', tenant),
        ...validateToken('name', name),
        ...validateSettings(settings),
        ...validateAuth(auth),
        ...(auth === null ? [] : validateFirstCredential('auth.credential', auth.credential)),
        ...validateTogether(settings, auth),
      ]
    }
    case 'UpdateTrunk':
      return validateSettings(command.settings)
    case 'SetTrunkCredential':
      return [
        ...validateAuth(command.auth),
        ...(command.auth === null ? [] : validateCredential('auth.credential', command.auth.credential)),
      ]
    case 'ActivateTrunk':
    case 'DeactivateTrunk':
    case 'RemoveTrunk':
      return []
  }
}

function validateSettings(settings: Partial<TrunkSettings>): Fault[] {
  const { hosts, transport, registration, codecs, limits, allowList } = settings
  return [
    ...(hosts === undefined ? [] : validateHosts(hosts)),
    ...(transport === undefined ? [] : validateOneOf('settings.transport', transport, TRANSPORTS)),
    ...(registration == null ? [] : validateRegistration(registration)),
    ...(codecs === undefined ? [] : validateCodecs('settings.codecs', codecs)),
    ...(limits === undefined ? [] : validateLimits(limits)),
    ...(allowList === undefined ? [] : validateAllowList(allowList)),
  ]
}

/** What settings and authentication must fulfil together. */
export function validateTogether(settings: TrunkSettings, auth: TrunkAuthentication | null): Fault[] {
  if (settings.registration === null || auth !== null) return []
  return [{ field: 'auth', rule: 'must be given for a trunk that registers' }]
}

function validateHosts(hosts: TrunkSettings['hosts']): Fault[] {
  return [
    ...validateCount('settings.hosts', hosts, { min: 1, max: HOSTS_MAX }),
    ...hosts.flatMap(({ host, port }, i) => [
      ...validateHost(`settings.hosts[${i}].host`, host),
      ...validatePort(`settings.hosts[${i}].port`, port),
    ]),
    ...validateUnique(
      'settings.hosts',
      hosts.map(({ host, port }) => `${host} ${port}`),
    ),
  ]
}

function validateRegistration({ domain, expiresSeconds }: NonNullable<TrunkSettings['registration']>): Fault[] {
  return [
    ...validateDomain('settings.registration.domain', domain),
    ...validateInteger('settings.registration.expiresSeconds', expiresSeconds, { min: 60, max: 86_400 }),
  ]
}

function validateLimits({ callsPerSecond, concurrentCalls }: TrunkSettings['limits']): Fault[] {
  return [
    ...validateLimit('settings.limits.callsPerSecond', callsPerSecond, 10_000),
    ...validateLimit('settings.limits.concurrentCalls', concurrentCalls, 100_000),
  ]
}

function validateAllowList(allowList: readonly string[]): Fault[] {
  const keys = allowList.map((text) => {
    const network = parseNetwork(String(text))
    return network === null ? String(text) : networkKey(network)
  })
  return [
    ...validateCount('settings.allowList', allowList, { min: 0, max: ALLOW_LIST_MAX }),
    ...allowList.flatMap((text, i) => validateNetwork(`settings.allowList[${i}]`, text)),
    ...validateUnique('settings.allowList', keys),
  ]
}

/** Widths are those of Kamailio's `uacreg`; a colon would break the digest (RFC 7616, 3.4.2), quotes the header. */
function validateAuth(auth: TrunkAuthentication | null): Fault[] {
  if (auth === null) return []
  const faults: Fault[] = []
  if (!/^[A-Za-z0-9_.+@~*=#-]{1,64}$/.test(String(auth.username))) {
    faults.push({ field: 'auth.username', rule: 'must be 1 to 64 of A-Z a-z 0-9 _ . + @ ~ * = # -' })
  }
  if (auth.realm !== null && !/^[A-Za-z0-9_.@-]([A-Za-z0-9_.@ -]{0,62}[A-Za-z0-9_.@-])?$/.test(String(auth.realm))) {
    faults.push({ field: 'auth.realm', rule: 'must be 1 to 64 of A-Z a-z 0-9 _ . @ - and blanks within' })
  }
  return faults
}
