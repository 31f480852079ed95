/** How the topics are made, and what of an existing one would do harm. */
import { STREAMS } from '@trunkline/ports'
import type { TopicSpecification } from './client/kafka-client.js'

export interface KafkaTopicOptions {
  /** Partitions of topics that do not exist yet; by stream by default, see {@link partitionsOf}. */
  readonly partitions?: number
  /** Copies of each partition; the broker's default (`default.replication.factor`) by default. 3 is right for service. */
  readonly replicationFactor?: number
  /** Copies that must have a record before it is acknowledged; the broker's default by default. 2 is right with 3 copies. */
  readonly minInsyncReplicas?: number
  /** How long records are kept, ms; for ever by default. */
  readonly retainMs?: number
  /** Largest batch, and so largest record, bytes; 16 MiB by default. */
  readonly maxRecordBytes?: number
}

const MAX_RECORD_BYTES = 16 * 1024 * 1024
/** What Kafka itself takes when nothing is set. */
const BROKER_MAX_RECORD_BYTES = 1_048_588

/**
 * The switch stream has a key for each switch, so 12 keeps a dozen switches apart; calls and presence have as many keys
 * as there are calls and users.
 */
const PARTITIONS: Readonly<Record<string, number>> = {
  [STREAMS.switch]: 12,
  [STREAMS.calls]: 24,
  [STREAMS.presence]: 24,
}

/** Changes of provisioning are few, and readers are promised all of them in order: one partition, whatever is set. */
export function partitionsOf(stream: string, options: KafkaTopicOptions): number {
  if (stream === STREAMS.provisioning) return 1
  return options.partitions ?? PARTITIONS[stream] ?? 12
}

/**
 * Old records go by age alone (`delete`): every stream is a history, and compaction would keep only the newest record of a
 * key. Time is that of the append, so that a switch with a wrong clock can neither lose its records nor keep them for ever.
 */
export function specificationOf(topic: string, stream: string, options: KafkaTopicOptions): TopicSpecification {
  return {
    topic,
    partitions: partitionsOf(stream, options),
    replicationFactor: options.replicationFactor ?? -1,
    settings: {
      'cleanup.policy': 'delete',
      'retention.ms': String(options.retainMs ?? -1),
      'retention.bytes': '-1',
      'max.message.bytes': String(options.maxRecordBytes ?? MAX_RECORD_BYTES),
      'message.timestamp.type': 'LogAppendTime',
      ...(options.minInsyncReplicas === undefined ? {} : { 'min.insync.replicas': String(options.minInsyncReplicas) }),
    },
  }
}

/** Largest batch that a topic takes, bytes. */
export function maxRecordBytesOf(settings: ReadonlyMap<string, string>): number {
  return Number(settings.get('max.message.bytes') ?? BROKER_MAX_RECORD_BYTES)
}

/** What is wrong with a topic that somebody else made, in sentences; none when it will do. */
export function harmOf(
  settings: ReadonlyMap<string, string>,
  replicationFactor: number,
  options: KafkaTopicOptions,
): string[] {
  const harm: string[] = []
  if (settings.get('cleanup.policy')?.includes('compact'))
    harm.push('cleanup.policy compacts: all but the newest record of a key will be lost')
  const retention = Number(settings.get('retention.ms') ?? -1)
  const wanted = options.retainMs ?? -1
  if (retention >= 0 && (wanted < 0 || retention < wanted))
    harm.push(`retention.ms is ${retention}: records go earlier than ${wanted < 0 ? 'never' : `after ${wanted} ms`}`)
  if (Number(settings.get('retention.bytes') ?? -1) >= 0)
    harm.push(`retention.bytes is ${settings.get('retention.bytes')}: records go whatever their age`)
  if (maxRecordBytesOf(settings) < BROKER_MAX_RECORD_BYTES)
    harm.push(`max.message.bytes is ${settings.get('max.message.bytes')}: larger records are refused`)
  const minimum = Number(settings.get('min.insync.replicas') ?? 1)
  if (minimum > replicationFactor)
    harm.push(`min.insync.replicas is ${minimum} with ${replicationFactor} copies: nothing can be written`)
  else if (minimum < (options.minInsyncReplicas ?? 1))
    harm.push(
      `min.insync.replicas is ${minimum}: a record may be acknowledged with fewer than ${options.minInsyncReplicas}`,
    )
  return harm
}
