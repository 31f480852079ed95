import type { Addressed } from '../core/command.js'
import type { KnownThing } from '../core/target.js'
import type { ConferenceSettings } from './conference-room.events.js'

export interface CreateConferenceRoom extends Addressed {
  readonly type: 'CreateConferenceRoom'
  readonly tenant: string
  readonly number: string
  readonly settings: ConferenceSettings
  /** Users of the tenant among the moderators. */
  readonly known: readonly KnownThing[]
}

export interface UpdateConferenceRoom extends Addressed {
  readonly type: 'UpdateConferenceRoom'
  /** Parts that are left out stay. A new PIN is a new secret with a new id. */
  readonly settings: Partial<ConferenceSettings>
  readonly known: readonly KnownThing[]
}

export interface RemoveConferenceRoom extends Addressed {
  readonly type: 'RemoveConferenceRoom'
  /** Streams of what leads callers here now: numbers, routes, menus, queues. */
  readonly usedBy: readonly string[]
}

export type ConferenceRoomCommand = CreateConferenceRoom | UpdateConferenceRoom | RemoveConferenceRoom
