/** `npm run rebuild -- VIEW`: builds a view anew beside the live one, then swaps. May run beside a running Trunkline. */
import { parseArgs } from 'node:util'
import { rebuildView, VIEWS, type Projection, type RebuildProgress } from '@trunkline/projection'
import {
  assertEventStoreHolds,
  EventStoreBehindViewsError,
  eventStoreLog,
  forgetProvisioned,
  ProvisioningProjection,
  PROVISIONING_VIEW,
} from '@trunkline/provisioning-views'
import type { ViewStore } from '@trunkline/ports'
import { createLogger, type Config, type Logger } from '@trunkline/runtime'
import { openEventLog, openEventStore, openViewStore } from '@trunkline/stores'
import { COMMAND_SETTINGS, commandConfig, missingViews } from './command-stores.js'

const names = [...Object.keys(VIEWS), PROVISIONING_VIEW]
const USAGE = `usage: npm run rebuild -- VIEW [--batch RECORDS]

Builds a view from the oldest record of the event log (provisioning: of the event store) into tables beside the live ones, catches up with the live
view, and puts the new tables into its place. Trunkline may run meanwhile; nothing is told twice.

Views: ${names.join(', ')}
Settings: ${COMMAND_SETTINGS}
`

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function options() {
  try {
    const help = { type: 'boolean' } as const
    return parseArgs({ options: { help, batch: { type: 'string' } }, allowPositionals: true })
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`)
  }
}

/** One line a second at most, and the last one. */
function progressLine(startedMs: number): (progress: RebuildProgress, last?: boolean) => void {
  let shownMs = startedMs
  return ({ records, reachedUs }, last = false) => {
    const nowMs = performance.now()
    if (!last && nowMs - shownMs < 1000) return
    shownMs = nowMs
    const perSecond = Math.round(records / ((nowMs - startedMs) / 1000))
    process.stdout.write(`${records} records, ${perSecond}/s, at ${new Date(reachedUs / 1000).toISOString()}\n`)
  }
}

/** What a view is made of, and by what. */
async function source(config: Config, store: ViewStore, logger: Logger) {
  const make = VIEWS[name!]
  if (make !== undefined) {
    const log = await openEventLog(config, logger)
    return { log, projection: make(), close: () => log.close() }
  }
  const eventStore = await openEventStore(config)
  try {
    await assertEventStoreHolds(eventStore, store)
  } catch (error) {
    if (!(error instanceof EventStoreBehindViewsError)) throw error
    await forgetProvisioned(store)
    process.stdout.write(
      'The event store was behind the view: the view is empty, and is filled by the next projector.\n',
    )
  }
  const projection = new ProvisioningProjection() as unknown as Projection
  return { log: eventStoreLog(eventStore), projection, close: () => eventStore.close() }
}

const { values, positionals } = options()
if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const [name, ...rest] = positionals
if (name === undefined || !names.includes(name) || rest.length > 0) {
  fail(`${name === undefined ? 'Which view?' : `There is no view ${positionals.join(' ')}.`}\n${USAGE}`)
}
const batchSize = values.batch === undefined ? undefined : Number(values.batch)
if (batchSize !== undefined && (!Number.isInteger(batchSize) || batchSize < 1))
  fail(`--batch must be a whole number above 0\n${USAGE}`)

try {
  const config = commandConfig(process.env)
  const missing = missingViews(config)
  if (missing !== undefined) fail(missing)
  const logger = createLogger({ level: config.logLevel, name: 'rebuild', fd: 2 })
  const store = await openViewStore(config)
  const { log, projection, close } = await source(config, store, logger)
  const progress = progressLine(performance.now())
  let latest: RebuildProgress | undefined
  const { records, parked, tookMs } = await rebuildView({
    log,
    store,
    projection,
    logger,
    ...(batchSize === undefined ? {} : { batchSize }),
    progress: (now) => progress((latest = now)),
  })
  if (latest !== undefined) progress(latest, true)
  await store.close()
  await close()
  const seconds = (tookMs / 1000).toFixed(1)
  process.stdout.write(
    `view ${name} rebuilt from ${records} records in ${seconds} s, ${parked} parked, and swapped in\n`,
  )
} catch (error) {
  fail(`The view was not rebuilt: ${(error as Error).message}`)
}
