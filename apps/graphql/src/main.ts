/** `npm run start:graphql`: the API alone, beside whatever writes the views and the log in the same data folder. */
import { join } from 'node:path'
import { createAccess, developmentSecret } from '@trunkline/access'
import { startGraphqlApi } from '@trunkline/graphql-api'
import { createLogger, describeConfig, HealthRegistry, loadConfig, Metrics, Shutdown } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'

function fail(error: unknown): never {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(2)
}

function configuration() {
  try {
    return loadConfig(process.env)
  } catch (error) {
    return fail(error)
  }
}

const { dataDir, host, jwksUrl, jwtSecret, logLevel, mode, port } = configuration()
const logger = createLogger({ level: logLevel, name: 'graphql', fd: 2 })
const health = new HealthRegistry()
const metrics = new Metrics()
const shutdown = new Shutdown({ logger, onBegin: () => health.stopping() })
shutdown.listen()
logger.info({ mode, settings: describeConfig(process.env) }, 'starting')

try {
  const secret = jwtSecret ?? (jwksUrl === undefined ? developmentSecret(dataDir) : undefined)
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
      return { ready: ok, checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check.ok])) }
    },
    metricsText: async () => (await metrics.scrape()).body,
  })
  shutdown.add('api', () => api.close())
  process.stdout.write(`GraphQL at ${api.url}/graphql\n`)
} catch (error) {
  await shutdown.run()
  fail(error)
}
