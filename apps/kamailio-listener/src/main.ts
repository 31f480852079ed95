/** `npm run start:kamailio-listener`: what Kamailio nodes tell, as facts into the switch stream. */
import { describeKamailioNode, parseKamailioNodes, startKamailioListener } from '@trunkline/kamailio-listening'
import { runApp, shareDataDir, startOpsServer } from '@trunkline/runtime'
import { openEventLog } from '@trunkline/stores'

await runApp({
  name: 'kamailio-listener',
  usage: `usage: npm run start:kamailio-listener [-- --help | --version]

Listens to the nodes of KAMAILIO_NODES and appends what they tell to the switch stream, in DATA_DIR or in Kafka
(KAFKA_BROKERS). With Kafka several may hear the same nodes: they take turns.
Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    if (config.kamailioNodes === undefined) throw new Error('KAMAILIO_NODES is not set: there is no node to listen to')
    const nodes = parseKamailioNodes(config.kamailioNodes)
    if (config.kafka === undefined) shutdown.add('lock', shareDataDir(config.dataDir, 'kamailio-listener'))
    const log = await openEventLog(config, logger)
    shutdown.add('event log', () => log.close())
    const listener = startKamailioListener({ nodes, log, logger })
    shutdown.add('listener', () => listener.close())
    health.addReady('log', () => ({ ok: !listener.status().logAway }))
    const connected = { name: 'switch_connected', help: '1 when the listener is connected', labels: ['switch'] }
    metrics.gauge(connected, (gauge) => {
      for (const { name, connected } of listener.status().nodes) gauge.set({ switch: name }, connected ? 1 : 0)
    })
    const ops = await startOpsServer({ ...config, health, metrics })
    shutdown.add('health', () => ops.close())
    return `The listener is running for ${nodes.map(describeKamailioNode).join(', ')}; health and metrics at ${ops.url}`
  },
})
