import type { HealthRegistry, Metrics } from '@trunkline/runtime'
import { driftOf } from './reactor/reconciliations.js'
import type { TargetWorker } from './reactor/worker.js'

interface Watching {
  readonly metrics?: Metrics | undefined
  readonly health?: HealthRegistry | undefined
}

/** How provisioning stands, for operators: what waits, what differed, and which target is away. */
export function watchProvisioning(workers: readonly TargetWorker[], { metrics, health }: Watching): void {
  metrics?.gauge(
    {
      name: 'provisioning_items',
      help: 'Things by how far they have come at a target: pending, applied, failed',
      labels: ['target', 'state'],
    },
    async (gauge) => {
      gauge.reset()
      for (const worker of workers) {
        const { target, isOurs } = worker.status()
        // told once, by the process that works on the target; others see the same items
        if (!isOurs) continue
        // while the store is away there is nothing to say
        const counts = await worker.counts().catch(() => ({}))
        for (const [state, count] of Object.entries(counts)) gauge.set({ target, state }, Number(count))
      }
    },
  )
  metrics?.gauge(
    {
      name: 'provisioning_drift',
      help: 'What differed from what is wanted at the last comparison, and was repaired',
      labels: ['target', 'table'],
    },
    (gauge) => {
      gauge.reset()
      for (const worker of workers) {
        const { target } = worker.status()
        const sums = new Map<string, number>()
        for (const drift of worker.drift()) sums.set(drift.table, (sums.get(drift.table) ?? 0) + driftOf(drift))
        for (const [table, sum] of sums) gauge.set({ target, table }, sum)
      }
    },
  )
  metrics?.gauge(
    {
      name: 'provisioning_target_away',
      help: '1 when a target, or a part of it, cannot be reached',
      labels: ['target'],
    },
    (gauge) => {
      for (const worker of workers) {
        const { target, problem } = worker.status()
        gauge.set({ target }, problem === undefined ? 0 : 1)
      }
    },
  )
  for (const worker of workers) {
    // work waits for a target that is away and is not lost: no reason to take the process away too
    health?.addReady(worker.status().target, () => {
      const { problem, isOurs } = worker.status()
      const detail =
        problem === undefined ? (isOurs ? 'being provisioned' : 'provisioned by another process') : `away: ${problem}`
      return { ok: true, detail }
    })
  }
}
