import type { FetchedPartition, FetchedRecord, KafkaClient } from './client/kafka-client.js'
import type { Cluster } from './cluster.js'
import { CODES, KafkaRequestError } from './kafka-errors.js'

/** Most bytes that one fetch asks for. */
const FETCH_BYTES = 4 * 1024 * 1024
/** No more is fetched ahead while so many bytes wait to be read. */
const AHEAD_BYTES = 2 * 1024 * 1024
/** Readers of one partition at different places that are served from memory. */
const CURSORS = 4

/** What was fetched and not read yet, for a reader that goes on where it stopped. */
class Cursor {
  /** Wanted next. Between here and the first record there is nothing. */
  from: number
  /** Where the next fetch begins. */
  next: number
  highWatermark = 0
  bytes = 0
  fetching: Promise<void> | undefined
  #records: FetchedRecord[] = []
  #at = 0

  constructor(from: number) {
    this.from = from
    this.next = from
  }

  get count(): number {
    return this.#records.length - this.#at
  }

  covers(offset: number): boolean {
    return offset >= this.from && offset <= this.next
  }

  skipTo(offset: number): void {
    while (this.#at < this.#records.length && this.#records[this.#at]!.offset < offset) {
      this.bytes -= this.#records[this.#at++]!.bytes
    }
    this.from = Math.max(this.from, offset)
  }

  take(limit: number): FetchedRecord[] {
    const taken = this.#records.slice(this.#at, this.#at + limit)
    this.#at += taken.length
    for (const { bytes } of taken) this.bytes -= bytes
    if (this.#at === this.#records.length) {
      this.#records = []
      this.#at = 0
    }
    const last = taken.at(-1)
    if (last !== undefined) this.from = last.offset + 1
    return taken
  }

  add({ records, nextOffset, highWatermark }: FetchedPartition): void {
    this.highWatermark = Math.max(this.highWatermark, highWatermark)
    if (nextOffset === undefined || nextOffset <= this.next) return
    // A fetch from the middle of a batch gives the whole batch.
    const wanted = records.filter(({ offset }) => offset >= this.next)
    this.#records = [...this.#records.slice(this.#at), ...wanted]
    this.#at = 0
    for (const { bytes } of wanted) this.bytes += bytes
    this.next = nextOffset
  }
}

/** Reads one partition: in large fetches, one of them ahead of the reader, and keeps what the reader has not asked for. */
export class PartitionReader {
  readonly #client: KafkaClient
  readonly #cluster: Cluster
  readonly topic: string
  readonly partition: number
  #cursors: Cursor[] = []

  constructor(context: { client: KafkaClient; cluster: Cluster }, topic: string, partition: number) {
    this.#client = context.client
    this.#cluster = context.cluster
    this.topic = topic
    this.partition = partition
  }

  /** Up to `limit` records from `offset` on; none only when there is none. */
  async read(offset: number, limit: number): Promise<FetchedRecord[]> {
    let fetched: Cursor | undefined
    for (;;) {
      // Anew each time: another reader may have gone on from here meanwhile.
      const cursor = this.#cursor(offset)
      cursor.skipTo(offset)
      if (cursor.count > 0) {
        const records = cursor.take(limit)
        this.#fetchAhead(cursor)
        return records
      }
      if (cursor === fetched && cursor.next >= cursor.highWatermark) return []
      if (cursor.fetching !== undefined) await cursor.fetching
      else {
        await this.#cluster.trying(() => this.#fetch(cursor))
        fetched = cursor
      }
    }
  }

  /** Offset of the next record to be written. Throws `KafkaRequestError`. */
  async end(): Promise<number> {
    const { topic, partition } = this
    const node = await this.#cluster.leader(topic, partition)
    return await this.#client.offset(node, { topic, partition }, 'next').catch((error: unknown) => {
      this.#cluster.forget(topic)
      throw error
    })
  }

  /** Where to wait for what comes after `offset - 1`; undefined when it is known that something is there. */
  waitsAt(offset: number): number | undefined {
    const cursor = this.#cursors.find((one) => one.covers(offset))
    if (cursor === undefined) return offset
    cursor.skipTo(offset)
    return cursor.count > 0 || cursor.next < cursor.highWatermark ? undefined : cursor.next
  }

  /** What a long poll from `offset` brought. Tells whether to ask for more without being asked. */
  deliver(offset: number, fetched: FetchedPartition): boolean {
    const cursor = this.#cursors.find(({ next }) => next === offset)
    if (cursor === undefined || cursor.fetching !== undefined) return false
    cursor.add(fetched)
    return cursor.bytes < AHEAD_BYTES
  }

  /** The one that goes on here, or else the one that nobody used for the longest time, begun anew. */
  #cursor(offset: number): Cursor {
    const found = this.#cursors.find((one) => one.covers(offset)) ?? new Cursor(offset)
    this.#cursors = [found, ...this.#cursors.filter((one) => one !== found)].slice(0, CURSORS)
    return found
  }

  #fetchAhead(cursor: Cursor): void {
    if (cursor.fetching !== undefined || cursor.bytes > AHEAD_BYTES || cursor.next >= cursor.highWatermark) return
    // What goes wrong here, `read` will meet and handle.
    cursor.fetching = this.#fetch(cursor)
      .catch(() => undefined)
      .finally(() => (cursor.fetching = undefined))
  }

  async #fetch(cursor: Cursor): Promise<void> {
    const place = { topic: this.topic, partition: this.partition }
    try {
      const node = await this.#cluster.leader(this.topic, this.partition)
      const partitions = [{ ...place, offset: cursor.next, maxBytes: FETCH_BYTES }]
      const [fetched] = await this.#client.fetch(node, { lane: 'fetch', maxWaitMs: 0, partitions: () => partitions })
      if (fetched === undefined) throw new KafkaRequestError(CODES.UNKNOWN_TOPIC_OR_PARTITION, 'an empty answer')
      if (fetched.errorCode === CODES.OFFSET_OUT_OF_RANGE) await this.#backInRange(node, cursor)
      else if (fetched.errorCode !== 0)
        throw new KafkaRequestError(fetched.errorCode, `fetch: error ${fetched.errorCode}`)
      else cursor.add(fetched)
    } catch (error) {
      this.#cluster.forget(this.topic)
      throw error
    }
  }

  /** Retention removed what was wanted: go on at the oldest kept record. Beyond the end there is nothing. */
  async #backInRange(node: number, cursor: Cursor): Promise<void> {
    const place = { topic: this.topic, partition: this.partition }
    const oldest = await this.#client.offset(node, place, 'oldest')
    if (cursor.next >= oldest) return
    cursor.next = oldest
    cursor.highWatermark = await this.#client.offset(node, place, 'next')
  }
}
