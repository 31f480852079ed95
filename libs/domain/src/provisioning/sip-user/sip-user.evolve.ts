import { birthOf } from '../core/birth.js'
import { unknownEvent, type EventFrom } from '../core/domain-event.js'
import { sipUserEventDeclarations, type SipUserEvent } from './sip-user.events.js'
import type { SipUser, SipUserState } from './sip-user.state.js'

type Created = Extract<EventFrom<(typeof sipUserEventDeclarations)[number]>, { type: 'sip_user.created' }>['data']

export function evolveSipUser(state: SipUserState, event: SipUserEvent): SipUserState {
  if (event.type === 'sip_user.created') return { kind: 'active', user: newborn(event.data) }
  if (state.kind === 'absent' || state.kind === 'removed') return state
  const { user } = state
  switch (event.type) {
    case 'sip_user.updated':
      return { ...state, user: { ...user, person: event.data.person } }
    case 'sip_user.suspended':
      return { kind: 'suspended', user, reason: event.data.reason }
    case 'sip_user.resumed':
      return { kind: 'active', user }
    case 'sip_user.removed':
      return { kind: 'removed' }
    case 'sip_user.credential_set':
    case 'sip_user.credential_rotated':
      return { ...state, user: { ...user, credential: event.data.credential } }
    case 'sip_user.unlocked':
      return { ...state, user: { ...user, unlockedBy: event.data.requestId } }
    case 'sip_user.limits_set':
      return { ...state, user: { ...user, limits: event.data.limits } }
    case 'sip_user.alias_added': {
      const added = { name: event.data.alias, claimId: event.data.claimId }
      return { ...state, user: { ...user, names: [...user.names, added] } }
    }
    case 'sip_user.alias_removed':
      return { ...state, user: { ...user, names: user.names.filter(({ name }) => name !== event.data.alias) } }
    default:
      return unknownEvent(event)
  }
}

function newborn(data: Created): SipUser {
  const { id, tenant, username, person, credential, limits, aliases, claimId } = data
  const names = [username, ...aliases].map((name) => ({ name, claimId }))
  return { id, tenant, username, person, credential, limits, names, unlockedBy: null, birth: birthOf(data) }
}
