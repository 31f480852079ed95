import type { FetchedPartition, KafkaClient } from './client/kafka-client.js'

export interface PolledPartition {
  readonly topic: string
  readonly partition: number
  /** What came from `offset` on. Tells whether to ask for more without being asked. */
  deliver(offset: number, fetched: FetchedPartition): boolean
}

export interface Waiter {
  readonly offset: number
  readonly wake: () => void
}

/** A partition that somebody waits for, or waited for a short time ago. */
export interface Interest {
  readonly place: PolledPartition
  offset: number
  /** The poll under way asks for it. */
  asked: boolean
  /** To be asked for by the next poll. */
  wanted: boolean
  /** By `performance.now()`. */
  lastWaitMs: number
  readonly waiters: Set<Waiter>
}

const WAIT_MS = 1000
const MAX_BYTES = 1024 * 1024
/** A partition that nobody waited for in this time is no longer asked for, ms. */
const INTEREST_MS = 10_000

/**
 * The long poll at one broker, for all partitions that it leads and somebody waits for. What comes is handed to the
 * partition's reader, and the poll goes on where it ended, so that a reader that keeps up never waits for a round trip. A
 * partition that is new to a poll under way interrupts it: brokers answer one request of a connection after the other.
 */
export class NodePoll {
  readonly #client: KafkaClient
  readonly #node: number
  readonly #onTrouble: (interest: Interest) => void
  readonly #interests = new Set<Interest>()
  #running = false
  #polling = false
  #interrupting = false

  constructor(client: KafkaClient, node: number, onTrouble: (interest: Interest) => void) {
    this.#client = client
    this.#node = node
    this.#onTrouble = onTrouble
  }

  ask(interest: Interest): void {
    this.#interests.add(interest)
    interest.wanted = true
    if (interest.asked) return
    if (!this.#running) {
      this.#running = true
      void this.#run()
    } else if (this.#polling && !this.#interrupting) {
      this.#interrupting = true
      // Partitions that come in the same turn of the event loop share one interruption.
      setImmediate(() => {
        if (this.#polling) this.#client.interruptPoll(this.#node)
      })
    }
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    await Promise.resolve()
    for (let interests = this.#current(); interests.length > 0; interests = this.#current()) {
      for (const interest of interests) interest.asked = true
      this.#polling = true
      try {
        await this.#poll(interests)
      } catch {
        if (!this.#interrupting) for (const interest of interests) this.#drop(interest)
      }
      this.#polling = false
      this.#interrupting = false
      for (const interest of interests) interest.asked = false
    }
    this.#running = false
  }

  #current(): Interest[] {
    const oldest = performance.now() - INTEREST_MS
    for (const interest of this.#interests) {
      if (interest.waiters.size === 0 && (!interest.wanted || interest.lastWaitMs < oldest))
        this.#interests.delete(interest)
    }
    return [...this.#interests]
  }

  async #poll(interests: readonly Interest[]): Promise<void> {
    const partitions = interests.map(({ place: { topic, partition }, offset }) => {
      return { topic, partition, offset, maxBytes: MAX_BYTES }
    })
    const answer = await this.#client.fetch(this.#node, { lane: 'poll', maxWaitMs: WAIT_MS, partitions })
    for (const fetched of answer) {
      const { topic, partition, errorCode, nextOffset } = fetched
      const interest = interests.find(({ place }) => place.topic === topic && place.partition === partition)
      if (interest === undefined) continue
      if (errorCode !== 0) this.#drop(interest)
      else if (nextOffset !== undefined && nextOffset > interest.offset) this.#arrived(interest, fetched, nextOffset)
    }
  }

  #arrived(interest: Interest, fetched: FetchedPartition, nextOffset: number): void {
    interest.wanted = interest.place.deliver(interest.offset, fetched)
    interest.offset = nextOffset
    // Marks of transactions are no news.
    if (fetched.records.length === 0) return
    for (const waiter of [...interest.waiters]) if (waiter.offset < nextOffset) waiter.wake()
  }

  #drop(interest: Interest): void {
    this.#interests.delete(interest)
    this.#onTrouble(interest)
  }
}
