import type { KafkaClient, OutgoingRecord, ProducerIdentity } from './client/kafka-client.js'
import { unavailable, type Cluster, type Topic } from './cluster.js'
import { CODES, hasCode, isRefusal, KafkaRequestError, lostIdentity, passesSoon } from './kafka-errors.js'
import type { PendingAppend } from './pending-append.js'

export interface WriterContext {
  readonly client: KafkaClient
  readonly cluster: Cluster
  /** An append came to nothing: a refusal of its records, or the time was over. */
  failed(append: PendingAppend, error: unknown): void
}

interface Chunk {
  readonly append: PendingAppend
  readonly records: readonly OutgoingRecord[]
}

interface Batch {
  readonly parts: readonly { readonly append: PendingAppend; readonly count: number }[]
  readonly records: readonly OutgoingRecord[]
}

/** Records join a batch up to so many bytes; one larger record is a batch of its own. */
const BATCH_BYTES = 1024 * 1024
const BATCH_RECORDS = 10_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
const LAST_EPOCH = 32_000
/** Numbers of records wrap around here. */
const SEQUENCES = 2 ** 31

/**
 * Writes to one partition: one batch under way at a time, numbered, so that the broker drops one that comes twice; what
 * arrives meanwhile makes up the next. A batch is sent again as it is until its time is over. After a batch whose fate is
 * not known the epoch of the producer is raised, so that the broker refuses that batch should it still be on its way.
 */
export class PartitionWriter {
  readonly #context: WriterContext
  readonly #topic: Topic
  readonly #partition: number
  #queue: Chunk[] = []
  #sentOfFirst = 0
  #running = false
  #producer: ProducerIdentity | undefined
  #sequence = 0

  constructor(context: WriterContext, topic: Topic, partition: number) {
    this.#context = context
    this.#topic = topic
    this.#partition = partition
  }

  push(chunk: Chunk): void {
    this.#queue.push(chunk)
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // The rest of this turn of the event loop may bring more for the same batch.
    await Promise.resolve()
    for (let batch = this.#take(BATCH_BYTES); batch !== undefined; batch = this.#take(BATCH_BYTES)) {
      await this.#write(batch)
    }
    this.#running = false
  }

  #take(bytes: number): Batch | undefined {
    const limit = Math.min(bytes, this.#topic.maxBytes)
    const records: OutgoingRecord[] = []
    const parts: { append: PendingAppend; count: number }[] = []
    let size = 100
    let taken = 0
    for (; taken < this.#queue.length; taken++) {
      const chunk = this.#queue[taken]!
      const from = this.#sentOfFirst
      let at = from
      if (!chunk.append.isOver) {
        for (; at < chunk.records.length; at++) {
          const record = chunk.records[at]!
          if (records.length > 0 && (size + record.bytes > limit || records.length === BATCH_RECORDS)) break
          size += record.bytes
          records.push(record)
        }
        if (at > from) parts.push({ append: chunk.append, count: at - from })
        if (at < chunk.records.length) {
          this.#sentOfFirst = at
          break
        }
      }
      this.#sentOfFirst = 0
    }
    if (taken > 0) this.#queue.splice(0, taken)
    return records.length === 0 ? undefined : { records, parts }
  }

  async #write(batch: Batch): Promise<void> {
    try {
      await this.#send(batch)
      for (const { append, count } of batch.parts) append.acknowledge(count)
    } catch (error) {
      if (isRefusal(error) && batch.records.length > 1) return await this.#halve(batch)
      for (const { append } of batch.parts) this.#context.failed(append, error)
    }
  }

  /** The broker takes no batch of this size, or refuses one of its records: the others must not suffer for it. */
  async #halve({ records, parts }: Batch): Promise<void> {
    const half = Math.ceil(records.length / 2)
    const first: { append: PendingAppend; count: number }[] = []
    const second: { append: PendingAppend; count: number }[] = []
    let room = half
    for (const { append, count } of parts) {
      const here = Math.min(room, count)
      if (here > 0) first.push({ append, count: here })
      if (count > here) second.push({ append, count: count - here })
      room -= here
    }
    await this.#write({ records: records.slice(0, half), parts: first })
    const rest = second.some(({ append }) => !append.isOver)
    if (rest) await this.#write({ records: records.slice(half), parts: second })
  }

  /** Rejects with the broker's refusal, or with `LogUnavailableError` when the time is over. */
  async #send(batch: Batch): Promise<void> {
    const { client, cluster } = this.#context
    const deadline = Math.min(...batch.parts.map(({ append }) => append.deadline))
    let unknownFate = false
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        cluster.assertOpen()
        const node = await cluster.leader(this.#topic.name, this.#partition)
        const producer = (this.#producer ??= await client.newProducer())
        unknownFate = true
        const { name: topic } = this.#topic
        const place = { topic, partition: this.#partition, producer, sequence: this.#sequence }
        await client.produce(node, { ...place, timestamp: Date.now(), records: batch.records })
        this.#sequence = (this.#sequence + batch.records.length) % SEQUENCES
        return
      } catch (error) {
        if (hasCode(error, CODES.DUPLICATE_SEQUENCE_NUMBER)) {
          this.#sequence = (this.#sequence + batch.records.length) % SEQUENCES
          return
        }
        if (isRefusal(error)) throw error
        this.#learn(error)
        const over = performance.now() + pause > deadline || batch.parts.every(({ append }) => append.isOver)
        if (over || !passesSoon(error)) {
          if (unknownFate) this.#newEpoch()
          throw error instanceof KafkaRequestError ? unavailable(error) : error
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  #learn(error: unknown): void {
    if (!(error instanceof KafkaRequestError)) return
    this.#context.cluster.forget(this.#topic.name)
    if (!lostIdentity(error.kafkaCode)) return
    this.#producer = undefined
    this.#sequence = 0
  }

  #newEpoch(): void {
    const producer = this.#producer
    this.#sequence = 0
    if (producer === undefined) return
    this.#producer = producer.epoch >= LAST_EPOCH ? undefined : { ...producer, epoch: producer.epoch + 1 }
  }
}
