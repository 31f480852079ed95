import type { KafkaClient } from './client/kafka-client.js'
import type { Cluster } from './cluster.js'
import { NodePoll, type Interest, type PolledPartition, type Waiter } from './node-poll.js'

/** Pause after trouble, before readers are woken to meet it themselves, ms. */
const TROUBLE_MS = 250

/** Waits for news of any partition, with one long poll for each broker. */
export class NewsPoll {
  readonly #client: KafkaClient
  readonly #cluster: Cluster
  readonly #interests = new Map<string, Interest>()
  readonly #nodes = new Map<number, NodePoll>()
  #closed = false

  constructor(client: KafkaClient, cluster: Cluster) {
    this.#client = client
    this.#cluster = cluster
  }

  /** Resolves when a record at `offset` or later may exist, after trouble, when the signal aborts or the poll closes. */
  wait(place: PolledPartition, offset: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const interest = this.#interest(place, offset)
      const waiter: Waiter = {
        offset,
        wake: () => {
          signal.removeEventListener('abort', waiter.wake)
          interest.waiters.delete(waiter)
          resolve()
        },
      }
      interest.waiters.add(waiter)
      signal.addEventListener('abort', waiter.wake, { once: true })
      if (!interest.asked) void this.#ask(interest)
    })
  }

  #interest(place: PolledPartition, offset: number): Interest {
    const name = `${place.topic}/${place.partition}`
    let interest = this.#interests.get(name)
    if (interest === undefined) {
      interest = { place, offset, asked: false, wanted: true, lastWaitMs: 0, waiters: new Set() }
      this.#interests.set(name, interest)
    }
    // Several may wait at different places: the earliest counts. Nobody else: then it is where this one stands.
    if (!interest.asked) interest.offset = interest.waiters.size === 0 ? offset : Math.min(interest.offset, offset)
    interest.lastWaitMs = performance.now()
    return interest
  }

  /** Never rejects. */
  async #ask(interest: Interest): Promise<void> {
    try {
      const node = await this.#cluster.leader(interest.place.topic, interest.place.partition)
      let poll = this.#nodes.get(node)
      if (poll === undefined) {
        poll = new NodePoll(this.#client, node, (one) => void this.#trouble(one))
        this.#nodes.set(node, poll)
      }
      if (!this.#closed) poll.ask(interest)
    } catch {
      await this.#trouble(interest)
    }
  }

  /** Whoever waits is woken to look, and to meet the trouble or its end; a pause keeps them from spinning. */
  async #trouble(interest: Interest): Promise<void> {
    this.#cluster.forget(interest.place.topic)
    await new Promise((resolve) => setTimeout(resolve, TROUBLE_MS))
    for (const waiter of [...interest.waiters]) waiter.wake()
  }

  close(): void {
    this.#closed = true
    for (const { waiters } of this.#interests.values()) for (const waiter of [...waiters]) waiter.wake()
    this.#interests.clear()
  }
}
