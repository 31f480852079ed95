import type { KafkaClient, OutgoingRecord } from './client/kafka-client.js'
import type { Cluster, Topic } from './cluster.js'
import { isRefusal, RecordRefusedError } from './kafka-errors.js'
import { PartitionWriter, type WriterContext } from './partition-writer.js'
import { partitionOfKey } from './partition-of-key.js'
import { PendingAppend } from './pending-append.js'

/** A record that waits to be sent, with its key as text. */
export interface KeyedRecord {
  readonly key: string
  readonly outgoing: OutgoingRecord
}

/** Bytes around the records of a batch. */
const BATCH_OVERHEAD = 100

/**
 * Appends to one stream, in the order of the calls. When an append fails, so that its caller will make it again, every
 * later one that is not done fails as well: otherwise its records would come to stand before those of the earlier one.
 */
export class StreamWriter {
  readonly #context: WriterContext
  readonly #stream: string
  readonly #partitions: PartitionWriter[] = []
  readonly #pending = new Set<PendingAppend>()
  #opening: Promise<Topic> | undefined
  #number = 0

  constructor(stream: string, client: KafkaClient, cluster: Cluster) {
    this.#stream = stream
    this.#context = { client, cluster, failed: (append, error) => this.#failed(append, error) }
  }

  async append(records: readonly KeyedRecord[], timeoutMs: number): Promise<void> {
    const append = new PendingAppend(this.#number++, records.length, performance.now() + timeoutMs)
    this.#pending.add(append)
    try {
      // All appends wait for this one promise, known or not, and so keep their order.
      const topic = await (this.#opening ??= this.#context.cluster.topic(this.#stream))
      if (!append.isOver) this.#enqueue(topic, append, records)
    } catch (error) {
      if (error instanceof RecordRefusedError) append.fail(error)
      else this.#failed(append, error)
    }
    try {
      await append.done
    } finally {
      this.#pending.delete(append)
    }
  }

  #enqueue(topic: Topic, append: PendingAppend, records: readonly KeyedRecord[]): void {
    const tooLarge = records.find(({ outgoing }) => outgoing.bytes + BATCH_OVERHEAD > topic.maxBytes)
    if (tooLarge !== undefined) {
      const { bytes } = tooLarge.outgoing
      throw new RecordRefusedError(`a record of about ${bytes} bytes; ${topic.name} takes ${topic.maxBytes} at most`)
    }
    if (topic.partitions === 1) {
      this.#writer(topic, 0).push({ append, records: records.map(({ outgoing }) => outgoing) })
      return
    }
    const parts = new Map<number, OutgoingRecord[]>()
    let lastKey: string | undefined
    let part: OutgoingRecord[] = []
    for (const { key, outgoing } of records) {
      if (key !== lastKey) {
        const partition = partitionOfKey(key, topic.partitions)
        part = parts.get(partition) ?? []
        parts.set(partition, part)
        lastKey = key
      }
      part.push(outgoing)
    }
    for (const [partition, some] of parts) this.#writer(topic, partition).push({ append, records: some })
  }

  #writer(topic: Topic, partition: number): PartitionWriter {
    return (this.#partitions[partition] ??= new PartitionWriter(this.#context, topic, partition))
  }

  #failed(failed: PendingAppend, error: unknown): void {
    if (isRefusal(error)) {
      failed.fail(new RecordRefusedError(`Kafka: ${(error as Error).message}`, { cause: error }))
      return
    }
    // The topic may be another one by now.
    this.#opening = undefined
    for (const append of this.#pending) if (append.number >= failed.number) append.fail(error)
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    await Promise.allSettled([...this.#pending].map(({ done }) => done))
  }
}
