import type {
  ConferenceSettings,
  Credential,
  MenuSettings,
  QueueAgent,
  QueueSettings,
  RouteRule,
  SealedPerson,
  Target,
  TrunkAuthentication,
  TrunkSettings,
  UserLimits,
} from '@trunkline/domain'
import type { Position } from '@trunkline/ports'

/** What each kind of provisioned thing is made of, as its events have left it. */
export interface ThingDocuments {
  readonly sip_user: {
    readonly username: string
    readonly person: SealedPerson
    readonly credential: Credential | null
    readonly limits: UserLimits
    readonly aliases: readonly string[]
    /** Why it is suspended; null when it is not. */
    readonly suspended: string | null
  }
  readonly trunk: {
    readonly name: string
    readonly settings: TrunkSettings
    readonly auth: TrunkAuthentication | null
    readonly active: boolean
  }
  readonly number: { readonly number: string; readonly target: Target | null }
  /** Its id is the tenant. */
  readonly route_set: { readonly rules: readonly RouteRule[] }
  /** Its id is what follows `blocked_caller-` in the name of the stream. Its tenant may be `*`. */
  readonly blocked_caller: {
    readonly match: 'exact' | 'prefix'
    readonly value: string
    readonly reason: string
    /** µs since 1970-01-01 UTC; null for never. */
    readonly expiresAt: number | null
  }
  readonly conference_room: { readonly number: string; readonly settings: ConferenceSettings }
  readonly call_queue: {
    readonly number: string
    readonly settings: QueueSettings
    readonly agents: readonly QueueAgent[]
  }
  readonly ivr_menu: { readonly number: string; readonly settings: MenuSettings }
}

export type ThingKind = keyof ThingDocuments
export const THING_KINDS = [
  'sip_user',
  'trunk',
  'number',
  'route_set',
  'blocked_caller',
  'conference_room',
  'call_queue',
  'ivr_menu',
] as const satisfies readonly ThingKind[]

/** active: as it should be. suspended: a suspended user, a trunk that is not active. removed: gone; the document is its last. */
export type ThingStatus = 'active' | 'suspended' | 'removed'

export interface Thing<K extends ThingKind = ThingKind> {
  readonly kind: K
  readonly id: string
  readonly tenant: string
  /** What people call it: user name, trunk name, number; in lower case. */
  readonly name: string
  readonly status: ThingStatus
  /** Of the aggregate's stream. */
  readonly revision: number
  /** Of its newest event in the event store. */
  readonly position: Position
  /** ms since 1970-01-01 UTC. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly document: ThingDocuments[K]
}

export type AnyThing = { [K in ThingKind]: Thing<K> }[ThingKind]

/** The provisioned things as the views have them: a little behind the event store, in the order of its events. */
export interface Things {
  /** Also a removed one. */
  get<K extends ThingKind>(kind: K, id: string): Promise<Thing<K> | undefined>
  getMany<K extends ThingKind>(kind: K, ids: readonly string[]): Promise<Thing<K>[]>
  /** By id in order, without removed ones: at most `limit`, those after the id `after`; of one tenant or of all. */
  list<K extends ThingKind>(kind: K, request: ThingList): Promise<Thing<K>[]>
  /** The user (by name or alias), room, queue or menu that a name of a tenant leads to; without regard to case. */
  byName(tenant: string, name: string): Promise<AnyThing | undefined>
  /** The number with this E.164 text. */
  byNumber(number: string): Promise<Thing<'number'> | undefined>
  /** Streams of what leads to or names a thing: numbers, routes, menus, queues, rooms. */
  usersOf(kind: ThingKind, id: string): Promise<string[]>
  /** Things whose newest event is after a position, removed ones too, in the order of positions. */
  changedSince(after: Position | undefined, limit: number): Promise<AnyThing[]>
  /** Up to where the views are; undefined at the very beginning. */
  position(): Promise<Position | undefined>
  /** Resolves when the views are at `position` or beyond; false when that took longer than `timeoutMs`. */
  caughtUp(position: Position, timeoutMs: number): Promise<boolean>
}

export interface ThingList {
  readonly tenant?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}
