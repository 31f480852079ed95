import { issueToken, ALL_TENANTS } from '@trunkline/access'
import { startApiParts } from '@trunkline/command-http'
import { startGraphqlApi } from '@trunkline/graphql-api'
import { startViews } from '@trunkline/projection'
import { startProvisioningViews } from '@trunkline/provisioning-views'
import { lockDataDir, whenAvailable, type AppParts } from '@trunkline/runtime'
import { openEventLog, openEventStore, openViewStore } from '@trunkline/stores'
import { mountXmlCurl } from '@trunkline/xml-curl'
import { readSources, startListeners } from './listeners.js'
import { startProvisioning } from './provisioning.js'

export interface Standalone {
  /** http://host:port */
  readonly url: string
  /** What it listens to, in words, without secrets. */
  readonly sources: readonly string[]
  readonly simulated: boolean
  readonly takesCommands: boolean
  /** Development mode alone. */
  readonly adminToken: string | undefined
}

const TOKEN_SECONDS = 12 * 3600

/** Starts everything in one process. What was started before a failure is stopped by `shutdown.run()`. */
export async function startStandalone(parts: AppParts): Promise<Standalone> {
  const { config, logger, shutdown, health, metrics } = parts
  const { dataDir, mode, host, port } = config
  // Wrong settings come to light before anything is started.
  const sources = readSources(config)
  shutdown.add('lock', lockDataDir(dataDir))
  const log = await openEventLog(config, logger)
  shutdown.add('event log', () => log.close())
  const store = await openViewStore(config)
  shutdown.add('view store', () => store.close())
  const views = await whenAvailable(() => startViews({ log, store, logger, metrics, health }), {
    name: 'event log and view store',
    logger,
  })
  shutdown.add('views', () => views.close())
  const eventStore = await openEventStore(config)
  shutdown.add('event store', () => eventStore.close())
  let changed = () => {}
  const provisioned = await whenAvailable(
    () => startProvisioningViews({ eventStore, store, log, logger, metrics, health, changed: () => changed() }),
    { name: 'event store and view store', logger },
  )
  shutdown.add('provisioning views', () => provisioned.close())

  const { access, secret, writeSide, services, routes } = await startApiParts(parts, { eventStore, store, log })
  const api = await startGraphqlApi({
    host,
    port,
    trustedProxies: config.trustedProxies,
    store,
    log,
    access,
    services,
    openPersons: writeSide && ((sealed) => writeSide.vault.open(sealed)),
    routes: (server) => {
      routes(server)
      if (writeSide === undefined) return
      const { things, vault } = writeSide
      const { xmlCurlSecret, freeswitchGateways: gateways } = config
      mountXmlCurl(server, { things, vault, secret: xmlCurlSecret, logger, metrics, options: { gateways } })
    },
    logger,
    development: mode === 'development',
    health: async () => {
      const { ok, checks } = await health.ready()
      return { ready: ok, checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check.ok])) }
    },
    metricsText: async () => (await metrics.scrape()).body,
  })
  shutdown.add('api', () => api.close())

  const provisioner = await startProvisioning(parts, sources, { store, eventStore, writeSide })
  changed = () => provisioner?.nudge()
  const heard = await startListeners(parts, sources, { log, store })
  const adminToken =
    mode === 'development' && secret !== undefined
      ? await issueToken(secret, { role: 'admin', tenant: ALL_TENANTS, user: 'admin', ttlSeconds: TOKEN_SECONDS })
      : undefined
  return {
    url: api.url,
    sources: heard,
    simulated: config.simulated,
    takesCommands: writeSide !== undefined,
    adminToken,
  }
}
