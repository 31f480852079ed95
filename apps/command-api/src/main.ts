/**
 * `npm run start:command-api`: takes commands for the aggregates. This version has no aggregate, so GraphQL has no
 * mutations and needs nothing of this service yet: it keeps an eye on the event store, serves health and metrics, and
 * knows no other path. It stands here so that deployments and monitoring have its place.
 */
import { runApp, startOpsServer } from '@trunkline/runtime'
import { openEventStore } from '@trunkline/stores'

await runApp({
  name: 'command-api',
  usage: `usage: npm run start:command-api [-- --help | --version]

Takes commands. This version has none: it is ready when the event store, in DATA_DIR or in KurrentDB (KURRENTDB_URL), can
be read. Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, health, metrics, shutdown }) => {
    const store = await openEventStore(config)
    shutdown.add('event store', () => store.close())
    health.addReady('event store', async () => {
      await store.read('trunkline-health', { limit: 1 })
      return { ok: true }
    })
    const ops = await startOpsServer({ ...config, health, metrics })
    shutdown.add('health', () => ops.close())
    return `The command API is running; health and metrics at ${ops.url}`
  },
})
