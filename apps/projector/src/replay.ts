/** `npm run replay-parked`: applies parked records again. May run beside a running Trunkline. */
import { parseArgs } from 'node:util'
import { allProjections, replayParked } from '@trunkline/projection'
import { openViewStore } from '@trunkline/stores'
import { COMMAND_SETTINGS, commandConfig, missingViews } from './command-stores.js'

const USAGE = `usage: npm run replay-parked

Applies the records that a view could not take (table parked_records) once more, oldest first, each in a transaction of
its own. What succeeds leaves the list; what fails stays, with the new reason. Trunkline may run meanwhile.

Exits with 0 when nothing is parked any more, with 1 when some records failed again, with 2 when it could not try.

Settings: ${COMMAND_SETTINGS}
`

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function asksForHelp(): boolean {
  try {
    return parseArgs({ options: { help: { type: 'boolean' } } }).values.help === true
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`)
  }
}

if (asksForHelp()) {
  process.stdout.write(USAGE)
  process.exit(0)
}

try {
  const config = commandConfig(process.env)
  const missing = missingViews(config)
  if (missing !== undefined) fail(missing)
  const store = await openViewStore(config)
  const { replayed, failed } = await replayParked({ store, projections: allProjections() })
  await store.close()
  process.stdout.write(`${replayed} records replayed, ${failed} failed again\n`)
  process.exitCode = failed === 0 ? 0 : 1
} catch (error) {
  fail(`Nothing more was replayed: ${(error as Error).message}`)
}
