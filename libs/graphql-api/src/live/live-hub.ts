import { setImmediate as nextTurn } from 'node:timers/promises'
import { STREAMS, type EventLogReader, type Position, type ViewReader } from '@trunkline/ports'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { Limits } from '../limits/limits.js'
import { builderFor, run } from '../sql/query-builder.js'
import { decodeCursor, type Place } from './live-cursor.js'
import { LiveGroup, type Encoded, type LiveOperation } from './live-group.js'
import { STREAM_OF } from './live-request.js'
import { LiveSubscriber, type Sink } from './live-subscriber.js'
import type { LiveRecord } from './record-ring.js'
import { StreamTail } from './stream-tail.js'

export interface HubOptions {
  readonly store: ViewReader
  readonly log: EventLogReader
  readonly schema: GraphQLSchema
  readonly logger: Logger
  readonly limits: Limits
}

interface GroupEntry {
  readonly group: LiveGroup
  readonly members: Set<LiveSubscriber>
  /** Members, and those who still read their snapshot or catch up. */
  users: number
}

interface Feed {
  readonly tail: StreamTail
  /** By key; a group is here as long as somebody uses it. */
  readonly groups: Map<string, GroupEntry>
}

/**
 * Pushes what happens to all subscriptions of this process. One reader follows each stream; subscribers of one group
 * share execution and encoding; each gets every record after its snapshot or cursor exactly once.
 */
export class LiveHub {
  private readonly feeds = new Map<string, Feed>()

  constructor(private readonly options: HubOptions) {
    for (const stream of [STREAMS.calls, STREAMS.presence]) this.feeds.set(stream, this.createFeed(stream))
  }

  async start(): Promise<void> {
    const { store } = this.options
    const [state] = await run(store, builderFor(store).selectFrom('outbox_state').select('published_seq').limit(1))
    for (const { tail } of this.feeds.values()) await tail.start(state?.published_seq ?? 0)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.feeds.values()].map(({ tail }) => tail.stop()))
  }

  /**
   * Opens a subscription: snapshot or cursor, then everything after it. `ready` resolves when it is live and rejects with
   * CURSOR_EXPIRED, BAD_USER_INPUT or what the store says; `end` stops it at any time.
   */
  subscribe(operation: LiveOperation, sink: Sink): { readonly ready: Promise<void>; end(): void } {
    const feed = this.feeds.get(STREAM_OF[operation.request.kind])!
    const entry = this.enter(feed, operation)
    const subscriber = new LiveSubscriber(entry.group, sink, this.options.limits)
    entry.users++
    let ended = false
    const end = () => {
      if (ended) return
      ended = true
      subscriber.closed = true
      entry.members.delete(subscriber)
      if (--entry.users === 0) feed.groups.delete(operation.key)
    }
    const open = async () => {
      // Not of the group: each member begins where it wants.
      const positions = await this.begin(feed, subscriber, operation.request.after)
      await this.catchUp(feed, subscriber, positions, () => entry.members.add(subscriber))
    }
    return { ready: open().catch((error: unknown) => (end(), Promise.reject(error))), end }
  }

  /** Number of subscriptions that are live, for metrics. */
  get size(): number {
    let sum = 0
    for (const { groups } of this.feeds.values()) for (const { members } of groups.values()) sum += members.size
    return sum
  }

  private createFeed(stream: string): Feed {
    const { log, logger, limits } = this.options
    const feed: Feed = {
      groups: new Map(),
      tail: new StreamTail({
        log,
        stream,
        logger,
        ringRecords: limits.ringRecords,
        deliver: (records, commit) => this.deliver(feed, records, commit),
      }),
    }
    return feed
  }

  private enter(feed: Feed, operation: LiveOperation): GroupEntry {
    const known = feed.groups.get(operation.key)
    if (known !== undefined) return known
    const entry = { group: new LiveGroup(operation, this.options), members: new Set<LiveSubscriber>(), users: 0 }
    feed.groups.set(operation.key, entry)
    return entry
  }

  private async deliver(feed: Feed, records: readonly LiveRecord[], commit: () => void): Promise<void> {
    const last = records.at(-1)!
    const places = feed.tail.places.map((place, partition) => (partition === last.partition ? last : place))
    const encoded = new Map<LiveGroup, readonly Encoded[]>()
    // Whoever joins while a field is read belongs to the delivery too: look again until nobody is missing.
    for (let missing = withoutMessage(feed, encoded); missing.length > 0; missing = withoutMessage(feed, encoded)) {
      for (const group of missing) {
        const messages = group.encode(records, places)
        encoded.set(group, messages instanceof Promise ? await messages : messages)
      }
    }
    commit()
    for (const { group, members } of feed.groups.values()) {
      const messages = encoded.get(group)
      if (messages === undefined) continue
      for (const member of members) member.deliver(last.partition, messages, { records, places })
    }
  }

  /** Sends the snapshot, or checks the cursor; gives the positions to read on from. */
  private async begin(
    feed: Feed,
    subscriber: LiveSubscriber,
    after: string | undefined,
  ): Promise<(Position | undefined)[]> {
    const { group, sink, seen } = subscriber
    const { kind } = group.operation.request
    if (after === undefined) {
      const snapshot = await group.snapshot(() => feed.tail.places)
      if (!subscriber.closed) sink.next(snapshot.payload)
      seen.push(...snapshot.start.map(() => snapshot.seq))
      return snapshot.start.map(({ position }) => position)
    }
    const cursor = decodeCursor(STREAM_OF[kind], after)
    await feed.tail.checkKept(cursor)
    seen.push(...cursor.places.map(({ seq }) => seq))
    return cursor.places.map(({ position }) => position)
  }

  /** Sends what was delivered to others since, and joins in the same turn in which nothing is left. */
  private async catchUp(
    feed: Feed,
    subscriber: LiveSubscriber,
    positions: (Position | undefined)[],
    join: () => void,
  ): Promise<void> {
    const { group, seen, sink } = subscriber
    while (!subscriber.closed) {
      const behind = positions.findIndex((position, partition) => !feed.tail.isCaughtUp(partition, position))
      if (behind < 0) return join()
      const records = await feed.tail.after(behind, positions[behind])
      if (records.length === 0) continue
      positions[behind] = records.at(-1)!.position
      const fresh = unseen(records, seen[behind]!)
      if (fresh.length > 0) {
        const last = fresh.at(-1)!
        const places: Place[] = seen.map((seq, partition) => ({ seq, position: positions[partition] }))
        places[behind] = last
        const messages = await group.encode(fresh, places)
        subscriber.deliver(behind, messages, { records: fresh, places })
        await sink.drained()
      }
      await nextTurn()
    }
  }
}

function withoutMessage(feed: Feed, encoded: ReadonlyMap<LiveGroup, unknown>): LiveGroup[] {
  const missing: LiveGroup[] = []
  for (const { group, members } of feed.groups.values())
    if (members.size > 0 && !encoded.has(group)) missing.push(group)
  return missing
}

/** Leaves out what was published twice, and what the subscriber has. */
function unseen(records: readonly LiveRecord[], seen: number): LiveRecord[] {
  let last = seen
  return records.filter(({ seq }) => {
    if (!(seq > last)) return false
    last = seq
    return true
  })
}
