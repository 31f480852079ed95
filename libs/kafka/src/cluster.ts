import { LogUnavailableError } from '@trunkline/ports'
import type { KafkaClient } from './client/kafka-client.js'
import { CODES, hasCode, isRefusal, KafkaRequestError, passesSoon } from './kafka-errors.js'
import { harmOf, maxRecordBytesOf, specificationOf, type KafkaTopicOptions } from './kafka-topics.js'

/** What the adapter needs of a logger; pino's fits. */
export interface KafkaLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface ClusterOptions {
  readonly topics: KafkaTopicOptions
  /** Stands before the name of a stream in the name of its topic. */
  readonly prefix: string
  readonly timeoutMs: number
  readonly logger: KafkaLogger
}

export interface Topic {
  readonly name: string
  readonly partitions: number
  /** Largest batch that it takes, bytes. */
  readonly maxBytes: number
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/** Knows the topics and who leads what, makes topics that are missing, and tries again what passes. */
export class Cluster {
  readonly #client: KafkaClient
  readonly #options: ClusterOptions
  readonly #topics = new Map<string, Promise<Topic>>()
  readonly #leaders = new Map<string, Promise<readonly number[]>>()
  #closed = false

  constructor(client: KafkaClient, options: ClusterOptions) {
    this.#client = client
    this.#options = options
  }

  /** The topic of a stream, made when there is none. Throws `LogUnavailableError`. */
  topic(stream: string): Promise<Topic> {
    let found = this.#topics.get(stream)
    if (found === undefined) {
      if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(stream)) throw new TypeError(`not a name of a stream: ${stream}`)
      found = this.trying(() => this.#prepare(stream))
      found.catch(() => this.#topics.delete(stream))
      this.#topics.set(stream, found)
    }
    return found
  }

  async #prepare(stream: string): Promise<Topic> {
    const { prefix, topics, logger } = this.#options
    const name = prefix + stream
    const metadata = await this.#client.metadata(name)
    if (metadata === undefined) return await this.#create(name, stream)
    const settings = await this.#client.settings(name).catch((error: unknown) => {
      // Not everybody may read settings; then the broker's defaults are assumed, and it refuses what it must.
      if (hasCode(error, CODES.TOPIC_AUTHORIZATION_FAILED)) return new Map<string, string>()
      throw error
    })
    for (const harm of harmOf(settings, metadata.replicationFactor, topics)) logger.warn({ topic: name }, harm)
    return { name, partitions: metadata.leaders.length, maxBytes: maxRecordBytesOf(settings) }
  }

  async #create(name: string, stream: string): Promise<never> {
    const specification = specificationOf(name, stream, this.#options.topics)
    try {
      await this.#client.createTopic(specification)
      this.#options.logger.info({ ...specification }, 'made a topic')
    } catch (error) {
      if (!hasCode(error, CODES.TOPIC_ALREADY_EXISTS)) throw error
    }
    // Brokers learn of it within moments: look again.
    throw new KafkaRequestError(CODES.UNKNOWN_TOPIC_OR_PARTITION, `the topic ${name} was made just now`)
  }

  /** Node that leads a partition. Throws `KafkaRequestError` when none does. */
  async leader(topic: string, partition: number): Promise<number> {
    let leaders = this.#leaders.get(topic)
    if (leaders === undefined) {
      leaders = this.#client.metadata(topic).then((metadata) => {
        if (metadata !== undefined) return metadata.leaders
        // Somebody deleted it: the next append makes it again.
        this.#topics.delete(topic.slice(this.#options.prefix.length))
        throw new KafkaRequestError(CODES.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${topic}`)
      })
      leaders.catch(() => this.#leaders.delete(topic))
      this.#leaders.set(topic, leaders)
    }
    const node = (await leaders)[partition] ?? -1
    if (node >= 0) return node
    this.forget(topic)
    throw new KafkaRequestError(CODES.LEADER_NOT_AVAILABLE, `nobody leads partition ${partition} of ${topic}`)
  }

  /** What is known of the leaders of a topic may be wrong. */
  forget(topic: string): void {
    this.#leaders.delete(topic)
  }

  /**
   * Runs a request until it succeeds or its time is over. Throws {@link LogUnavailableError}; refusals of records are
   * handed on as they are.
   */
  async trying<T>(work: () => Promise<T>, deadline = performance.now() + this.#options.timeoutMs): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      this.assertOpen()
      try {
        return await work()
      } catch (error) {
        if (isRefusal(error) || !(error instanceof KafkaRequestError)) throw error
        if (!passesSoon(error) || this.#closed || performance.now() + pause > deadline) throw unavailable(error)
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  assertOpen(): void {
    if (this.#closed) throw new LogUnavailableError('the event log is closed')
  }

  close(): void {
    this.#closed = true
  }
}

export function unavailable(error: unknown): LogUnavailableError {
  return new LogUnavailableError(`Kafka: ${(error as Error).message}`, { cause: error })
}
