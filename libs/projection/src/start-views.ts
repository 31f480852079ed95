import type { EventLog, NewRecord, ViewStore } from '@trunkline/ports'
import type { CheckResult, HealthRegistry, Logger, Metrics } from '@trunkline/runtime'
import { pause } from './pause.js'
import { callMetrics } from './call-metrics.js'
import { startProjector } from './projector.js'
import type { Projector, ProjectorHooks, ProjectorStatus } from './projector-options.js'
import { startRelay, type Relay, type RelayHooks, type RelayStatus } from './relay.js'
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
/** Records parked within five minutes after which it does. */
const UNREADY_PARKED = 20
/** Time without a publication, while events wait, after which it does; ms. */
const UNREADY_STUCK_MS = 30_000
/** A scrape waits no longer for the log to say where it ends; ms. */
const LAG_MS = 2000
/** Whoever reads this partition of the switch stream publishes. */
const RELAYS_PARTITION = 0

/**
 * Projects all views and relays their events, with metrics and health: what `apps/projector` is. Any number of
 * processes may do so on one log and one store: they share the partitions, and one of them relays.
 */
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
  try {
    relay = await startRelay({
      store,
      log,
      logger,
      isActive: () => projector.status().partitions.includes(RELAYS_PARTITION),
      hooks: relayHooks(
        metrics,
        callMetrics(metrics, store, () => relay?.status().active ?? false),
      ),
    })
  } catch (error) {
    await projector.close()
    throw error
  }
  const running = relay
  measure({ projector, relay: running, metrics })
  health.addReady('projector', () => projectorVerdict(projector.status()))
  health.addReady('relay', () => relayVerdict(running.status()))
  return {
    projector,
    relay: running,
    async close() {
      await projector.close()
      await running.close()
    },
  }
}

function projectorVerdict(status: ProjectorStatus): CheckResult {
  const { failures, problem, parkedLately, partitions } = status
  if (failures >= UNREADY_AFTER) return { ok: false, detail: problem ?? 'failing' }
  if (parkedLately >= UNREADY_PARKED) return { ok: false, detail: `${parkedLately} records parked in five minutes` }
  return { ok: true, detail: `partitions ${partitions.length === 0 ? 'none' : partitions.join(', ')}` }
}

function relayVerdict({ active, failures, problem, stuckMs }: RelayStatus): CheckResult {
  if (failures >= UNREADY_AFTER) return { ok: false, detail: problem ?? 'failing' }
  if (stuckMs >= UNREADY_STUCK_MS) {
    return { ok: false, detail: `no event was published for ${Math.round(stuckMs / 1000)} s while some wait` }
  }
  return { ok: true, detail: active ? 'publishing' : 'another projector publishes' }
}

function measure({ projector, relay, metrics }: { projector: Projector; relay: Relay; metrics: Metrics }): void {
  metrics.gauge(
    {
      name: 'projector_lag_records',
      help: 'Records of the log that a projection has not applied yet, of the partitions held',
      labels: ['partition', 'projection'],
    },
    async (gauge) => {
      // partitions that were lost are another's to report; a log that is away has no end to compare with
      const late = pause(LAG_MS, new AbortController().signal).then(() => [])
      const lags = await Promise.race([projector.lag().catch(() => []), late])
      gauge.reset()
      for (const { partition, projection, records } of lags) gauge.set({ partition, projection }, records)
    },
  )
  metrics.gauge({ name: 'projector_partitions', help: 'Partitions that this projector reads' }, (gauge) => {
    gauge.set(projector.status().partitions.length)
  })
  metrics.gauge({ name: 'relay_active', help: 'Whether it is the relay of this process that publishes' }, (gauge) => {
    gauge.set(relay.status().active ? 1 : 0)
  })
  metrics.gauge(
    { name: 'relay_stuck_seconds', help: 'For how long events wait without any being published' },
    (gauge) => gauge.set(relay.status().stuckMs / 1000),
  )
}

function relayHooks(metrics: Metrics, count: (records: readonly NewRecord[]) => void): RelayHooks {
  const published = metrics.counter({ name: 'relay_events_total', help: 'Events published from the outbox' })
  const failed = metrics.counter({ name: 'relay_retries_total', help: 'Publications that failed and were tried again' })
  return {
    published: (records) => {
      published.inc(records.length)
      count(records)
    },
    retried: () => failed.inc(),
  }
}

function projectorHooks(metrics: Metrics, wake: () => void): ProjectorHooks {
  const records = metrics.counter({ name: 'projector_records_total', help: 'Records applied to the views' })
  const parked = metrics.counter({
    name: 'projector_parked_total',
    help: 'Records that a view could not take',
    labels: ['projection'],
  })
  const retries = metrics.counter({ name: 'projector_retries_total', help: 'Batches that failed and were tried again' })
  const conflicts = metrics.counter({
    name: 'projector_conflicts_total',
    help: 'Batches that another projector was faster with',
  })
  const skipped = metrics.counter({
    name: 'projector_skipped_records_total',
    help: 'Records that retention removed before they were read',
    labels: ['partition'],
  })
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
    conflicted: () => conflicts.inc(),
    skipped: ({ partition, records: missed }) => skipped.inc({ partition }, missed),
    reached: (timeUs) => void (reachedUs = timeUs),
  }
}
