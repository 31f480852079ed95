import { CheckpointConflictError, type EventLogReader, type EventStoreReader, type ViewStore } from '@trunkline/ports'
import { backoffMs, pause } from '@trunkline/projection'
import { Lease } from '@trunkline/provisioning-views'
import type { Logger, Metrics } from '@trunkline/runtime'
import { WebhookIntake } from './webhook-intake.js'
import { RETRY_SECONDS, TIMEOUT_MS, WebhookSender } from './webhook-sender.js'
import { WebhookStore, type WebhookVault } from './webhook-store.js'
import { WEBHOOK_TABLES } from './webhook-tables.js'

export interface WebhooksOptions {
  readonly store: ViewStore
  readonly eventStore: EventStoreReader
  readonly log: EventLogReader
  readonly vault: WebhookVault
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Whether webhooks may lead into private networks, and use http. */
  readonly allowPrivate: boolean
  readonly retrySeconds?: readonly number[]
  /** In which a receiver must answer, ms; {@link TIMEOUT_MS} by default. */
  readonly timeoutMs?: number
  readonly pollMs?: number
  readonly leaseMs?: number
  readonly now?: () => number
}

export interface Webhooks {
  readonly webhooks: WebhookStore
  readonly allowPrivate: boolean
  close(): Promise<void>
}

const DELIVERED_KEPT_MS = 7 * 86_400_000
/** An event that has not had its turn by then is of no use any more. */
const WAITS_MS = 7 * 86_400_000
const DEAD_KEPT_MS = 30 * 86_400_000
const FORGET_EVERY_MS = 3_600_000

/**
 * Tells owning applications by HTTP what became of their users. Of several processes on one view store one does; another
 * takes over. At least once, and in order for each webhook: receivers know an event by `webhook-id`.
 */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { store, vault, now = Date.now, allowPrivate, leaseMs } = options
  await store.createTables(WEBHOOK_TABLES)
  await Lease.prepare(store)
  const webhooks = new WebhookStore(store, vault, now)
  const abort = new AbortController()
  const lease = new Lease({ store, name: 'webhooks', ...(leaseMs === undefined ? {} : { lastsMs: leaseMs }) })
  const running = run(options, { webhooks, lease, signal: abort.signal })
  options.metrics?.gauge(
    { name: 'webhook_deliveries', help: 'Deliveries that wait, and those that were given up', labels: ['state'] },
    async (gauge) => {
      for (const state of ['pending', 'dead']) {
        const sql =
          'SELECT count(*) AS n FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.state = ?'
        gauge.set({ state }, (await store.all<{ n: number }>(sql, [state]))[0]?.n ?? 0)
      }
    },
  )
  return {
    webhooks,
    allowPrivate,
    async close() {
      abort.abort()
      await running
    },
  }
}

interface Parts {
  readonly webhooks: WebhookStore
  readonly lease: Lease
  readonly signal: AbortSignal
}

async function run(options: WebhooksOptions, { webhooks, lease, signal }: Parts): Promise<void> {
  const { eventStore, log, store, logger, now = Date.now, allowPrivate, pollMs = 500 } = options
  const { retrySeconds = RETRY_SECONDS, timeoutMs = TIMEOUT_MS } = options
  const intake = new WebhookIntake({ eventStore, log, store, now })
  const sender = new WebhookSender({
    webhooks,
    logger,
    now,
    allowPrivate,
    retrySeconds,
    timeoutMs,
    mayGoOn: () => lease.held(),
  })
  let failures = 0
  let forgottenAt = -Infinity
  while (!signal.aborted) {
    try {
      if (await lease.held()) {
        while ((await intake.step()) && !signal.aborted && (await lease.held()));
        await sender.round(signal)
        if (performance.now() - forgottenAt > FORGET_EVERY_MS) {
          forgottenAt = performance.now()
          await webhooks.forget({
            deliveredBefore: now() - DELIVERED_KEPT_MS,
            deadBefore: now() - DEAD_KEPT_MS,
            waitingSince: now() - WAITS_MS,
          })
        }
      }
      failures = 0
      await pause(pollMs, signal)
    } catch (error) {
      failures++
      // two who believed to have the lease, for a moment
      if (!(error instanceof CheckpointConflictError))
        logger.warn({ reason: (error as Error).message, failures }, 'webhooks wait and try again')
      await pause(backoffMs(failures, Math.random), signal)
    }
  }
  await sender.close()
  await lease.release().catch(() => undefined)
}
