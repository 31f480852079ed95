import { join } from 'node:path'
import { createAccess, developmentSecret, issueToken, ALL_TENANTS } from '@trunkline/access'
import { parseEslSwitches, type SwitchSetting } from '@trunkline/esl'
import { startEslListener } from '@trunkline/esl-listening'
import { startGraphqlApi } from '@trunkline/graphql-api'
import { openChannels, startViews } from '@trunkline/projection'
import { lockDataDir, type AppParts, type Metrics } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import { SIMULATED, startSimulation } from './simulation.js'

export interface Standalone {
  /** http://host:port */
  readonly url: string
  /** What it listens to, in words, without secrets. */
  readonly sources: readonly string[]
  readonly simulated: boolean
  /** Development mode alone. */
  readonly adminToken: string | undefined
}

const TOKEN_SECONDS = 12 * 3600

/** Starts everything in one process. What was started before a failure is stopped by `shutdown.run()`. */
export async function startStandalone(parts: AppParts): Promise<Standalone> {
  const { config, logger, shutdown, health, metrics } = parts
  const { dataDir, mode, host, port } = config
  // Wrong settings come to light before anything is started.
  const switches = config.eslSwitches === undefined ? [] : parseEslSwitches(config.eslSwitches)
  shutdown.add('lock', lockDataDir(dataDir))
  const secret = config.jwtSecret ?? (config.jwksUrl === undefined ? developmentSecret(dataDir) : undefined)
  const access = createAccess({ secret, jwksUrl: config.jwksUrl })

  const log = openSqliteEventLog({ directory: join(dataDir, 'log'), retainMs: config.retainMs })
  shutdown.add('event log', () => log.close())
  const store = openSqliteViewStore({ file: join(dataDir, 'views.sqlite') })
  shutdown.add('view store', () => store.close())
  const views = await startViews({ log, store, logger, metrics, health })
  shutdown.add('views', () => views.close())

  const api = await startGraphqlApi({
    host,
    port,
    store,
    log,
    access,
    logger,
    development: mode === 'development',
    health: async () => {
      const { ok, checks } = await health.ready()
      return { ready: ok, checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check.ok])) }
    },
    metricsText: async () => (await metrics.scrape()).body,
  })
  shutdown.add('api', () => api.close())

  const sources = switches.map(describeSwitch)
  if (config.simulated) {
    const simulation = await startSimulation(config.simulatedSpeed)
    shutdown.add('simulated switch', () => simulation.close())
    switches.push(...parseEslSwitches(`${SIMULATED}=${simulation.url}`))
    sources.push(`a simulated switch at ${config.simulatedSpeed} × speed`)
  }
  const listener = startEslListener({
    switches,
    log,
    spoolDir: join(dataDir, 'spool'),
    logger,
    openChannels: (name) => openChannels(store, name),
  })
  shutdown.add('listener', () => listener.close())
  watchListener(metrics, () => listener.status())

  const adminToken =
    mode === 'development' && secret !== undefined
      ? await issueToken(secret, { role: 'admin', tenant: ALL_TENANTS, user: 'admin', ttlSeconds: TOKEN_SECONDS })
      : undefined
  return { url: api.url, sources, simulated: config.simulated, adminToken }
}

function describeSwitch({ name, address }: SwitchSetting): string {
  return `FreeSWITCH ${name} at ${address.host}:${address.port}`
}

type ListenerStatus = ReturnType<ReturnType<typeof startEslListener>['status']>

function watchListener(metrics: Metrics, status: () => ListenerStatus): void {
  const connected = { name: 'switch_connected', help: '1 when the listener is connected', labels: ['switch'] }
  metrics.gauge(connected, (gauge) => {
    for (const { name, connected } of status().switches) gauge.set({ switch: name }, connected ? 1 : 0)
  })
  metrics.gauge({ name: 'listener_queued_facts', help: 'Facts that wait to be appended to the log' }, (gauge) =>
    gauge.set(status().sink.queued),
  )
  metrics.gauge({ name: 'listener_spooled_bytes', help: 'Facts on disk while the log is away' }, (gauge) =>
    gauge.set(status().sink.spooledBytes),
  )
}
