/** The requests of `KafkaClient` by kafkajs. */
import { CODES, hasCode, KafkaRequestError, NO_ANSWER } from '../kafka-errors.js'
import type {
  ClientOptions,
  FetchedPartition,
  FetchedRecord,
  KafkaClient,
  Lane,
  OutgoingBatch,
} from './kafka-client.js'
import {
  createKafkajsBroker,
  type KafkajsBroker,
  type KafkajsMessage,
  type KafkajsMetadata,
  type KafkajsPartition,
} from './kafkajs-internals.js'

const FETCH_BYTES = 64 * 1024 * 1024
const TOPIC = 2 // type of a resource
const GROUP = 0 // type of a coordinator's key
const NEXT = '-1'
const OLDEST = '-2'

interface Address {
  readonly host: string
  readonly port: number
}

export function createKafkajsClient(options: ClientOptions): KafkaClient {
  const { clientId, timeoutMs, tls, sasl } = options
  const settings = { clientId, timeoutMs, ssl: tls ?? null, sasl: sasl ?? null }
  const bootstrap = options.brokers.map(addressOf)
  const addresses = new Map<number, Address>()
  const brokers = new Map<string, ReturnType<typeof createKafkajsBroker>>()
  let controller = -1
  let closed = false

  async function connected(lane: Lane, { host, port }: Address): Promise<KafkajsBroker> {
    if (closed) throw new KafkaRequestError(NO_ANSWER, 'the client is closed')
    const name = `${lane} ${host}:${port}`
    let found = brokers.get(name)
    if (found === undefined) {
      found = createKafkajsBroker(host, port, settings)
      brokers.set(name, found)
    }
    const { broker } = found
    if (!broker.isConnected()) await broker.connect()
    return broker
  }

  /** One that is connected already, or else the first that can be. */
  async function anyBroker(lane: Lane): Promise<KafkajsBroker> {
    let trouble: unknown
    const all = [...addresses.values(), ...bootstrap]
    const isConnected = ({ host, port }: Address) =>
      brokers.get(`${lane} ${host}:${port}`)?.broker.isConnected() === true
    for (const address of [...all.filter(isConnected), ...all]) {
      try {
        return await connected(lane, address)
      } catch (error) {
        trouble = error
      }
    }
    throw trouble
  }

  async function ask<T>(lane: Lane, node: number | 'any', request: (broker: KafkajsBroker) => Promise<T>): Promise<T> {
    try {
      if (node === 'any') return await request(await anyBroker(lane))
      const address = addresses.get(node)
      if (address === undefined) throw new KafkaRequestError(NO_ANSWER, `broker ${node} is not known`)
      return await request(await connected(lane, address))
    } catch (error) {
      throw toRequestError(error)
    }
  }

  function learn(metadata: KafkajsMetadata): void {
    controller = metadata.controllerId
    for (const { nodeId, host, port } of metadata.brokers) addresses.set(nodeId, { host, port })
  }

  return {
    async metadata(topic) {
      try {
        const metadata = await ask('control', 'any', (broker) => broker.metadata([topic]))
        learn(metadata)
        const found = metadata.topicMetadata.find((one) => one.topic === topic)
        if (found === undefined) return undefined
        const partitions = found.partitionMetadata.toSorted((a, b) => a.partitionId - b.partitionId)
        const leaders = partitions.map(({ leader }) => leader)
        return { leaders, replicationFactor: partitions[0]?.replicas.length ?? 0 }
      } catch (error) {
        if (!hasCode(error, CODES.UNKNOWN_TOPIC_OR_PARTITION)) throw error
        learn(await ask('control', 'any', (broker) => broker.metadata([])))
        return undefined
      }
    },

    async createTopic({ topic, partitions, replicationFactor, settings }) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
      const specification = { topic, numPartitions: partitions, replicationFactor, configEntries }
      await ask('control', controller, (broker) => broker.createTopics({ topics: [specification], timeout: timeoutMs }))
    },

    async settings(topic) {
      const resources = [{ type: TOPIC, name: topic }]
      const answer = await ask('control', 'any', (broker) => broker.describeConfigs({ resources }))
      return new Map(answer.resources.flatMap(({ configEntries }) => configEntries.map(settingOf)))
    },

    async newProducer() {
      const request = { transactionalId: undefined, transactionTimeout: 60_000 }
      const answer = await ask('control', 'any', (broker) => broker.initProducerId(request))
      return { id: BigInt(answer.producerId), epoch: answer.producerEpoch }
    },

    async produce(node, batch) {
      await ask('produce', node, (broker) => broker.produce(produceRequest(batch, timeoutMs)))
    },

    async fetch(node, { lane, maxWaitMs, partitions }) {
      const settings = { replicaId: -1, isolationLevel: 0, maxWaitTime: maxWaitMs, maxBytes: FETCH_BYTES }
      const topics = () =>
        partitions().map(({ topic, partition, offset, maxBytes }) => {
          return { topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }
        })
      try {
        const { responses } = await ask(lane, node, (broker) => broker.fetch({ ...settings, topics: topics() }))
        return responses.flatMap(({ topicName, partitions: some }) => some.map((one) => fetchedOf(topicName, one)))
      } catch (error) {
        const place = placeOf(error)
        if (place === undefined) throw error
        const { kafkaCode } = error as KafkaRequestError
        return [{ ...place, errorCode: kafkaCode, highWatermark: 0, records: [], nextOffset: undefined }]
      }
    },

    async offset(node, { topic, partition }, which) {
      const timestamp = which === 'next' ? NEXT : OLDEST
      const topics = [{ topic, partitions: [{ partition, timestamp }] }]
      const request = { replicaId: -1, isolationLevel: 0, topics }
      const { responses } = await ask('control', node, (broker) => broker.listOffsets(request))
      const offset = responses[0]?.partitions[0]?.offset
      if (offset === undefined) throw new KafkaRequestError(NO_ANSWER, 'an answer without an offset')
      return Number(offset)
    },

    async coordinator(group) {
      const request = { groupId: group, coordinatorType: GROUP }
      const { coordinator } = await ask('control', 'any', (broker) => broker.findGroupCoordinator(request))
      addresses.set(coordinator.nodeId, { host: coordinator.host, port: coordinator.port })
      return coordinator.nodeId
    },

    async join(node, { group, memberId, sessionTimeoutMs, protocol, metadata }) {
      const times = { sessionTimeout: sessionTimeoutMs, rebalanceTimeout: sessionTimeoutMs }
      const groupProtocols = [{ name: protocol, metadata }]
      const request = { groupId: group, memberId, ...times, protocolType: 'consumer', groupProtocols }
      const answer = await ask(`group:${group}`, node, (broker) => broker.joinGroup(request))
      const members = answer.members.map((one) => ({ memberId: one.memberId, metadata: one.memberMetadata }))
      return { memberId: answer.memberId, generation: answer.generationId, leader: answer.leaderId, members }
    },

    async sync(node, { group, memberId, generation }, { assignments }) {
      const groupAssignment = assignments.map((one) => ({ memberId: one.memberId, memberAssignment: one.assignment }))
      const request = { groupId: group, generationId: generation, memberId, groupAssignment }
      return (await ask(`group:${group}`, node, (broker) => broker.syncGroup(request))).memberAssignment
    },

    async heartbeat(node, { group, memberId, generation }) {
      const request = { groupId: group, groupGenerationId: generation, memberId }
      await ask('control', node, (broker) => broker.heartbeat(request))
    },

    async leave(node, { group, memberId }) {
      await ask('control', node, (broker) => broker.leaveGroup({ groupId: group, memberId }))
    },

    interruptPoll(node) {
      const address = addresses.get(node)
      if (address !== undefined) brokers.get(`poll ${address.host}:${address.port}`)?.sever()
    },

    async close() {
      closed = true
      for (const { sever } of brokers.values()) sever()
      brokers.clear()
    },
  }
}

