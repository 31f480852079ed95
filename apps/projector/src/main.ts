/** `npm run start:projector`: projects the switch stream into the views and publishes their events. */
import { join } from 'node:path'
import { startViews } from '@trunkline/projection'
import { runApp, shareDataDir, startOpsServer } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'

await runApp({
  name: 'projector',
  usage: `usage: npm run start:projector [-- --help | --version]

Projects the switch stream in DATA_DIR into the views there, and publishes calls and presence events.
Health and metrics are served on HOST and PORT.
`,
  start: async ({ config, logger, health, metrics, shutdown }) => {
    shutdown.add('lock', shareDataDir(config.dataDir, 'projector'))
    const log = openSqliteEventLog({ directory: join(config.dataDir, 'log'), retainMs: config.retainMs })
    shutdown.add('event log', () => log.close())
    const store = openSqliteViewStore({ file: join(config.dataDir, 'views.sqlite') })
    shutdown.add('view store', () => store.close())
    const views = await startViews({ log, store, logger, metrics, health })
    shutdown.add('views', () => views.close())
    const ops = await startOpsServer({ ...config, health, metrics })
    shutdown.add('health', () => ops.close())
    return `The projector is running on ${config.dataDir}; health and metrics at ${ops.url}`
  },
})
