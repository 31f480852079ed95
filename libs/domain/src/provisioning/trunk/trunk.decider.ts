import { birthOf, sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { given } from '../core/given.js'
import { ProvisioningError, refuse, refuseWhen } from '../core/provisioning-error.js'
import type { CreateTrunk, RemoveTrunk, SetTrunkCredential, TrunkCommand } from './trunk.commands.js'
import { trunkEvent, type TrunkEvent } from './trunk.events.js'
import { evolveTrunk } from './trunk.evolve.js'
import type { Trunk, TrunkState } from './trunk.state.js'
import { validateTogether, validateTrunk } from './validate-trunk.js'

type Living = Extract<TrunkState, { readonly kind: 'active' | 'inactive' }>

/** A way to a provider: where, how, with which secret, and how much it may carry. */
export const trunkDecider: Decider<TrunkState, TrunkCommand, TrunkEvent> = {
  initialState: () => ({ kind: 'absent' }),
  evolve: evolveTrunk,

  decide(command, state) {
    refuseWhen('INVALID', validateTrunk(command))
    switch (state.kind) {
      case 'absent':
        if (command.type === 'CreateTrunk') return [created(command)]
        throw new ProvisioningError('NOT_FOUND')
      case 'removed':
        if (command.type === 'RemoveTrunk') return []
        throw new ProvisioningError('REMOVED')
      case 'active':
      case 'inactive':
        return decideLiving(command, state)
    }
  },
}

function decideLiving(command: TrunkCommand, state: Living): TrunkEvent[] {
  const { trunk } = state
  const of = { id: trunk.id, tenant: trunk.tenant, name: trunk.name }
  switch (command.type) {
    case 'CreateTrunk':
      if (birthOf(created(command).data) === trunk.birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'UpdateTrunk': {
      const settings = { ...trunk.settings, ...given(command.settings) }
      refuseWhen('INVALID', validateTogether(settings, trunk.auth))
      return sameData(settings, trunk.settings) ? [] : [trunkEvent('trunk.updated', { ...of, settings })]
    }
    case 'SetTrunkCredential':
      return setCredential(command, trunk)
    case 'ActivateTrunk':
      return state.kind === 'active' ? [] : [trunkEvent('trunk.activated', of)]
    case 'DeactivateTrunk':
      return state.kind === 'inactive' ? [] : [trunkEvent('trunk.deactivated', of)]
    case 'RemoveTrunk':
      return remove(command, state)
  }
}

function created({ id, tenant, name, settings, auth, commandId }: CreateTrunk) {
  return trunkEvent('trunk.created', { id, tenant, name, settings, auth, claimId: commandId })
}

/** Name and realm may change while the secret stays; a new secret takes the next version. */
function setCredential({ auth }: SetTrunkCredential, trunk: Trunk): TrunkEvent[] {
  if (sameData(auth, trunk.auth)) return []
  refuseWhen('INVALID', validateTogether(trunk.settings, auth))
  const former = trunk.auth?.credential ?? null
  const next = auth?.credential ?? null
  const stays = next !== null && sameData(next, former)
  if (next !== null && !stays) {
    const due = trunk.lastCredentialVersion + 1
    const field = 'auth.credential'
    if (next.credentialVersion !== due) refuse('STALE_CREDENTIAL', `${field}.credentialVersion`, `must be ${due}`)
    if (next.secretId === former?.secretId)
      refuse('STALE_CREDENTIAL', `${field}.secretId`, 'must be that of a new secret')
  }
  const { id, tenant, name } = trunk
  const formerSecretId = stays ? null : (former?.secretId ?? null)
  return [trunkEvent('trunk.credential_set', { id, tenant, name, auth, formerSecretId })]
}

function remove({ usedByRoutes }: RemoveTrunk, { kind, trunk }: Living): TrunkEvent[] {
  if (kind === 'active') refuse('WRONG_SITUATION', 'id', 'must be deactivated before it is removed')
  if (usedByRoutes.length > 0) refuse('IN_USE', 'id', 'must not be named by a route')
  const { id, tenant, name, claimId, auth } = trunk
  return [trunkEvent('trunk.removed', { id, tenant, name, claimId, formerSecretId: auth?.credential.secretId ?? null })]
}