function settingOf({ configName, configValue }: { configName: string; configValue: string | null }) {
  return [configName, configValue ?? ''] as const
}

function produceRequest({ topic, partition, producer, sequence, timestamp, records }: OutgoingBatch, timeout: number) {
  const messages = records.map(({ key, value, headers }) => {
    return { key, value, headers: Object.fromEntries(headers), timestamp: String(timestamp) }
  })
  return {
    acks: -1,
    timeout,
    producerId: String(producer.id),
    producerEpoch: producer.epoch,
    topicData: [{ topic, partitions: [{ partition, firstSequence: sequence, messages }] }],
  }
}

function fetchedOf(
  topic: string,
  { partition, errorCode, highWatermark, messages }: KafkajsPartition,
): FetchedPartition {
  const last = messages.at(-1)?.batchContext
  const nextOffset = last === undefined ? undefined : Number(last.firstOffset) + last.lastOffsetDelta + 1
  const records = messages.filter(({ isControlRecord }) => !isControlRecord).map(recordOf)
  return { topic, partition, errorCode, highWatermark: Number(highWatermark), records, nextOffset }
}

function recordOf({ offset, timestamp, key, value, headers }: KafkajsMessage): FetchedRecord {
  const pairs = Object.entries(headers).flatMap(([name, some]) => {
    return Array.isArray(some) ? some.map((one) => [name, one] as const) : [[name, some] as const]
  })
  const bytes = (key?.length ?? 0) + (value?.length ?? 0) + 40 * pairs.length
  const wanted = (without: ReadonlySet<string>) =>
    pairs.filter(([name]) => !without.has(name)).map(([name, one]) => [name, one?.toString('utf8') ?? null] as const)
  return { offset: Number(offset), timestamp: Number(timestamp), key, value, bytes, headers: wanted }
}

/** kafkajs turns an error of one partition into an exception; of an offset out of range it says which one. */
function placeOf(error: unknown): { topic: string; partition: number } | undefined {
  if (!hasCode(error, CODES.OFFSET_OUT_OF_RANGE)) return undefined
  const { topic, partition } = (error as KafkaRequestError).cause as { topic?: string; partition?: number }
  return topic === undefined || partition === undefined ? undefined : { topic, partition }
}

function addressOf(address: string): Address {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

function toRequestError(error: unknown): KafkaRequestError {
  if (error instanceof KafkaRequestError) return error
  const [first] = error instanceof Error && 'errors' in error ? (error.errors as unknown[]) : []
  const { code, name, message, memberId } = (first ?? error) as Error & { code?: unknown; memberId?: string }
  if (name === 'KafkaJSSASLAuthenticationError')
    return new KafkaRequestError(CODES.SASL_AUTHENTICATION_FAILED, message, { cause: error })
  return new KafkaRequestError(typeof code === 'number' ? code : NO_ANSWER, message, { cause: error, memberId })
}
