/**
 * What the adapter needs of a Kafka client: single requests of the protocol, each to one broker, without retries. Who
 * leads, when to try again, in which order, and what an error means is decided once, by the adapter, for both clients.
 * Every method rejects with `KafkaRequestError` alone.
 */

/** Requests on one lane may wait for one another; those on different lanes never do. */
export type Lane = 'control' | 'produce' | 'fetch' | 'poll' | `group:${string}`

export interface ClientOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: import('node:tls').ConnectionOptions | undefined
  readonly sasl: Sasl | undefined
  /** Longest time for a connection, and for an answer beyond what a request itself waits for, ms. */
  readonly timeoutMs: number
  /** How long a group may take to decide, ms. */
  readonly sessionTimeoutMs: number
}

export interface Sasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export interface TopicMetadata {
  /** Node that leads each partition, -1 while there is none. */
  readonly leaders: readonly number[]
  readonly replicationFactor: number
}

export interface TopicSpecification {
  readonly topic: string
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly settings: Readonly<Record<string, string>>
}

/** A record ready to be written. */
export interface OutgoingRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** At most so many bytes within a batch. */
  readonly bytes: number
}

export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

export interface OutgoingBatch {
  readonly topic: string
  readonly partition: number
  readonly producer: ProducerIdentity
  /** Number of the first record; the broker drops a batch whose numbers it has. */
  readonly sequence: number
  /** ms since 1970. */
  readonly timestamp: number
  readonly records: readonly OutgoingRecord[]
}

export type Header = readonly [name: string, value: string | null]

/** A record as it was fetched; bytes are slices of a larger buffer. */
export interface FetchedRecord {
  readonly offset: number
  /** ms since 1970. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly bytes: number
  /** The headers, without those of the given names; broken UTF-8 is U+FFFD. Read when asked for, since most time goes here. */
  headers(without: ReadonlySet<string>): Header[]
}

export interface FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchRequest {
  readonly lane: 'fetch' | 'poll'
  /** How long the broker may wait for the first record, ms. */
  readonly maxWaitMs: number
  /** Called when the connection is there. */
  readonly partitions: () => readonly FetchPartition[]
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** 0: none. */
  readonly errorCode: number
  /** Offset of the next record to be written. */
  readonly highWatermark: number
  readonly records: readonly FetchedRecord[]
  /** Where to go on: after the last record, and after what is no record (control batches). Undefined: nothing was read. */
  readonly nextOffset: number | undefined
}

export interface PartitionPlace {
  readonly topic: string
  readonly partition: number
}

export interface GroupSession {
  readonly group: string
  readonly memberId: string
  readonly generation: number
}

export interface JoinRequest {
  readonly group: string
  /** '' at first. */
  readonly memberId: string
  readonly sessionTimeoutMs: number
  readonly protocol: string
  readonly metadata: Buffer
}

export interface Joined {
  readonly memberId: string
  readonly generation: number
  readonly leader: string
  /** Known to the leader alone. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[]
}

export interface Assignment {
  readonly memberId: string
  readonly assignment: Buffer
}

export interface KafkaClient {
  /** Undefined when there is no such topic. Asks any broker. */
  metadata(topic: string): Promise<TopicMetadata | undefined>
  /** Asks the controller, whichever node that is now. */
  createTopic(topic: TopicSpecification): Promise<void>
  /** Settings of a topic by name. */
  settings(topic: string): Promise<ReadonlyMap<string, string>>
  newProducer(): Promise<ProducerIdentity>
  produce(node: number, batch: OutgoingBatch): Promise<void>
  fetch(node: number, request: FetchRequest): Promise<FetchedPartition[]>
  /** Offset of the oldest kept record, or of the next record to be written. */
  offset(node: number, place: PartitionPlace, which: 'oldest' | 'next'): Promise<number>
  /** Node that coordinates a group. */
  coordinator(group: string): Promise<number>
  join(node: number, request: JoinRequest): Promise<Joined>
  sync(node: number, session: GroupSession, request: { protocol: string; assignments: Assignment[] }): Promise<Buffer>
  heartbeat(node: number, session: GroupSession): Promise<void>
  leave(node: number, session: GroupSession): Promise<void>
  /** Ends the long poll at a node: it fails with `NO_ANSWER`. */
  interruptPoll(node: number): void
  close(): Promise<void>
}
