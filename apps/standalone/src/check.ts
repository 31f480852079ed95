/** `npm run check`: are the settings right, and can every store that they name be used? */
import { parseArgs } from 'node:util'
import { createLogger, loadConfig, type Config } from '@trunkline/runtime'
import { checkStores } from '@trunkline/stores'
import { readSources } from './listeners.js'

const USAGE = `usage: npm run check [-- --help]

Reads the settings, tries the event log, the view store, the event store and the object store as the apps will use them,
and says what it found. Ends with 1 when one of them cannot be used, with 2 when the settings are wrong. Topics, tables and
folders that a first start would make are made; nothing else is left behind.
`

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function configuration(): Config {
  try {
    const { help } = parseArgs({ options: { help: { type: 'boolean' } } }).values
    if (help) {
      process.stdout.write(USAGE)
      process.exit(0)
    }
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`)
  }
  try {
    const config = loadConfig(process.env)
    readSources(config)
    return config
  } catch (error) {
    return fail((error as Error).message)
  }
}

const config = configuration()
const logger = createLogger({ level: config.logLevel === 'info' ? 'warn' : config.logLevel, name: 'check', fd: 2 })
const checks = await checkStores(config, logger)
for (const { store, where, found, problem } of checks) {
  const verdict = problem === undefined ? `ok      ${found}` : `FAILED  ${problem}`
  process.stdout.write(`${store.padEnd(13)} ${verdict}\n${' '.repeat(14)}${where}\n`)
}
process.exit(checks.every(({ problem }) => problem === undefined) ? 0 : 1)
