/** The report of a run, as data and as text. */
import type { CallsAudit, FeedAudit, PhonesAudit } from './audit.js'
import type { MetricsSeen } from './metrics-watch.js'
import type { LoadSettings } from './options.js'
import type { Percentiles } from './percentiles.js'
import type { Usage } from './processes.js'

export interface LoadReport {
  readonly asked: Pick<LoadSettings, 'calls' | 'registrations' | 'rate' | 'seconds' | 'switches' | 'failover'>
  readonly deployment: string
  /** From the first call to the last one's end, s. */
  readonly tookSeconds: number
  readonly calls: CallsAudit
  readonly feed: FeedAudit
  readonly phones: PhonesAudit | undefined
  /** Events that the simulated switches sent, to each listener. */
  readonly switchEvents: number
  /** The farthest that the generator came behind its own plan, ms. */
  readonly generatorLateMs: number
  readonly metrics: MetricsSeen | undefined
  readonly gaps: number
  readonly parked: number
  readonly killed: readonly string[]
  readonly processes: readonly Usage[]
  /** Why the run failed; empty when it did not. */
  readonly failures: readonly string[]
}

/** What makes a run fail. */
export function failuresOf(report: Omit<LoadReport, 'failures'>): string[] {
  const { asked, calls, feed, phones, parked } = report
  const failures: string[] = []
  const must = (isSo: boolean, failure: string) => void (isSo || failures.push(failure))
  const none = (count: number, what: string) => must(count === 0, `${count} ${what}`)
  must(calls.mostOpen >= asked.calls, `only ${calls.mostOpen} calls were open at once, not ${asked.calls}`)
  must(calls.ended === calls.begun, `${calls.begun - calls.ended} calls were not ended by the generator`)
  none(calls.missing, 'calls are missing in the views')
  none(calls.doubled, 'calls in the views were never made')
  none(calls.wrong, 'calls have a wrong record')
  none(feed.missing, 'events were not told to the subscriber')
  none(feed.doubled, 'events were told to the subscriber twice')
  none(parked, 'records are parked')
  if (phones !== undefined) {
    none(phones.missing, 'registered endpoints are missing in the views')
    none(phones.doubled, 'contacts in the views are doubled')
    none(phones.callsMissing, 'calls through Kamailio are missing in the views')
    none(phones.callsDoubled, 'calls through Kamailio are doubled in the views')
    none(phones.callsWrong, 'calls through Kamailio have a wrong record')
  }
  return failures
}

const number = (value: number) => Math.round(value).toLocaleString('en')
const line = (name: string, text: string) => `  ${name.padEnd(26)} ${text}\n`
const ms = ({ p50, p95, p99, max }: Percentiles) =>
  [p50, p95, p99, max].map((value) => number(value).padStart(8)).join(' ')

export function textOf(report: LoadReport): string {
  const { asked, calls, feed, phones, metrics, processes, tookSeconds } = report
  const perSecond = (count: number) => `${number(count / tookSeconds)} a second`
  let text = `\nLoad on ${report.deployment}\n`
  text += line(
    'asked',
    `${asked.calls} calls at once, ${asked.rate} a second for ${asked.seconds} s on ${asked.switches} switches`,
  )
  text += line('took', `${tookSeconds.toFixed(1)} s`)
  if (report.killed.length > 0) text += line('killed in the middle', report.killed.join(', '))
  text += `\ncalls\n`
  text += line('begun, ended', `${number(calls.begun)}, ${number(calls.ended)}; at most ${calls.mostOpen} at once`)
  text += line('records in the views', `${number(calls.records)}: ${faults(calls)}`)
  for (const example of calls.examples) text += line('', example)
  if (phones !== undefined) {
    text += `\nKamailio\n`
    text += line('registered endpoints', number(phones.endpoints))
    text += line(
      'contacts in the views',
      `${number(phones.contacts)}: ${phones.missing} missing, ${phones.doubled} doubled`,
    )
    const { callsMissing: missing, callsDoubled: doubled, callsWrong: wrong } = phones
    text += line('calls through it', `${number(phones.callsPlaced)}: ${faults({ missing, doubled, wrong })}`)
  }
  text += `\nevents\n`
  text += line('of the switches', `${number(report.switchEvents)}, ${perSecond(report.switchEvents)}, to each listener`)
  if (metrics !== undefined) text += line('facts projected', `${number(metrics.facts)}, ${perSecond(metrics.facts)}`)
  text += line(
    'told to the subscriber',
    `${number(feed.events)}, ${perSecond(feed.events)}: ${feed.missing} missing, ${feed.doubled} doubled`,
  )
  text += line('connections of it', String(feed.connections))
  text += `\nfrom the switch to the subscriber, ms${'p50'.padStart(2 + 8 - 2)}${'p95'.padStart(9)}${'p99'.padStart(9)}${'max'.padStart(9)}\n`
  for (const moment of ['started', 'answered', 'ended'] as const)
    text += line(`call ${moment}`, `        ${ms(feed.latencyOf[moment])}`)
  text += line('all', `        ${ms(feed.latencyMs)}`)
  text += line('generator behind its plan', `${number(report.generatorLateMs)} ms at most`)
  text += `\nbehind\n`
  if (metrics !== undefined) {
    text += line('projector lag', `${number(metrics.mostLag)} records at most, ${number(metrics.lastLag)} at the end`)
    text += line('spool', `${number(metrics.mostSpoolBytes)} bytes at most`)
  }
  text += line('gaps, parked records', `${report.gaps}, ${report.parked}`)
  if (processes.length > 0) text += `\nprocesses                       memory MB   CPU % of a core\n`
  for (const { name, memoryMb, cpuPercent } of processes)
    text += line(name, `${number(memoryMb).padStart(13)} ${number(cpuPercent).padStart(17)}`)
  text += report.failures.length === 0 ? '\npassed: nothing lost, nothing doubled, nothing wrong\n' : '\nFAILED\n'
  for (const failure of report.failures) text += `  ${failure}\n`
  return text
}

function faults({ missing, doubled, wrong }: { missing: number; doubled: number; wrong: number }): string {
  return `${missing} missing, ${doubled} doubled, ${wrong} wrong`
}
