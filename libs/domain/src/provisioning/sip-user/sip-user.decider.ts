import { birthOf, sameData } from '../core/birth.js'
import { isCurrentCredential } from '../core/credential.js'
import type { Decider } from '../core/decider.js'
import { given } from '../core/given.js'
import { ProvisioningError, refuse, refuseWhen, refuseWhenUsed } from '../core/provisioning-error.js'
import { reservedValue } from '../reservation/reservation-key.js'
import type { ChangeSipUserAlias, ChangeSipUserCredential, CreateSipUser, SipUserCommand } from './sip-user.commands.js'
import { sipUserEvent, type SipUserEvent } from './sip-user.events.js'
import { evolveSipUser } from './sip-user.evolve.js'
import type { SipUser, SipUserState } from './sip-user.state.js'
import { ALIASES_MAX, validateSipUser } from './validate-sip-user.js'

type Living = Extract<SipUserState, { readonly kind: 'active' | 'suspended' }>

/** A user of a tenant: who may register and call, under which names, and how much. */
export const sipUserDecider: Decider<SipUserState, SipUserCommand, SipUserEvent> = {
  initialState: () => ({ kind: 'absent' }),
  evolve: evolveSipUser,

  decide(command, state) {
    refuseWhen('INVALID', validateSipUser(command))
    switch (state.kind) {
      case 'absent':
        if (command.type === 'CreateSipUser') return [created(command)]
        throw new ProvisioningError('NOT_FOUND')
      case 'removed':
        if (command.type === 'RemoveSipUser') return []
        throw new ProvisioningError('REMOVED')
      case 'active':
      case 'suspended':
        return decideLiving(command, state)
    }
  },
}

function decideLiving(command: SipUserCommand, state: Living): SipUserEvent[] {
  const { user } = state
  const of = { id: user.id, tenant: user.tenant, username: user.username }
  switch (command.type) {
    case 'CreateSipUser':
      if (birthOf(created(command).data) === user.birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'UpdateSipUser': {
      const person = { ...user.person, ...given(command.person) }
      return sameData(person, user.person) ? [] : [sipUserEvent('sip_user.updated', { ...of, person })]
    }
    case 'SuspendSipUser': {
      const { reason } = command
      if (state.kind === 'suspended' && state.reason === reason) return []
      return [sipUserEvent('sip_user.suspended', { ...of, reason })]
    }
    case 'ResumeSipUser':
      return state.kind === 'active' ? [] : [sipUserEvent('sip_user.resumed', of)]
    case 'RemoveSipUser':
      refuseWhenUsed(command.usedBy)
      return [
        sipUserEvent('sip_user.removed', {
          ...of,
          names: user.names,
          formerSecretId: user.credential?.secretId ?? null,
        }),
      ]
    case 'SetSipUserCredential':
    case 'RotateSipUserCredential':
      return changeCredential(command, user)
    case 'UnlockSipUser':
      if (user.unlockedBy === command.commandId) return []
      return [sipUserEvent('sip_user.unlocked', { ...of, source: command.source, requestId: command.commandId })]
    case 'SetSipUserLimits': {
      const limits = { ...user.limits, ...given(command.limits) }
      return sameData(limits, user.limits) ? [] : [sipUserEvent('sip_user.limits_set', { ...of, limits })]
    }
    case 'AddSipUserAlias':
    case 'RemoveSipUserAlias':
      return changeAlias(command, user)
  }
}

function created({ id, tenant, username, person, credential, limits, aliases = [], commandId }: CreateSipUser) {
  return sipUserEvent('sip_user.created', {
    id,
    tenant,
    username,
    person: { displayName: null, email: null, phone: null, ...given(person ?? {}) },
    credential,
    limits: { concurrentCalls: null, callsPerMinute: null, ...given(limits ?? {}) },
    aliases,
    claimId: commandId,
  })
}

function changeCredential(command: ChangeSipUserCredential, user: SipUser): SipUserEvent[] {
  const { credential } = command
  if (isCurrentCredential('credential', user.credential, credential)) return []
  const first = command.type === 'SetSipUserCredential'
  if (first && user.credential !== null) refuse('WRONG_SITUATION', 'credential', 'must be rotated once it is set')
  if (!first && user.credential === null) refuse('WRONG_SITUATION', 'credential', 'must be set before it is rotated')
  const { id, tenant, username } = user
  const data = { id, tenant, username, credential, formerSecretId: user.credential?.secretId ?? null }
  return [sipUserEvent(first ? 'sip_user.credential_set' : 'sip_user.credential_rotated', data)]
}

function changeAlias({ type, alias, commandId }: ChangeSipUserAlias, user: SipUser): SipUserEvent[] {
  const { id, tenant, username, names } = user
  const held = names.find(({ name }) => reservedValue(name) === reservedValue(alias))
  if (held !== undefined && held.name === username) refuse('INVALID', 'alias', 'must differ from the user name')
  if (type === 'RemoveSipUserAlias') {
    if (held === undefined) return []
    return [sipUserEvent('sip_user.alias_removed', { id, tenant, username, alias: held.name, claimId: held.claimId })]
  }
  if (held !== undefined) return []
  if (names.length > ALIASES_MAX) refuse('INVALID', 'alias', `must not be more than the ${ALIASES_MAX}th alias`)
  return [sipUserEvent('sip_user.alias_added', { id, tenant, username, alias, claimId: commandId })]
}
