/** `npm run start:projector`: projects the switch stream and the event store into the views, and publishes events. */
import { startViews } from '@trunkline/projection'
import { startProvisioningViews } from '@trunkline/provisioning-views'
import { runApp, shareDataDir, startOpsServer, whenAvailable } from '@trunkline/runtime'
import { openEventLog, openEventStore, openViewStore } from '@trunkline/stores'

await runApp({
  name: 'projector',
  usage: `usage: npm run start:projector [-- --help | --version]

Projects the switch stream and the event store into the views, and publishes calls, presence and provisioning events.
Stream and views are in DATA_DIR, or in Kafka (KAFKA_BROKERS) and MySQL (MYSQL_URL); with both of these, any number of
projectors share the work. The event store is in DATA_DIR, or in KurrentDB (KURRENTDB_URL).
Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    const isShared = config.kafka !== undefined && config.mysqlUrl !== undefined
    if (!isShared) shutdown.add('lock', shareDataDir(config.dataDir, 'projector'))
    const log = await openEventLog(config, logger)
    shutdown.add('event log', () => log.close())
    const store = await openViewStore(config)
    shutdown.add('view store', () => store.close())
    let running = false
    health.addReady('started', () => ({ ok: running }))
    const ops = await startOpsServer({ ...config, health, metrics })
    shutdown.add('health', () => ops.close())
    const start = () => startViews({ log, store, logger, metrics, health })
    const views = await whenAvailable(start, { name: 'event log and view store', logger })
    shutdown.add('views', () => views.close())
    const eventStore = await openEventStore(config)
    shutdown.add('event store', () => eventStore.close())
    const provisioned = await whenAvailable(
      () => startProvisioningViews({ eventStore, store, log, logger, metrics, health }),
      { name: 'event store and view store', logger },
    )
    shutdown.add('provisioning views', () => provisioned.close())
    running = true
    const where = isShared ? 'Kafka and MySQL' : config.dataDir
    return `The projector is running on ${where}; health and metrics at ${ops.url}`
  },
})
