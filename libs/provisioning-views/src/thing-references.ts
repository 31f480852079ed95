import type { RouteRule, Target } from '@trunkline/domain'
import { provisioningStream } from '@trunkline/domain'
import type { StoredEvent } from '@trunkline/ports'
import type { AnyThing, ThingKind } from './thing.js'

/** Tenant under which telephone numbers stand among the names: they are unique among all tenants. */
export const NUMBERS = '*'

export interface NameRow {
  readonly tenant: string
  /** In lower case. */
  readonly name: string
}

/** Names by which a thing can be dialled; none for a removed one. */
export function namesOf(thing: AnyThing): NameRow[] {
  const { tenant } = thing
  if (thing.status === 'removed') return []
  switch (thing.kind) {
    case 'sip_user':
      return [thing.document.username, ...thing.document.aliases].map((name) => ({ tenant, name: name.toLowerCase() }))
    case 'conference_room':
    case 'call_queue':
    case 'ivr_menu':
      return [{ tenant, name: thing.document.number.toLowerCase() }]
    case 'number':
      return [{ tenant: NUMBERS, name: thing.document.number }]
    case 'trunk':
    case 'route_set':
    case 'blocked_caller':
      return []
  }
}

export interface Use {
  readonly kind: ThingKind
  readonly id: string
}

const KIND_OF = { user: 'sip_user', queue: 'call_queue', room: 'conference_room', menu: 'ivr_menu' } as const

/** What a thing leads to or names, each once; nothing for a removed one. */
export function usesOf(thing: AnyThing): Use[] {
  const all = thing.status === 'removed' ? [] : namedBy(thing)
  return [...new Map(all.map((use) => [`${use.kind}/${use.id}`, use])).values()]
}

function namedBy(thing: AnyThing): Use[] {
  switch (thing.kind) {
    case 'number':
      return ofTarget(thing.document.target)
    case 'route_set':
      return thing.document.rules.flatMap(ofRule)
    case 'conference_room':
      return thing.document.settings.moderators.map((id) => ({ kind: 'sip_user', id }))
    case 'call_queue': {
      const { settings, agents } = thing.document
      return [...ofTarget(settings.overflow), ...agents.map(({ userId }): Use => ({ kind: 'sip_user', id: userId }))]
    }
    case 'ivr_menu': {
      const { entries, onInvalid, onTimeout } = thing.document.settings
      return [...entries.map(({ action }) => action), onInvalid, onTimeout].flatMap(ofTarget)
    }
    case 'sip_user':
    case 'trunk':
    case 'blocked_caller':
      return []
  }
}

function ofRule(rule: RouteRule): Use[] {
  switch (rule.kind) {
    case 'alias':
      return ofTarget(rule.target)
    case 'external':
      return rule.trunks.map(({ trunkId }) => ({ kind: 'trunk', id: trunkId }))
    case 'local':
      return []
  }
}

/** Targets by name (`dial`) are looked up when a call comes: they name nothing. */
function ofTarget(target: Target | { readonly kind: string } | null): Use[] {
  if (target === null || !('id' in target) || !Object.hasOwn(KIND_OF, target.kind)) return []
  return [{ kind: KIND_OF[target.kind as keyof typeof KIND_OF], id: target.id }]
}

const STREAM_OF = {
  sip_user: provisioningStream.sipUser,
  trunk: provisioningStream.trunk,
  number: provisioningStream.number,
  conference_room: provisioningStream.conferenceRoom,
  call_queue: provisioningStream.callQueue,
  ivr_menu: provisioningStream.ivrMenu,
  route_set: provisioningStream.routeSet,
} as const

/** Name of the stream of a thing in the event store. */
export function streamOfThing(kind: ThingKind, id: string): string {
  return kind === 'blocked_caller' ? `blocked_caller-${id}` : STREAM_OF[kind](id)
}

/** What a stream of the event store is about; undefined when it is none of ours. */
export function thingOfStream(stream: string): Use | undefined {
  const dash = stream.indexOf('-')
  const kind = stream.slice(0, dash)
  if (dash < 0 || (kind !== 'blocked_caller' && !Object.hasOwn(STREAM_OF, kind))) return undefined
  return { kind: kind as ThingKind, id: stream.slice(dash + 1) }
}

/** The thing that an event is about; undefined for reservations, and for what others wrote into a shared database. */
export function thingOfEvent({ stream, version }: Pick<StoredEvent, 'stream' | 'version'>): Use | undefined {
  return version === 0 ? undefined : thingOfStream(stream)
}
