import type { Addressed } from '../core/command.js'
import type { KnownThing } from '../core/target.js'
import type { QueueAgent, QueueSettings } from './call-queue.events.js'

export interface CreateCallQueue extends Addressed {
  readonly type: 'CreateCallQueue'
  readonly tenant: string
  readonly number: string
  readonly settings: QueueSettings
  readonly known: readonly KnownThing[]
}

export interface UpdateCallQueue extends Addressed {
  readonly type: 'UpdateCallQueue'
  /** Parts that are left out stay. */
  readonly settings: Partial<QueueSettings>
  readonly known: readonly KnownThing[]
}

/** Adds an agent, or gives the agent another place. */
export interface PutQueueAgent extends Addressed {
  readonly type: 'PutQueueAgent'
  readonly agent: QueueAgent
  readonly known: readonly KnownThing[]
}

export interface RemoveQueueAgent extends Addressed {
  readonly type: 'RemoveQueueAgent'
  readonly userId: string
}

export interface RemoveCallQueue extends Addressed {
  readonly type: 'RemoveCallQueue'
  /** Streams of what leads callers here now: numbers, routes, menus, queues. */
  readonly usedBy: readonly string[]
}

export type CallQueueCommand = CreateCallQueue | UpdateCallQueue | PutQueueAgent | RemoveQueueAgent | RemoveCallQueue
