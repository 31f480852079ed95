/** `npm run start:graphql`: the API alone, beside whatever writes the views and the log in the same data folder. */
import { join } from 'node:path'
import { createAccess, developmentSecret } from '@trunkline/access'
import { startGraphqlApi } from '@trunkline/graphql-api'
import { runApp } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'

await runApp({
  name: 'graphql',
  usage: `usage: npm run start:graphql [-- --help | --version]

Serves /graphql (HTTP and WebSocket), /calls.csv, health and metrics on HOST and PORT, from the views and the event
log in DATA_DIR, which a projector or a standalone Trunkline writes.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    const { dataDir, host, jwksUrl, mode, port } = config
    const secret = config.jwtSecret ?? (jwksUrl === undefined ? developmentSecret(dataDir) : undefined)
    const store = openSqliteViewStore({ file: join(dataDir, 'views.sqlite'), readonly: true })
    shutdown.add('view store', () => store.close())
    const log = openSqliteEventLog({ directory: join(dataDir, 'log') })
    shutdown.add('event log', () => log.close())
    health.addReady('views', async () => ({ ok: (await store.all('SELECT next_seq FROM outbox_state')).length > 0 }))
    const api = await startGraphqlApi({
      host,
      port,
      store,
      log,
      access: createAccess({ secret, jwksUrl }),
      logger,
      development: mode === 'development',
      health: async () => {
        const { ok, checks } = await health.ready()
        return { ready: ok, checks: Object.fromEntries(Object.entries(checks).map(([name, { ok }]) => [name, ok])) }
      },
      metricsText: async () => (await metrics.scrape()).body,
    })
    shutdown.add('api', () => api.close())
    return `GraphQL at ${api.url}/graphql`
  },
})
