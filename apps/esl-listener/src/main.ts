/** `npm run start:esl-listener`: what FreeSWITCH switches tell, as facts into the switch stream. */
import { join } from 'node:path'
import { parseEslSwitches } from '@trunkline/esl'
import { startEslListener } from '@trunkline/esl-listening'
import { openChannels } from '@trunkline/projection'
import { DataDirInUseError, runApp, shareDataDir, startOpsServer } from '@trunkline/runtime'
import { openEventLog, openViewStore } from '@trunkline/stores'

const MOST_LISTENERS = 8

await runApp({
  name: 'esl-listener',
  usage: `usage: npm run start:esl-listener [-- --help | --version]

Listens to the switches of ESL_SWITCHES and appends what they tell to the switch stream, in DATA_DIR or in Kafka
(KAFKA_BROKERS). While that is away, facts wait on disk, in DATA_DIR. Several may hear the same switches.
Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    if (config.eslSwitches === undefined) throw new Error('ESL_SWITCHES is not set: there is no switch to listen to')
    const switches = parseEslSwitches(config.eslSwitches)
    const { slot, release } = claimSlot(config.dataDir)
    shutdown.add('lock', release)
    const log = await openEventLog(config, logger)
    shutdown.add('event log', () => log.close())
    // a listener that was killed does not know any more which calls it saw begin; the views do, once there are any
    const views = await openViewStore(config, { readonly: true })
    shutdown.add('views', () => views.close())
    const listener = startEslListener({
      switches,
      log,
      spoolDir: join(config.dataDir, `spool-${slot}`),
      logger,
      openChannels: (name) => openChannels(views, name),
    })
    shutdown.add('listener', () => listener.close())
    health.addReady('log', () => ({ ok: !listener.status().sink.logAway }))
    const connected = { name: 'switch_connected', help: '1 when the listener is connected', labels: ['switch'] }
    metrics.gauge(connected, (gauge) => {
      for (const { name, connected } of listener.status().switches) gauge.set({ switch: name }, connected ? 1 : 0)
    })
    metrics.gauge({ name: 'listener_queued_facts', help: 'Facts that wait to be appended to the log' }, (gauge) =>
      gauge.set(listener.status().sink.queued),
    )
    metrics.gauge({ name: 'listener_spooled_bytes', help: 'Facts on disk while the log is away' }, (gauge) =>
      gauge.set(listener.status().sink.spooledBytes),
    )
    const ops = await startOpsServer({ ...config, health, metrics })
    shutdown.add('health', () => ops.close())
    const names = switches.map(({ name, address }) => `${name} at ${address.host}:${address.port}`)
    return `The listener is running for ${names.join(', ')}; health and metrics at ${ops.url}`
  },
})

/** Several listeners may hear the same switches, so that one can die: each has a spool of its own. */
function claimSlot(dataDir: string): { slot: number; release: () => void } {
  for (let slot = 1; ; slot++) {
    try {
      return { slot, release: shareDataDir(dataDir, `esl-listener-${slot}`) }
    } catch (error) {
      if (!(error instanceof DataDirInUseError) || slot === MOST_LISTENERS) throw error
    }
  }
}
