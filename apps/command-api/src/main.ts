/** `npm run start:command-api`: takes commands, by REST. */
import { startApiParts, startRestServer, VAULT_KEY_MISSING, vaultKeysOf } from '@trunkline/command-http'
import { runApp, shareDataDir, whenAvailable } from '@trunkline/runtime'
import { openEventLog, openEventStore, openViewStore } from '@trunkline/stores'

await runApp({
  name: 'command-api',
  usage: `usage: npm run start:command-api [-- --help | --version]

Takes commands by REST (/v1, described at /v1/openapi.json) on HOST and PORT, with health and metrics. Needs VAULT_KEY, the
event store and the views, both in DATA_DIR, or in KurrentDB (KURRENTDB_URL) and MySQL (MYSQL_URL). A projector must run on
the same stores. Webhooks are sent by it as well; they need the event log, in DATA_DIR or Kafka (KAFKA_BROKERS).
`,
  start: async (parts) => {
    const { config, logger, health, metrics, shutdown } = parts
    if (vaultKeysOf(config) === undefined) throw new Error(VAULT_KEY_MISSING)
    const isShared = config.kurrentdbUrl !== undefined && config.mysqlUrl !== undefined
    if (!isShared) shutdown.add('lock', shareDataDir(config.dataDir, 'command-api'))
    const eventStore = await openEventStore(config)
    shutdown.add('event store', () => eventStore.close())
    const log = await openEventLog(config, logger)
    shutdown.add('event log', () => log.close())
    const store = await openViewStore(config)
    shutdown.add('view store', () => store.close())
    health.addReady('event store', async () => {
      await eventStore.read('trunkline-health', { limit: 1 })
      return { ok: true }
    })
    const look = () => store.all('SELECT id FROM provisioned LIMIT 1')
    health.addReady('views', async () => ({ ok: (await look()).length >= 0 }))
    await whenAvailable(look, { name: 'views, which a projector makes', logger, isLater: isYetToCome })
    const { routes } = await startApiParts(parts, { eventStore, store, log })
    const server = await startRestServer({ ...config, health, metrics, routes })
    shutdown.add('api', () => server.close())
    return `The command API takes commands at ${server.url}/v1; health and metrics at ${server.url}`
  },
})

/** The store is away, or nobody has made its tables yet. */
function isYetToCome(error: unknown): boolean {
  const { retryable, message } = error as { retryable?: unknown; message?: unknown }
  return retryable === true || /no such table|doesn't exist/i.test(String(message))
}
