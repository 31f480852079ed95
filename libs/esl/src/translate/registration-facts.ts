/** mod_sofia's registration and gateway events. Only `sofia::register` is a registration (pre_register and register_attempt are not). */
import type { Fact } from '@trunkline/domain'
import { integer, text, type SwitchEvent } from './event.js'
import type { EventIdentity } from './identity.js'

export function registrationFact(event: SwitchEvent, identity: EventIdentity, subclass: string): Fact | undefined {
  switch (subclass) {
    case 'sofia::register': {
      const expiresAt = identity.time + (integer(event, 'expires') ?? 0) * 1_000_000
      return { ...identity.fact, type: 'registration.added', data: { ...contact(event, identity), expiresAt } }
    }
    case 'sofia::unregister':
      return {
        ...identity.fact,
        type: 'registration.removed',
        data: { ...contact(event, identity), reason: 'unregistered' },
      }
    case 'sofia::expire':
      return {
        ...identity.fact,
        type: 'registration.expired',
        data: { ...contact(event, identity), reason: 'expired' },
      }
    case 'sofia::register_failure':
      return {
        ...identity.fact,
        type: 'authentication.failed',
        data: {
          core: identity.core,
          seq: identity.seq,
          user: text(event, 'to-user') ?? '',
          domain: text(event, 'to-host'),
          source: source(event) ?? '',
          reason: 'forbidden',
          method: text(event, 'registration-type'),
          userAgent: text(event, 'user-agent'),
        },
      }
    case 'sofia::gateway_state':
    case 'sofia::gateway_add':
    case 'sofia::gateway_del':
      return gatewayFact(event, identity, subclass)
    default:
      return undefined
  }
}

function gatewayFact(event: SwitchEvent, identity: EventIdentity, subclass: string): Fact {
  const state = subclass === 'sofia::gateway_del' ? 'DELETED' : (text(event, 'State') ?? 'ADDED')
  const pinged = text(event, 'Ping-Status')
  return {
    ...identity.fact,
    type: 'gateway.changed',
    data: {
      core: identity.core,
      seq: identity.seq,
      gateway: text(event, 'Gateway') ?? '',
      state,
      // NOREG: a gateway that needs no registration is up unless its OPTIONS ping says otherwise
      up: (state === 'REGED' || state === 'NOREG') && pinged !== 'DOWN',
      status: integer(event, 'Status'),
      reason: text(event, 'Phrase'),
      profile: text(event, 'profile-name'),
    },
  }
}

function contact(event: SwitchEvent, identity: EventIdentity) {
  const user =
    text(event, 'to-user') ?? text(event, 'user') ?? text(event, 'username') ?? text(event, 'from-user') ?? ''
  const domain = text(event, 'to-host') ?? text(event, 'host') ?? text(event, 'realm') ?? text(event, 'from-host') ?? ''
  const uri = contactUri(text(event, 'contact'))
  return {
    core: identity.core,
    seq: identity.seq,
    aor: `${user}@${domain}`,
    contact: uri,
    // one Call-ID can carry several contacts, so the URI tells them apart
    contactId: uri ?? text(event, 'call-id') ?? '',
    userAgent: text(event, 'user-agent'),
    source: source(event),
  }
}

/** The URI between angle brackets of `"Name" <sip:…>;params`, or the whole value. */
function contactUri(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const end = value.lastIndexOf('>')
  const start = value.lastIndexOf('<', end)
  return start >= 0 && end > start ? value.slice(start + 1, end) : value
}

function source(event: SwitchEvent): string | undefined {
  const address = text(event, 'network-ip')
  return address === undefined ? undefined : `${address}:${text(event, 'network-port') ?? ''}`
}
