/**
 * The parts of kafkajs that send single requests. They are not exported: its public consumer cannot read from a place
 * without joining a group, and its producer decides about order and retries by itself. kafkajs 2.2.4 is its last version
 * and is named exactly in package.json, so the paths are safe.
 */
import { createRequire } from 'node:module'
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'

export interface KafkajsBroker {
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  metadata(topics: readonly string[]): Promise<KafkajsMetadata>
  produce(request: object): Promise<unknown>
  fetch(request: object): Promise<{ responses: { topicName: string; partitions: KafkajsPartition[] }[] }>
  listOffsets(request: object): Promise<{ responses: { partitions: { offset: string }[] }[] }>
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>
  createTopics(request: object): Promise<unknown>
  describeConfigs(
    request: object,
  ): Promise<{ resources: { configEntries: { configName: string; configValue: string | null }[] }[] }>
  findGroupCoordinator(request: object): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>
  joinGroup(request: object): Promise<{
    memberId: string
    generationId: number
    leaderId: string
    members: { memberId: string; memberMetadata: Buffer }[]
  }>
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: object): Promise<unknown>
  leaveGroup(request: object): Promise<unknown>
}

export interface KafkajsMetadata {
  readonly controllerId: number
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly partitionMetadata: readonly {
      readonly partitionId: number
      readonly leader: number
      readonly replicas: readonly number[]
    }[]
  }[]
}

export interface KafkajsPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly messages: readonly KafkajsMessage[]
}

export interface KafkajsMessage {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | Buffer[] | null>>
  readonly isControlRecord: boolean
  readonly batchContext: { readonly firstOffset: string; readonly lastOffsetDelta: number }
}

export interface ConnectionSettings {
  readonly clientId: string
  readonly timeoutMs: number
  readonly ssl: object | null
  readonly sasl: object | null
}

/** Longest time for a connection, ms: there may be other brokers to try. */
const CONNECT_MS = 2000

interface Pool {
  map(visit: (connection: { readonly socket?: { destroy(error: Error): void } }) => void): void
}

const require = createRequire(import.meta.url)
const Broker = require('kafkajs/src/broker/index.js') as new (options: object) => KafkajsBroker
const ConnectionPool = require('kafkajs/src/network/connectionPool.js') as new (options: object) => Pool
const createSocketFactory = require('kafkajs/src/network/socketFactory.js') as () => unknown
const { createLogger } = require('kafkajs/src/loggers/index.js') as {
  createLogger(options: { level: number; logCreator: () => () => void }): object
}

const { CompressionCodecs } = require('kafkajs') as { CompressionCodecs: Record<number, () => Codec> }

interface Codec {
  decompress(packed: Buffer): Promise<Buffer>
}

// It knows gzip alone by itself; a topic's `compression.type`, or another's producer, may be any of the others.
for (const [bits, algorithm] of Object.entries(compressionsAlgorithmsByBitmask)) {
  if (Number(bits) > 1)
    CompressionCodecs[Number(bits)] = () => ({ decompress: async (packed) => algorithm.decompressSync(packed) })
}

const logger = createLogger({ level: 0, logCreator: () => () => undefined })

/** A broker with connections of its own, not connected yet. `sever` ends them at once, whatever is under way. */
export function createKafkajsBroker(host: string, port: number, settings: ConnectionSettings) {
  const connectionPool = new ConnectionPool({
    host,
    port,
    logger,
    socketFactory: createSocketFactory(),
    clientId: settings.clientId,
    connectionTimeout: Math.min(settings.timeoutMs, CONNECT_MS),
    requestTimeout: settings.timeoutMs,
    enforceRequestTimeout: true,
    maxInFlightRequests: 64,
    ssl: settings.ssl,
    sasl: settings.sasl,
    reauthenticationThreshold: 10_000,
  })
  const authenticationTimeout = settings.timeoutMs
  const broker = new Broker({ connectionPool, logger, authenticationTimeout, allowAutoTopicCreation: false })
  return { broker, sever: () => connectionPool.map(({ socket }) => socket?.destroy(new Error('given up'))) }
}
