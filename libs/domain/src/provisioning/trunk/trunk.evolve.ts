import { birthOf } from '../core/birth.js'
import { unknownEvent } from '../core/domain-event.js'
import type { TrunkEvent } from './trunk.events.js'
import type { Trunk, TrunkState } from './trunk.state.js'

type Created = Extract<TrunkEvent, { type: 'trunk.created' }>['data']

export function evolveTrunk(state: TrunkState, event: TrunkEvent): TrunkState {
  if (event.type === 'trunk.created') return { kind: 'inactive', trunk: newborn(event.data) }
  if (state.kind === 'absent' || state.kind === 'removed') return state
  const { trunk } = state
  switch (event.type) {
    case 'trunk.updated':
      return { ...state, trunk: { ...trunk, settings: event.data.settings } }
    case 'trunk.credential_set': {
      const { auth } = event.data
      const lastCredentialVersion = auth?.credential.credentialVersion ?? trunk.lastCredentialVersion
      return { ...state, trunk: { ...trunk, auth, lastCredentialVersion } }
    }
    case 'trunk.activated':
      return { kind: 'active', trunk }
    case 'trunk.deactivated':
      return { kind: 'inactive', trunk }
    case 'trunk.removed':
      return { kind: 'removed' }
    default:
      return unknownEvent(event)
  }
}

function newborn(data: Created): Trunk {
  const { id, tenant, name, settings, auth, claimId } = data
  const lastCredentialVersion = auth?.credential.credentialVersion ?? 0
  return { id, tenant, name, settings, auth, lastCredentialVersion, claimId, birth: birthOf(data) }
}
