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
        if (this.#polling && this.#interrupting) this.#client.interruptPoll(this.#node)
      })
    }
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    await Promise.resolve()
    while (this.#current().length > 0) {
      this.#polling = true
      await this.#poll()
      this.#polling = false
      this.#interrupting = false
    }
    this.#running = false
  }

  #begin(): readonly Interest[] {
    const interests = this.#current()
    for (const interest of interests) interest.asked = true
    return interests
  }

  #current(): Interest[] {
    const oldest = performance.now() - INTEREST_MS
    for (const interest of this.#interests) {
      if (interest.waiters.size === 0 && (!interest.wanted || interest.lastWaitMs < oldest))
        this.#interests.delete(interest)
    }
    return [...this.#interests]
  }

  async #poll(): Promise<void> {
    let asked = this.#begin()
    // Whoever came while the connection was being made is asked for, too: then there was nothing to interrupt.
    const partitions = () => {
      asked = this.#begin()
      this.#interrupting = false
      return asked.map(({ place: { topic, partition }, offset }) => ({ topic, partition, offset, maxBytes: MAX_BYTES }))
    }
    try {
      const answer = await this.#client.fetch(this.#node, { lane: 'poll', maxWaitMs: WAIT_MS, partitions })
      this.#take(answer, asked)
    } catch {
      if (!this.#interrupting) for (const interest of asked) this.#drop(interest)
    }
    for (const interest of asked) interest.asked = false
  }

  #take(answer: readonly FetchedPartition[], asked: readonly Interest[]): void {
    for (const fetched of answer) {
      const { topic, partition, errorCode, nextOffset } = fetched
      const interest = asked.find(({ place }) => place.topic === topic && place.partition === partition)
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
