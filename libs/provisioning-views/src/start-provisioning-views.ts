import type { EventLogWriter, EventStoreReader, ViewStore } from '@trunkline/ports'
import type { HealthRegistry, Logger, Metrics } from '@trunkline/runtime'
import { startProvisioningProjector } from './provisioning-projector.js'
import { startProvisioningRelay } from './provisioning-relay.js'

export interface ProvisioningViewsOptions {
  readonly eventStore: EventStoreReader
  readonly store: ViewStore
  readonly log: EventLogWriter
  readonly logger: Logger
  readonly metrics: Metrics
  readonly health: HealthRegistry
  /** Told after each commit of the view: there may be something to provision. */
  changed?(): void
}

/** Failures in a row after which the process counts as not ready. */
const UNREADY_AFTER = 5

/** Keeps the view of what is provisioned, and publishes its events; any number of processes may do so on one store. */
export async function startProvisioningViews(options: ProvisioningViewsOptions): Promise<{ close(): Promise<void> }> {
  const { metrics, health } = options
  const projector = await startProvisioningProjector(options)
  const relay = await startProvisioningRelay(options).catch(async (error: unknown) => {
    await projector.close()
    throw error
  })
  const verdict = ({ failures, problem }: { failures: number; problem: string | undefined }) => ({
    ok: failures < UNREADY_AFTER,
    detail: failures < UNREADY_AFTER ? 'following the event store' : (problem ?? 'failing'),
  })
  health.addReady('provisioning views', () => verdict(projector.status()))
  health.addReady('provisioning relay', () => verdict(relay.status()))
  const behind = {
    name: 'provisioning_views_behind_seconds',
    help: 'For how long events wait for the provisioning views',
  }
  metrics.gauge(behind, (gauge) => gauge.set(projector.status().behindMs / 1000))
  return {
    async close() {
      await projector.close()
      await relay.close()
    },
  }
}
