import type { GroupMember } from '@trunkline/ports'
import type { GroupSession, KafkaClient } from './client/kafka-client.js'
import type { KafkaLogger, Topic } from './cluster.js'
import { dealPartitions } from './deal-partitions.js'
import { decodeAssignment, decodeOwned, encodeAssignment, encodeSubscription, PROTOCOL } from './group-protocol.js'
import { CODES, hasCode } from './kafka-errors.js'

export interface MembershipOptions {
  readonly client: KafkaClient
  readonly topic: Topic
  readonly group: string
  readonly sessionTimeoutMs: number
  readonly logger: KafkaLogger
}

/** Heartbeats in one session time-out, and the longest pause between them: so soon does a member learn of a change. */
const BEATS = 10
const LONGEST_BEAT_MS = 1000
const RETRY_MS = 250

/**
 * A member of a consumer group (classic protocol), for who reads what and nothing else: no offsets are committed. It goes
 * on reading while the group decides anew, and has nothing to read once it cannot know what the group decided.
 */
export class GroupMembership implements GroupMember {
  readonly #options: MembershipOptions
  readonly #over = new AbortController()
  readonly #running: Promise<void>
  #partitions: readonly number[] = []
  #session: GroupSession
  #coordinator: number | undefined
  #lastSignMs = performance.now()
  readonly #listeners = new Set<() => void>()

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#session = { group: options.group, memberId: '', generation: -1 }
    this.#running = this.#run()
  }

  partitions(): readonly number[] {
    return this.#partitions
  }

  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#over.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        this.#listeners.delete(done)
        resolve()
      }
      this.#listeners.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  async close(): Promise<void> {
    if (this.#over.signal.aborted) return await this.#running
    this.#over.abort()
    const session = this.#session
    this.#set([])
    if (this.#coordinator !== undefined && session.memberId !== '') {
      // Unheard, the group notices by itself when the session is over.
      await this.#options.client.leave(this.#coordinator, session).catch(() => undefined)
    }
    await this.#running
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { sessionTimeoutMs, logger, group } = this.#options
    while (!this.#over.signal.aborted) {
      try {
        await this.#join()
        await this.#beat()
      } catch (error) {
        if (this.#over.signal.aborted) return
        if (hasCode(error, CODES.REBALANCE_IN_PROGRESS)) continue
        if (hasCode(error, CODES.UNKNOWN_MEMBER_ID, CODES.ILLEGAL_GENERATION)) {
          logger.warn({ group }, 'the group went on without this member; it joins again')
          this.#session = { ...this.#session, memberId: '', generation: -1 }
          this.#set([])
          continue
        }
        this.#coordinator = undefined
        // By now the group may have given our partitions to others.
        if (performance.now() - this.#lastSignMs > sessionTimeoutMs) this.#set([])
        await this.#pause(RETRY_MS)
      }
    }
  }

  async #join(): Promise<void> {
    const { client, group, topic, sessionTimeoutMs } = this.#options
    const node = (this.#coordinator ??= await client.coordinator(group))
    const metadata = encodeSubscription(topic.name, this.#partitions)
    const request = { group, sessionTimeoutMs, protocol: PROTOCOL, metadata }
    const joined = await client.join(node, { ...request, memberId: this.#session.memberId }).catch((error: unknown) => {
      const memberId = hasCode(error, CODES.MEMBER_ID_REQUIRED) ? (error as { memberId?: string }).memberId : undefined
      if (memberId === undefined) throw error
      this.#session = { group, memberId, generation: -1 }
      return client.join(node, { ...request, memberId })
    })
    const { memberId, generation, members } = joined
    this.#session = { group, memberId, generation }
    if (this.#over.signal.aborted) {
      await client.leave(node, this.#session).catch(() => undefined)
      return
    }
    const owned = new Map(members.map((member) => [member.memberId, decodeOwned(topic.name, member.metadata)]))
    const dealt = joined.leader === memberId ? dealPartitions(topic.partitions, owned) : new Map<string, number[]>()
    const assignments = [...dealt].map(([member, partitions]) => {
      return { memberId: member, assignment: encodeAssignment(topic.name, partitions) }
    })
    const assignment = await client.sync(node, this.#session, { protocol: PROTOCOL, assignments })
    this.#lastSignMs = performance.now()
    this.#set(decodeAssignment(topic.name, assignment))
  }

  async #beat(): Promise<void> {
    const { client, sessionTimeoutMs } = this.#options
    const pauseMs = Math.min(sessionTimeoutMs / BEATS, LONGEST_BEAT_MS)
    while (!this.#over.signal.aborted) {
      await this.#pause(pauseMs)
      if (this.#over.signal.aborted) return
      await client.heartbeat(this.#coordinator!, this.#session)
      this.#lastSignMs = performance.now()
    }
  }

  #set(partitions: readonly number[]): void {
    const same =
      partitions.length === this.#partitions.length && partitions.every((one, at) => one === this.#partitions[at])
    if (same && !this.#over.signal.aborted) return
    this.#partitions = partitions
    for (const done of [...this.#listeners]) done()
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#over
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
