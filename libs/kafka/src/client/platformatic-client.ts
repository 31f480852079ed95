/** The requests of `KafkaClient` by @platformatic/kafka: its connections and protocol, with batches encoded by us. */
import { isIP } from 'node:net'
import {
  ConnectionPool,
  createTopicsV7,
  describeConfigsV4,
  fetchV12,
  findCoordinatorV4,
  GenericError,
  heartbeatV4,
  initProducerIdV4,
  joinGroupV7,
  leaveGroupV5,
  listOffsetsV7,
  metadataV12,
  MultipleErrors,
  produceV9,
  syncGroupV5,
  Writer,
  type Broker,
  type Connection,
  type ConnectionOptions,
  type Reader,
} from '@platformatic/kafka'
import { CODES, KafkaRequestError, NO_ANSWER } from '../kafka-errors.js'
import { parseFetchResponse } from './fetch-response.js'
import type { ClientOptions, FetchRequest, KafkaClient, Lane, OutgoingBatch } from './kafka-client.js'
import { encodeBatch } from './record-batch.js'

const ACKS_ALL = -1
const FETCH_BYTES = 64 * 1024 * 1024
const TOPIC = 2 // type of a resource
const GROUP = 0 // type of a coordinator's key
const NEXT = -1n
const OLDEST = -2n
/** Requests under way on one connection. */
const IN_FLIGHT = 64

/** Longest time for a connection, ms: there may be other brokers to try. */
const CONNECT_MS = 2000
/** Longer than any poll waits, ms. */
const POLL_MS = 10_000
const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

/** The part that all of the client's requests have: a connection, arguments, an answer. */
type Api<Arguments extends unknown[], Answer> = {
  async: (connection: Connection, ...args: Arguments) => Promise<Answer>
}

