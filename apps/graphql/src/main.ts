/** `npm run start:graphql`: the API alone, beside whatever writes the views and the log. */
import { startGraphqlApi } from '@trunkline/graphql-api'
import { runApp, whenAvailable } from '@trunkline/runtime'
import { openEventLog, openViewStore } from '@trunkline/stores'
import { startMutations } from './mutations.js'

await runApp({
  name: 'graphql',
  usage: `usage: npm run start:graphql [-- --help | --version]

Serves /graphql (HTTP and WebSocket), /calls.csv, health and metrics on HOST and PORT, from the views and the event
log in DATA_DIR, or in MySQL (MYSQL_URL) and Kafka (KAFKA_BROKERS), which a projector or a standalone Trunkline writes.
Takes mutations when it has VAULT_KEY and is not beside a standalone Trunkline on one folder; the event store is in DATA_DIR
or in KurrentDB (KURRENTDB_URL).
`,
  start: async (parts) => {
    const { config, logger, health, metrics, shutdown } = parts
    const { host, mode, port } = config
    const store = await openViewStore(config, { readonly: true })
    shutdown.add('view store', () => store.close())
    const log = await openEventLog(config, logger)
    shutdown.add('event log', () => log.close())
    const look = () => store.all('SELECT next_seq FROM outbox_state')
    await whenAvailable(look, { name: 'views, which a projector makes', logger, isLater: isYetToCome })
    health.addReady('views', async () => ({ ok: (await store.all('SELECT next_seq FROM outbox_state')).length > 0 }))
    const { access, services } = await startMutations(parts, { store, log })
    const vault = services?.writeSide?.vault
    const start = () =>
      startGraphqlApi({
        host,
        port,
        trustedProxies: config.trustedProxies,
        store,
        log,
        access,
        services,
        openPersons: vault && ((sealed) => vault.open(sealed)),
        logger,
        development: mode === 'development',
        health: async () => {
          const { ok, checks } = await health.ready()
          return { ready: ok, checks: Object.fromEntries(Object.entries(checks).map(([name, { ok }]) => [name, ok])) }
        },
        metricsText: async () => (await metrics.scrape()).body,
      })
    const api = await whenAvailable(start, { name: 'event log and view store', logger })
    shutdown.add('api', () => api.close())
    return `GraphQL at ${api.url}/graphql`
  },
})

/** The store is away, or nobody has made its tables yet. */
function isYetToCome(error: unknown): boolean {
  const { retryable, message } = error as { retryable?: unknown; message?: unknown }
  return retryable === true || /no such table|unable to open|doesn't exist/i.test(String(message))
}
