import { join } from 'node:path'
import type { EventLog } from '@trunkline/ports'
import type { Config, Logger } from '@trunkline/runtime'
import { openSqliteEventLog } from '@trunkline/sqlite'

/**
 * The event log that the settings name: Kafka, or files in the data folder. Throws when `KAFKA_BROKERS` cannot be
 * read. The library of an engine is loaded only when that is used: it would delay every start.
 */
export async function openEventLog(
  config: Pick<Config, 'dataDir' | 'kafka' | 'retainMs'>,
  logger: Logger,
): Promise<EventLog> {
  const { dataDir, kafka, retainMs } = config
  if (kafka === undefined) return openSqliteEventLog({ directory: join(dataDir, 'log'), retainMs })
  const { openKafkaEventLog, parseKafkaBrokers } = await import('@trunkline/kafka')
  const { replication, partitions } = kafka
  return openKafkaEventLog({
    ...parseKafkaBrokers(kafka.brokers),
    client: kafka.client,
    logger,
    ...(kafka.topicPrefix === undefined ? {} : { prefix: kafka.topicPrefix }),
    topics: {
      retainMs,
      ...(partitions === undefined ? {} : { partitions }),
      // one copy may be away without stopping the writers
      ...(replication === undefined
        ? {}
        : { replicationFactor: replication, minInsyncReplicas: Math.max(1, replication - 1) }),
    },
  })
}