export function createPlatformaticClient(options: ClientOptions): KafkaClient {
  const bootstrap = options.brokers.map(brokerOf)
  const brokers = new Map<number, Broker>()
  const pools = new Map<Lane, ConnectionPool>()
  let controller = -1
  let closed = false

  function pool(lane: Lane): ConnectionPool {
    let found = pools.get(lane)
    if (found === undefined) {
      if (closed) throw new KafkaRequestError(NO_ANSWER, 'the client is closed')
      found = new ConnectionPool(options.clientId, connectionOptions(options, lane))
      // Without a listener, an error of a connection would end the process; each request hears of it by itself.
      found.on('connecting', ({ connection }) => connection.on('error', () => undefined))
      pools.set(lane, found)
    }
    return found
  }

  async function ask<Arguments extends unknown[], Answer>(
    lane: Lane,
    node: number | 'any',
    api: Api<Arguments, Answer>,
    ...args: Arguments
  ): Promise<Answer> {
    try {
      return await api.async(await connect(lane, node), ...args)
    } catch (error) {
      throw toRequestError(error)
    }
  }

  function connect(lane: Lane, node: number | 'any'): Promise<Connection> {
    if (node === 'any') return connectAny(pool(lane))
    const broker = brokers.get(node)
    if (broker === undefined) throw new KafkaRequestError(NO_ANSWER, `broker ${node} is not known`)
    return pool(lane).get(broker)
  }

  /** One that is connected already, so that a broker which does not answer is not asked first again and again. */
  function connectAny(found: ConnectionPool): Promise<Connection> {
    const all = [...brokers.values(), ...bootstrap]
    const connected = all.find((broker) => found.getEstablishedConnection(broker)?.isConnected())
    return connected === undefined ? found.getFirstAvailable(all) : found.get(connected)
  }

  return {
    async metadata(topic) {
      const answer = await ask('control', 'any', { async: (connection) => askMetadata(connection, topic) })
      controller = answer.controllerId
      for (const { nodeId, host, port } of answer.brokers) brokers.set(nodeId, { host, port })
      const found = answer.topics.find(({ name, errorCode }) => name === topic && errorCode === 0)
      if (found === undefined) return undefined
      const partitions = found.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      return {
        leaders: partitions.map(({ leaderId }) => leaderId),
        replicationFactor: partitions[0]?.replicaNodes.length ?? 0,
      }
    },

    async createTopic({ topic, partitions, replicationFactor, settings }) {
      const configs = Object.entries(settings).map(([name, value]) => ({ name, value }))
      const specification = { name: topic, numPartitions: partitions, replicationFactor, assignments: [], configs }
      await ask('control', controller, createTopicsV7.api, [specification], options.timeoutMs, false)
    },

    async settings(topic) {
      const resource = { resourceType: TOPIC, resourceName: topic, configurationKeys: null } as const
      const { results } = await ask('control', 'any', describeConfigsV4.api, [resource], false, false)
      return new Map(results.flatMap(({ configs }) => configs.map(({ name, value }) => [name, value ?? ''] as const)))
    },

    async newProducer() {
      const answer = await ask('control', 'any', initProducerIdV4.api, null, 60_000, -1n, -1)
      return { id: answer.producerId, epoch: answer.producerEpoch }
    },

    async produce(node, batch) {
      await ask('produce', node, { async: (connection) => sendBatch(connection, batch, options.timeoutMs) })
    },

    async fetch(node, request) {
      const answer = await ask(request.lane, node, { async: (connection) => sendFetch(connection, request) })
      if (answer.errorCode !== 0) throw new KafkaRequestError(answer.errorCode, `fetch: error ${answer.errorCode}`)
      return answer.partitions
    },

    async offset(node, { topic, partition }, which) {
      const timestamp = which === 'next' ? NEXT : OLDEST
      const place = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp }
      const answer = await ask('fetch', node, listOffsetsV7.api, -1, 0, [{ name: topic, partitions: [place] }])
      const offset = answer.topics[0]?.partitions[0]?.offset
      if (offset === undefined) throw new KafkaRequestError(NO_ANSWER, 'an answer without an offset')
      return Number(offset)
    },

    async coordinator(group) {
      const { coordinators } = await ask('control', 'any', findCoordinatorV4.api, GROUP, [group])
      const [found] = coordinators
      if (found === undefined) throw new KafkaRequestError(NO_ANSWER, 'an answer without a coordinator')
      brokers.set(found.nodeId, { host: found.host, port: found.port })
      return found.nodeId
    },

    async join(node, { group, memberId, sessionTimeoutMs, protocol, metadata }) {
      const protocols = [{ name: protocol, metadata }]
      const lane: Lane = `group:${group}`
      const times = [sessionTimeoutMs, sessionTimeoutMs] as const
      const answer = await ask(lane, node, joinGroupV7.api, group, ...times, memberId, null, 'consumer', protocols)
      return {
        memberId: answer.memberId,
        generation: answer.generationId,
        leader: answer.leader,
        members: answer.members,
      }
    },

    async sync(node, { group, memberId, generation }, { protocol, assignments }) {
      const lane: Lane = `group:${group}`
      const member = [group, generation, memberId, null] as const
      const answer = await ask(lane, node, syncGroupV5.api, ...member, 'consumer', protocol, assignments)
      return answer.assignment
    },

    async heartbeat(node, { group, memberId, generation }) {
      await ask('control', node, heartbeatV4.api, group, generation, memberId, null)
    },

    async leave(node, { group, memberId }) {
      await ask('control', node, leaveGroupV5.api, group, [{ memberId }])
    },

    interruptPoll(node) {
      const broker = brokers.get(node)
      if (broker === undefined) return
      pools.get('poll')?.getEstablishedConnection(broker)?.socket?.destroy()
    },

    async close() {
      closed = true
      for (const found of pools.values()) for (const [, connection] of found) connection.socket?.destroy()
      pools.clear()
    },
  }
}

type MetadataAnswer = Awaited<ReturnType<typeof metadataV12.api.async>>

