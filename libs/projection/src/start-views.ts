import type { EventLog, ViewStore } from '@trunkline/ports'
import type { HealthRegistry, Logger, Metrics } from '@trunkline/runtime'
import { startProjector } from './projector.js'
import type { Projector, ProjectorHooks } from './projector-options.js'
import { startRelay, type Relay } from './relay.js'
import { allProjections, SHARED_TABLES } from './views.js'

export interface ViewsOptions {
  readonly log: EventLog
  readonly store: ViewStore
  readonly logger: Logger
  readonly metrics: Metrics
  readonly health: HealthRegistry
  readonly batchSize?: number
}

export interface Views {
  readonly projector: Projector
  readonly relay: Relay
  close(): Promise<void>
}

/** Failures in a row after which the process counts as not ready. */
const UNREADY_AFTER = 5

/** Projects all views and relays their events, with metrics and health: what `apps/projector` is. */
export async function startViews(options: ViewsOptions): Promise<Views> {
  const { log, store, logger, metrics, health } = options
  await store.createTables(SHARED_TABLES)
  let relay: Relay | undefined
  const projector = await startProjector({
    log,
    store,
    logger,
    projections: allProjections(),
    ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
    hooks: projectorHooks(metrics, () => relay?.wake()),
  })
  const published = metrics.counter({ name: 'relay_events_total', help: 'Events published from the outbox' })
  const failed = metrics.counter({ name: 'relay_retries_total', help: 'Publications that failed and were tried again' })
  try {
    const hooks = { published: (events: number) => published.inc(events), retried: () => failed.inc() }
    relay = await startRelay({ store, log, logger, hooks })
  } catch (error) {
    await projector.close()
    throw error
  }
  const running = relay
  health.addReady('projector', () => verdict(projector.status()))
  health.addReady('relay', () => verdict(running.status()))
  return {
    projector,
    relay: running,
    async close() {
      await projector.close()
      await running.close()
    },
  }
}

function verdict({ failures, problem }: { readonly failures: number; readonly problem: string | undefined }) {
  if (failures < UNREADY_AFTER) return { ok: true }
  return { ok: false, detail: problem ?? 'failing' }
}

function projectorHooks(metrics: Metrics, wake: () => void): ProjectorHooks {
  const records = metrics.counter({ name: 'projector_records_total', help: 'Records applied to the views' })
  const parked = metrics.counter({
    name: 'projector_parked_total',
    help: 'Records that a view could not take',
    labels: ['projection'],
  })
  const retries = metrics.counter({ name: 'projector_retries_total', help: 'Batches that failed and were tried again' })
  const seconds = metrics.histogram({
    name: 'projector_batch_seconds',
    help: 'Time from the first fact of a batch to its durable rows',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  })
  let reachedUs: number | undefined
  metrics.gauge(
    { name: 'projector_reached_seconds', help: 'Time of the newest applied record, since 1970' },
    (gauge) => {
      if (reachedUs !== undefined) gauge.set(reachedUs / 1_000_000)
    },
  )
  return {
    committed: (batch) => {
      records.inc(batch.records)
      seconds.observe(batch.tookMs / 1000)
      if (batch.events > 0) wake()
    },
    parked: ({ projection }) => parked.inc({ projection }),
    retried: () => retries.inc(),
    reached: (timeUs) => void (reachedUs = timeUs),
  }
}
