import type { NewRecord, ViewReader } from '@trunkline/ports'
import type { Metrics } from '@trunkline/runtime'

/** The part of a call event that is counted. */
interface CallEventData {
  readonly call?: { readonly kind?: string; readonly disposition?: string | null }
}

/**
 * Counts calls as their events are published, so that of several projectors one counts each. Hops, which a call tells of
 * already, are left out. `isActive` tells whether this process is the one that publishes; only it says how many are live.
 */
export function callMetrics(metrics: Metrics, store: ViewReader, isActive: () => boolean) {
  const started = metrics.counter({ name: 'calls_started_total', help: 'Calls that began, as published' })
  const ended = metrics.counter({
    name: 'calls_ended_total',
    help: 'Calls that ended, as published',
    labels: ['disposition'],
  })
  metrics.gauge(
    { name: 'calls_live', help: 'Calls that go on, as the process that publishes sees it' },
    async (gauge) => {
      gauge.reset()
      if (!isActive()) return
      const live = await store.all<{ live: number }>(LIVE).catch(() => [])
      if (live[0] !== undefined) gauge.set(Number(live[0].live))
    },
  )
  return (records: readonly NewRecord[]): void => {
    for (const { type, data } of records) {
      if (type !== 'call.started' && type !== 'call.ended') continue
      const { call } = data as CallEventData
      if (call?.kind !== 'call') continue
      if (type === 'call.started') started.inc()
      else ended.inc({ disposition: call.disposition ?? 'unknown' })
    }
  }
}

const LIVE = `SELECT count(*) AS live FROM calls
  WHERE state IN ('started', 'ringing', 'answered', 'held', 'unknown') AND kind = 'call'`
