/** How each event changes the document of the thing that it is about. Pure; the deciders' own states are the measure. */
import type { ProvisioningEvent, RouteRule } from '@trunkline/domain'
import type { AnyThing, ThingDocuments, ThingKind, ThingStatus } from './thing.js'

/** What an event makes of a thing, without the parts that every event sets. */
export interface Evolved<K extends ThingKind = ThingKind> {
  readonly kind: K
  readonly tenant: string
  readonly name: string
  readonly status: ThingStatus
  readonly document: ThingDocuments[K]
}

type AnyEvolved = { [K in ThingKind]: Evolved<K> }[ThingKind]
type Before<K extends ThingKind> = Pick<Extract<AnyThing, { kind: K }>, 'name' | 'status' | 'document'> | undefined

/** The thing after an event. `before` is the thing as the events before it left it; undefined for the first. */
export function evolveThing(before: AnyThing | undefined, event: ProvisioningEvent): AnyEvolved {
  switch (event.type) {
    case 'sip_user.created':
    case 'sip_user.updated':
    case 'sip_user.suspended':
    case 'sip_user.resumed':
    case 'sip_user.removed':
    case 'sip_user.credential_set':
    case 'sip_user.credential_rotated':
    case 'sip_user.unlocked':
    case 'sip_user.limits_set':
    case 'sip_user.alias_added':
    case 'sip_user.alias_removed':
      return evolveUser(as('sip_user', before), event)
    case 'trunk.created':
    case 'trunk.updated':
    case 'trunk.credential_set':
    case 'trunk.activated':
    case 'trunk.deactivated':
    case 'trunk.removed':
      return evolveTrunk(as('trunk', before), event)
    case 'number.added':
    case 'number.assigned':
    case 'number.released':
    case 'number.removed': {
      const { tenant, number } = event.data
      const target = event.type === 'number.assigned' ? event.data.target : null
      const status = event.type === 'number.removed' ? 'removed' : 'active'
      return { kind: 'number', tenant, name: number, status, document: { number, target } }
    }
    case 'route_set.replaced':
    case 'route_set.route_put':
    case 'route_set.route_removed':
    case 'route_set.trunk_share_set': {
      const { tenant } = event.data
      const rules = evolveRules(as('route_set', before)?.document.rules ?? [], event)
      return { kind: 'route_set', tenant, name: tenant, status: 'active', document: { rules } }
    }
    case 'blocked_caller.blocked': {
      const { tenant, match, value, reason, expiresAt } = event.data
      const document = { match, value, reason, expiresAt }
      return { kind: 'blocked_caller', tenant, name: value.toLowerCase(), status: 'active', document }
    }
    case 'blocked_caller.unblocked': {
      const { tenant, match, value } = event.data
      const document = as('blocked_caller', before)?.document ?? { match, value, reason: 'operator', expiresAt: null }
      return { kind: 'blocked_caller', tenant, name: value.toLowerCase(), status: 'removed', document }
    }
    case 'conference_room.created':
    case 'conference_room.updated': {
      const { tenant, number, settings } = event.data
      return { kind: 'conference_room', tenant, name: number, status: 'active', document: { number, settings } }
    }
    case 'conference_room.removed': {
      const { tenant, number } = event.data
      const { document } = known('conference_room', before, event)
      return { kind: 'conference_room', tenant, name: number, status: 'removed', document }
    }
    case 'call_queue.created':
    case 'call_queue.updated':
    case 'call_queue.agent_added':
    case 'call_queue.agent_changed':
    case 'call_queue.agent_removed':
    case 'call_queue.removed':
      return evolveQueue(as('call_queue', before), event)
    case 'ivr_menu.created':
    case 'ivr_menu.updated': {
      const { tenant, number, settings } = event.data
      return { kind: 'ivr_menu', tenant, name: number, status: 'active', document: { number, settings } }
    }
    case 'ivr_menu.removed': {
      const { tenant, number } = event.data
      return {
        kind: 'ivr_menu',
        tenant,
        name: number,
        status: 'removed',
        document: known('ivr_menu', before, event).document,
      }
    }
    default:
      return unknown(event)
  }
}

type Of<Prefix extends string> = Extract<ProvisioningEvent, { type: `${Prefix}.${string}` }>

