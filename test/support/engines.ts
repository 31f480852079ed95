/** The two sets of engines that the end-to-end tests run on: files in one folder, or a real Kafka and a real MariaDB. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaEventLog } from '@trunkline/kafka'
import { openMysqlViewStore } from '@trunkline/mysql'
import type { EventLog, ViewStore } from '@trunkline/ports'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { KafkaBroker, type KafkaBrokerOptions } from './kafka-broker.js'
import { startMariadb, type MariadbServer } from './mariadb-server.js'

/** One deployment: what its processes must be told, and the same log and views for the test itself. */
export interface Deployment {
  readonly dataDir: string
  /** Settings of the apps. */
  readonly env: Readonly<Record<string, string>>
  openLog(): EventLog
  openViews(): ViewStore
  /** Removes the folder. Stores that were opened are the caller's to close. */
  dispose(): Promise<void>
}

export interface Engines {
  readonly name: 'embedded' | 'engines'
  /** Undefined for the embedded ones. */
  readonly kafka: KafkaBroker | undefined
  readonly mariadb: MariadbServer | undefined
  /** A deployment of its own: empty log, empty views. */
  deploy(): Promise<Deployment>
  dispose(): Promise<void>
}

/** Few, so that one broker bears many deployments, and more than one, so that keys and projectors are spread. */
const PARTITIONS = 3

const folder = () => mkdtempSync(join(tmpdir(), 'trunkline-deployment-'))

export async function embeddedEngines(): Promise<Engines> {
  return {
    name: 'embedded',
    kafka: undefined,
    mariadb: undefined,
    async deploy() {
      const dataDir = folder()
      return {
        dataDir,
        env: { DATA_DIR: dataDir },
        openLog: () => openSqliteEventLog({ directory: join(dataDir, 'log') }),
        openViews: () => openSqliteViewStore({ file: join(dataDir, 'views.sqlite') }),
        dispose: async () => rmSync(dataDir, { recursive: true, force: true }),
      }
    },
    dispose: async () => undefined,
  }
}

/** Starts the servers; takes some seconds. */
export async function realEngines(broker: KafkaBrokerOptions = {}): Promise<Engines> {
  const mariadb = await startMariadb()
  const kafka = await KafkaBroker.start(broker).catch(async (error: unknown) => {
    await mariadb.dispose()
    throw error
  })
  let deployments = 0
  return {
    name: 'engines',
    kafka,
    mariadb,
    async deploy() {
      const dataDir = folder()
      const prefix = `d${++deployments}.`
      const url = await mariadb.createDatabase(`d${deployments}`)
      return {
        dataDir,
        env: {
          DATA_DIR: dataDir,
          KAFKA_BROKERS: kafka.address,
          KAFKA_TOPIC_PREFIX: prefix,
          KAFKA_PARTITIONS: String(PARTITIONS),
          MYSQL_URL: url,
        },
        openLog: () =>
          openKafkaEventLog({
            brokers: [kafka.address],
            prefix,
            topics: { partitions: PARTITIONS, replicationFactor: 1 },
          }),
        openViews: () => openMysqlViewStore({ url }),
        dispose: async () => rmSync(dataDir, { recursive: true, force: true }),
      }
    },
    async dispose() {
      await Promise.all([kafka.dispose(), mariadb.dispose()])
    },
  }
}

export const ENGINES = [
  ['embedded', embeddedEngines],
  ['engines', realEngines],
] as const
