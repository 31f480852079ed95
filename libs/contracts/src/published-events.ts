/** Every event that leaves Trunkline, by the stream it stands in. All documents and schemas are made from this. */
import {
  callEventDeclarations,
  factDeclarations,
  presenceEventDeclarations,
  provisioningEventDeclarations,
} from '@trunkline/domain'
import type { EventDeclaration } from '@trunkline/domain'
import { STREAMS } from '@trunkline/ports'

/** A declaration whose types no longer matter. */
export type AnyDeclaration = EventDeclaration<string, unknown>

export interface PublishedStream {
  /** Name of the stream; in Kafka the topic. */
  readonly name: string
  readonly description: string
  /** What the key of a record is, in words. */
  readonly key: string
  /** True when records carry `seq`. */
  readonly numbered: boolean
  readonly events: readonly AnyDeclaration[]
}

export const publishedStreams: readonly PublishedStream[] = [
  {
    name: STREAMS.switch,
    description: 'Facts: what switches, and the listeners beside them, say happened. One event in, one fact out.',
    key: 'Name of the switch',
    numbered: false,
    events: factDeclarations,
  },
  {
    name: STREAMS.calls,
    description: 'What happened to calls. Each event carries the whole record of the call as it stood then.',
    key: 'Id of the call; for call.merged the id of the call that it became a part of',
    numbered: true,
    events: callEventDeclarations,
  },
  {
    name: STREAMS.presence,
    description: 'Presence of users. Each event carries all there is to know, so the newest one of a user is enough.',
    key: 'user@domain',
    numbered: true,
    events: presenceEventDeclarations,
  },
  {
    name: STREAMS.provisioning,
    description: 'What was decided about users, trunks, numbers, routes, blocked callers, rooms, queues and menus.',
    key: 'Stream of the aggregate in the event store, such as sip_user-ID',
    numbered: false,
    events: provisioningEventDeclarations,
  },
]

/** Name of an event's schema: stable, and never reused for another shape. */
export function schemaId({ type, version }: Pick<AnyDeclaration, 'type' | 'version'>): string {
  return `urn:trunkline:event:${type}:${version}`
}