function evolveUser(before: Before<'sip_user'>, event: Of<'sip_user'>): Evolved<'sip_user'> {
  const { tenant, username } = event.data
  const made = (document: ThingDocuments['sip_user'], status: ThingStatus): Evolved<'sip_user'> => ({
    kind: 'sip_user',
    tenant,
    name: username.toLowerCase(),
    status,
    document,
  })
  if (event.type === 'sip_user.created') {
    const { person, credential, limits, aliases } = event.data
    return made({ username, person, credential, limits, aliases, suspended: null }, 'active')
  }
  const { document, status } = present(before, event)
  switch (event.type) {
    case 'sip_user.updated':
      return made({ ...document, person: event.data.person }, status)
    case 'sip_user.suspended':
      return made({ ...document, suspended: event.data.reason }, 'suspended')
    case 'sip_user.resumed':
      return made({ ...document, suspended: null }, 'active')
    case 'sip_user.removed':
      return made({ ...document, credential: null }, 'removed')
    case 'sip_user.credential_set':
    case 'sip_user.credential_rotated':
      return made({ ...document, credential: event.data.credential }, status)
    case 'sip_user.unlocked':
      return made(document, status)
    case 'sip_user.limits_set':
      return made({ ...document, limits: event.data.limits }, status)
    case 'sip_user.alias_added':
      return made({ ...document, aliases: [...document.aliases, event.data.alias] }, status)
    case 'sip_user.alias_removed': {
      const { alias } = event.data
      return made({ ...document, aliases: document.aliases.filter((one) => one !== alias) }, status)
    }
  }
}

function evolveTrunk(before: Before<'trunk'>, event: Of<'trunk'>): Evolved<'trunk'> {
  const { tenant, name } = event.data
  const made = (document: ThingDocuments['trunk'], status: ThingStatus): Evolved<'trunk'> => ({
    kind: 'trunk',
    tenant,
    name: name.toLowerCase(),
    status,
    document,
  })
  if (event.type === 'trunk.created') {
    const { settings, auth } = event.data
    return made({ name, settings, auth, active: false }, 'suspended')
  }
  const { document, status } = present(before, event)
  switch (event.type) {
    case 'trunk.updated':
      return made({ ...document, settings: event.data.settings }, status)
    case 'trunk.credential_set':
      return made({ ...document, auth: event.data.auth }, status)
    case 'trunk.activated':
      return made({ ...document, active: true }, 'active')
    case 'trunk.deactivated':
      return made({ ...document, active: false }, 'suspended')
    case 'trunk.removed':
      return made({ ...document, active: false, auth: null }, 'removed')
  }
}

function evolveQueue(before: Before<'call_queue'>, event: Of<'call_queue'>): Evolved<'call_queue'> {
  const { tenant, number } = event.data
  const made = (document: ThingDocuments['call_queue'], status: ThingStatus = 'active'): Evolved<'call_queue'> => ({
    kind: 'call_queue',
    tenant,
    name: number,
    status,
    document,
  })
  if (event.type === 'call_queue.created') return made({ number, settings: event.data.settings, agents: [] })
  const { document } = present(before, event)
  switch (event.type) {
    case 'call_queue.updated':
      return made({ ...document, settings: event.data.settings })
    case 'call_queue.agent_added':
      return made({ ...document, agents: [...document.agents, event.data.agent] })
    case 'call_queue.agent_changed': {
      const { agent } = event.data
      return made({ ...document, agents: document.agents.map((one) => (one.userId === agent.userId ? agent : one)) })
    }
    case 'call_queue.agent_removed': {
      const { userId } = event.data
      return made({ ...document, agents: document.agents.filter((one) => one.userId !== userId) })
    }
    case 'call_queue.removed':
      return made(document, 'removed')
  }
}

function evolveRules(rules: readonly RouteRule[], event: Of<'route_set'>): readonly RouteRule[] {
  switch (event.type) {
    case 'route_set.replaced':
      return event.data.rules
    case 'route_set.route_put': {
      const { rule, position } = event.data
      return rules.filter(({ id }) => id !== rule.id).toSpliced(position, 0, rule)
    }
    case 'route_set.route_removed': {
      const { ruleId } = event.data
      return rules.filter(({ id }) => id !== ruleId)
    }
    case 'route_set.trunk_share_set': {
      const { ruleId, trunks } = event.data
      return rules.map((rule) => (rule.id === ruleId && rule.kind === 'external' ? { ...rule, trunks } : rule))
    }
  }
}

function as<K extends ThingKind>(kind: K, before: AnyThing | undefined) {
  return before?.kind === kind ? (before as Extract<AnyThing, { kind: K }>) : undefined
}

function known<K extends ThingKind>(kind: K, before: AnyThing | undefined, event: ProvisioningEvent) {
  return present(as(kind, before), event)
}

function present<T>(before: T | undefined, event: ProvisioningEvent): T {
  if (before === undefined) throw new TypeError(`event ${event.type} comes before the thing was created`)
  return before
}

function unknown(event: never): never {
  const { type, version } = event as { type: string; version: number }
  throw new TypeError(`event ${type} version ${version} is not known to this view`)
}