/** An unknown topic, or one without a leader now, is an answer like another. */
async function askMetadata(connection: Connection, topic: string): Promise<MetadataAnswer> {
  try {
    return await metadataV12.api.async(connection, [{ name: topic }], false, false)
  } catch (error) {
    const { response } = error as { response?: MetadataAnswer }
    const known: readonly (number | undefined)[] = [CODES.UNKNOWN_TOPIC_OR_PARTITION, CODES.LEADER_NOT_AVAILABLE]
    if (response !== undefined && known.includes(codeOf(error))) return response
    throw error
  }
}

function sendBatch(connection: Connection, batch: OutgoingBatch, timeoutMs: number): Promise<unknown> {
  const records = encodeBatch(batch)
  const createRequest = () => {
    const writer = Writer.create().appendString(null).appendInt16(ACKS_ALL).appendInt32(timeoutMs)
    return writer
      .appendArray([batch], (topics) => {
        topics.appendString(batch.topic).appendArray([records], (partitions) => {
          partitions
            .appendInt32(batch.partition)
            .appendUnsignedVarInt(records.length + 1)
            .append(records)
        })
      })
      .appendTaggedFields()
  }
  const { key, version } = produceV9.api
  return new Promise((resolve, reject) => {
    connection.send(key, version, createRequest, produceV9.parseResponse, true, true, settle(resolve, reject))
  })
}

function sendFetch(connection: Connection, request: FetchRequest): Promise<ReturnType<typeof parseFetchResponse>> {
  const topics = request.partitions().map(({ topic, partition, offset, maxBytes }) => ({
    topicId: topic, // by name in this version
    partitions: [
      {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxBytes,
      },
    ],
  }))
  const createRequest = () => fetchV12.createRequest(request.maxWaitMs, 1, FETCH_BYTES, 0, 0, -1, topics, [], '')
  const parse = (_id: number, _key: number, _version: number, reader: Reader) =>
    parseFetchResponse(reader.buffer.slice(reader.position))
  const { key, version } = fetchV12.api
  return new Promise((resolve, reject) => {
    connection.send(key, version, createRequest, parse, true, true, settle(resolve, reject))
  })
}

function settle<T>(resolve: (value: T) => void, reject: (error: Error) => void) {
  return (error: Error | null, value?: T) => (error === null ? resolve(value as T) : reject(error))
}

function brokerOf(address: string): Broker {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

function connectionOptions(
  { brokers, timeoutMs, sessionTimeoutMs, tls, sasl }: ClientOptions,
  lane: Lane,
): ConnectionOptions {
  // The name of the server goes into the handshake, where addresses are not allowed.
  const namesOnly = brokers.every((broker) => isIP(brokerOf(broker).host) === 0)
  // A member that joins waits for all the others, who may need the whole session to do so.
  const waitMs = lane.startsWith('group:') ? sessionTimeoutMs : lane === 'poll' ? POLL_MS : 0
  return {
    connectTimeout: Math.min(timeoutMs, CONNECT_MS),
    requestTimeout: timeoutMs + waitMs,
    maxInflights: IN_FLIGHT,
    ...(tls === undefined ? {} : { tls, tlsServerName: namesOnly }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: MECHANISMS[sasl.mechanism] } }),
  }
}

function toRequestError(error: unknown): KafkaRequestError {
  if (error instanceof KafkaRequestError) return error
  const protocol = protocolErrorOf(error)
  const message = error instanceof Error ? messagesOf(error).join(': ') : String(error)
  const memberId = (protocol as { memberId?: string } | undefined)?.memberId
  return new KafkaRequestError(protocol?.['apiCode'] ?? NO_ANSWER, message, { cause: error, memberId })
}

function codeOf(error: unknown): number | undefined {
  return protocolErrorOf(error)?.['apiCode'] as number | undefined
}

/** The broker's own answer, wherever it stands in errors about errors. */
function protocolErrorOf(error: unknown): GenericError | undefined {
  if (error instanceof GenericError && typeof error['apiCode'] === 'number') return error
  const inner = error instanceof MultipleErrors ? error.errors : error instanceof Error ? [error.cause] : []
  return inner.map(protocolErrorOf).find((one) => one !== undefined)
}

function messagesOf(error: Error): string[] {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return [error.message, ...(inner instanceof Error ? messagesOf(inner) : [])]
}
