import type { KurrentDBClient, SubscribeToAllOptions } from '@kurrent/kurrentdb-client'
import type { KurrentConnection } from './kurrent-connection.js'
import type { LogPosition } from './kurrent-position.js'
import { NOT_OF_SYSTEM } from './system-filter.js'

/** Events that the server looks at before it tells where it is. */
const SEARCH_WINDOW = 500

/** What we need of the messages of a subscription; the client hands them over raw. */
interface Message {
  hasEvent(): boolean
  getEvent(): { getEvent(): Recorded | undefined } | undefined
  hasCaughtUp(): boolean
  hasCheckpoint(): boolean
  getCheckpoint(): Place | undefined
}

interface Place {
  getCommitPosition(): string
  getPreparePosition(): string
}

interface Recorded extends Place {
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined
}

export interface Listener {
  /** An event for us came. */
  readonly onNews: () => void
  /** The server has looked at everything up to here, and there was nothing for us. */
  readonly onNothing: (until: LogPosition) => void
  /** It has looked at everything that there is. Servers before EventStoreDB 23.10 do not say so. */
  readonly onCaughtUp?: () => void
}

export interface NewsSubscription {
  /** Resolves when the server has taken the subscription. */
  readonly confirmed: Promise<void>
  /** Resolves when it is over, for whatever reason. */
  readonly ended: Promise<void>
  stop(): void
}

/**
 * A catch-up subscription to all streams but the system's, from a place on. Its messages are looked at before the client
 * decodes them: we need to know only that there is something, and what its decoder cannot read would end the process.
 */
export function subscribe(
  connection: KurrentConnection,
  from: LogPosition | undefined,
  listener: Listener,
): NewsSubscription {
  const client: KurrentDBClient = connection.client()
  const confirmed = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const options: SubscribeToAllOptions = {
    fromPosition: from ?? 'start',
    filter: { ...NOT_OF_SYSTEM, maxSearchWindow: SEARCH_WINDOW },
    ...connection.call,
  }
  const transform = (message: Message, _: unknown, next: () => void) => {
    confirmed.resolve()
    look(message, listener)
    next()
  }
  const subscription = client.subscribeToAll(options, { transform } as object)
  // Listened to for as long as it lives: an error that comes after the end must not be thrown.
  subscription.on('error', () => ended.resolve())
  for (const end of ['finish', 'end', 'close'] as const) subscription.on(end, () => ended.resolve())
  const stop = () => {
    ended.resolve()
    subscription.unsubscribe().catch(() => undefined)
  }
  return { confirmed: confirmed.promise, ended: ended.promise, stop }
}

function look(message: Message, listener: Listener): void {
  const recorded = message.hasEvent() ? message.getEvent()?.getEvent() : undefined
  const name = recorded?.getStreamIdentifier()?.getStreamName_asU8()
  const ofSystem = name !== undefined && name[0] === '$'.charCodeAt(0)
  if (message.hasEvent() && !ofSystem) listener.onNews()
  else if (recorded !== undefined) listener.onNothing(toLogPosition(recorded))
  const checkpoint = message.hasCheckpoint() ? message.getCheckpoint() : undefined
  if (checkpoint !== undefined) listener.onNothing(toLogPosition(checkpoint))
  if (message.hasCaughtUp()) listener.onCaughtUp?.()
}

function toLogPosition(place: Place): LogPosition {
  return { commit: BigInt(place.getCommitPosition()), prepare: BigInt(place.getPreparePosition()) }
}
