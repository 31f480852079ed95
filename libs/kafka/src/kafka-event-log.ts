import type { EventLog, GroupMember, LogRecord, NewRecord, Position, ReadRequest } from '@trunkline/ports'
import type { KafkaClient } from './client/kafka-client.js'
import { createKafkajsClient } from './client/kafkajs-client.js'
import { createPlatformaticClient } from './client/platformatic-client.js'
import { decodeRecord, encodeRecord } from './cloud-event-record.js'
import { Cluster, type KafkaLogger } from './cluster.js'
import { GroupMembership } from './group-membership.js'
import type { KafkaConnection } from './kafka-brokers.js'
import type { KafkaTopicOptions } from './kafka-topics.js'
import { offsetAfter, toPosition } from './log-position.js'
import { NewsPoll } from './news-poll.js'
import { PartitionReader } from './partition-reader.js'
import { StreamWriter } from './stream-writer.js'

export interface KafkaEventLogOptions extends KafkaConnection {
  /** How this process calls itself to the brokers; `trunkline` by default. */
  readonly clientId?: string
  /** The library that speaks to the brokers; see docs/adr/0007. `platformatic` by default. */
  readonly client?: 'platformatic' | 'kafkajs'
  /** Stands before the name of a stream in the name of its topic, so that several can share a cluster; '' by default. */
  readonly prefix?: string
  /** Settings of topics that do not exist yet; existing ones are used as they are. */
  readonly topics?: KafkaTopicOptions
  /** How long appends and reads are tried before they fail as unavailable, ms; 5000 by default. */
  readonly timeoutMs?: number
  /** A member of a group that is not heard for so long is replaced, ms; 10,000 by default. */
  readonly sessionTimeoutMs?: number
  readonly logger?: KafkaLogger
}

interface Times {
  readonly timeoutMs: number
  readonly sessionTimeoutMs: number
}

const SILENT: KafkaLogger = { info: () => undefined, warn: () => undefined }
const CLIENTS = { platformatic: createPlatformaticClient, kafkajs: createKafkajsClient }

/** Opens the event log that lives in Kafka (3.2 or newer). Connects when it is used first. */
export function openKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const { brokers, clientId = 'trunkline', client = 'platformatic', tls, sasl } = options
  const { timeoutMs = 5000, sessionTimeoutMs = 10_000 } = options
  const wire = CLIENTS[client]({ brokers, clientId, tls, sasl, timeoutMs, sessionTimeoutMs })
  return new KafkaEventLog(wire, options, { timeoutMs, sessionTimeoutMs })
}

class KafkaEventLog implements EventLog {
  readonly #client: KafkaClient
  readonly #cluster: Cluster
  readonly #options: KafkaEventLogOptions
  readonly #times: Times
  readonly #news: NewsPoll
  readonly #writers = new Map<string, StreamWriter>()
  readonly #readers = new Map<string, PartitionReader>()
  readonly #members = new Set<GroupMember>()

  constructor(client: KafkaClient, options: KafkaEventLogOptions, times: Times) {
    const { timeoutMs } = times
    const { topics = {}, prefix = '', logger = SILENT } = options
    this.#client = client
    this.#options = options
    this.#times = times
    this.#cluster = new Cluster(client, { topics, prefix, timeoutMs, logger })
    this.#news = new NewsPoll(client, this.#cluster)
  }

  async append(stream: string, records: readonly NewRecord[]): Promise<void> {
    this.#cluster.assertOpen()
    if (records.length === 0) return
    const keyed = records.map((record) => ({ key: record.key, outgoing: encodeRecord(stream, record) }))
    let writer = this.#writers.get(stream)
    if (writer === undefined) {
      writer = new StreamWriter(stream, this.#client, this.#cluster)
      this.#writers.set(stream, writer)
    }
    await writer.append(keyed, this.#times.timeoutMs)
  }

  async partitions(stream: string): Promise<number> {
    return (await this.#cluster.topic(stream)).partitions
  }

  async read({ stream, partition, after, limit }: ReadRequest): Promise<LogRecord[]> {
    const offset = offsetAfter(after)
    const reader = await this.#reader(stream, partition)
    const fetched = await reader.read(offset, limit)
    const origin = { stream, partition }
    return fetched.map((record) => decodeRecord(origin, record))
  }

  async end(stream: string, partition: number): Promise<Position | undefined> {
    const reader = await this.#reader(stream, partition)
    const next = await this.#cluster.trying(() => reader.end())
    return next === 0 ? undefined : toPosition(next - 1)
  }

  async waitForNews(request: Omit<ReadRequest, 'limit'> & { readonly signal: AbortSignal }): Promise<void> {
    const { stream, partition, after, signal } = request
    if (signal.aborted) return
    try {
      const reader = await this.#reader(stream, partition)
      const offset = reader.waitsAt(offsetAfter(after))
      if (offset !== undefined) await this.#news.wait(reader, offset, signal)
    } catch {
      // Promised never to reject: the reader meets the trouble when it reads. It must not spin until then.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async join(stream: string, group: string): Promise<GroupMember> {
    const topic = await this.#cluster.topic(stream)
    const { prefix = '', logger = SILENT } = this.#options
    const { sessionTimeoutMs } = this.#times
    const name = `${prefix}${group}`
    const membership = new GroupMembership({ client: this.#client, topic, group: name, sessionTimeoutMs, logger })
    this.#members.add(membership)
    return membership
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.close()))
    await Promise.all([...this.#writers.values()].map((writer) => writer.drained()))
    this.#cluster.close()
    this.#news.close()
    await this.#client.close()
  }

  async #reader(stream: string, partition: number): Promise<PartitionReader> {
    this.#cluster.assertOpen()
    const { name, partitions } = await this.#cluster.topic(stream)
    if (partition >= partitions) throw new RangeError(`${stream} has no partition ${partition}`)
    const place = `${stream}/${partition}`
    let reader = this.#readers.get(place)
    if (reader === undefined) {
      reader = new PartitionReader({ client: this.#client, cluster: this.#cluster }, name, partition)
      this.#readers.set(place, reader)
    }
    return reader
  }
}
