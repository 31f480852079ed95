/** `npm start`: everything in one process. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createLogger, describeConfig, HealthRegistry, loadConfig, Shutdown, type Config } from '@trunkline/runtime'
import { banner } from './banner.js'
import { explain } from './explain.js'
import { startStandalone } from './standalone.js'
import { USAGE } from './usage.js'

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function options(): { help?: boolean; version?: boolean } {
  try {
    return parseArgs({ options: { help: { type: 'boolean' }, version: { type: 'boolean' } } }).values
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`)
  }
}

function configuration(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    return fail((error as Error).message)
  }
}

const { help, version } = options()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (version) {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  process.stdout.write(`${(JSON.parse(text) as { version: string }).version}\n`)
  process.exit(0)
}

const config = configuration()
const logger = createLogger({ level: config.logLevel, name: 'trunkline', fd: 2 })
const health = new HealthRegistry()
const shutdown = new Shutdown({ logger, onBegin: () => health.stopping() })
shutdown.listen()
logger.info({ mode: config.mode, simulated: config.simulated, settings: describeConfig(process.env) }, 'starting')
if (config.simulated) logger.warn('no switch is configured: a SIMULATED switch plays captured calls')
try {
  process.stdout.write(banner(await startStandalone({ config, logger, shutdown, health }), config))
} catch (error) {
  logger.debug({ err: error }, 'could not start')
  await shutdown.run()
  fail(explain(error, config))
}
