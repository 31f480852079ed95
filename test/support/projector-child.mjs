// A process of its own that projects some partitions, relays, or rebuilds a view; from the built libraries.
// node projector-child.mjs LOG_FOLDER VIEWS PARTITIONS [VIEW_TO_REBUILD]
import { openMysqlViewStore } from '@trunkline/mysql'
import { rebuildView, startViews, VIEWS } from '@trunkline/projection'
import { createLogger, HealthRegistry, Metrics } from '@trunkline/runtime'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'

const [folder, views, partitions, rebuilt] = process.argv.slice(2)
const own = partitions === '' ? [] : partitions.split(',').map(Number)
const log = openSqliteEventLog({ directory: folder })
log.join = async () => ({
  partitions: () => own,
  changed: (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  close: async () => undefined,
})
const store = views.startsWith('mysql:') ? openMysqlViewStore({ url: views }) : openSqliteViewStore({ file: views })
const logger = createLogger({ level: 'fatal', name: 'child', fd: 2 })
if (rebuilt === undefined) {
  const parts = { logger, metrics: new Metrics({ defaults: false }), health: new HealthRegistry() }
  const running = await startViews({ log, store, ...parts, batchSize: 50 })
  process.once('SIGTERM', async () => {
    await running.close()
    await store.close()
    await log.close()
    process.exit(0)
  })
  process.stdout.write('running\n')
} else {
  process.stdout.write('rebuilding\n')
  await rebuildView({ log, store, logger, projection: VIEWS[rebuilt](), batchSize: 200 })
  await store.close()
  await log.close()
}
