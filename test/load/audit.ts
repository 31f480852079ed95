/** Compares what happened with what the views and the subscriber say, call by call. */
import type { CallMoment } from '@trunkline/simulated-switch'
import type { CallRecord, Registered } from './api.js'
import type { Ledger } from './ledger.js'
import { percentiles, type Percentiles } from './percentiles.js'
import { SIP_TALK_MS } from './phones.js'
import type { Subscriber } from './subscriber.js'

export interface CallsAudit {
  readonly begun: number
  readonly ended: number
  readonly mostOpen: number
  readonly records: number
  /** Calls without a record. */
  readonly missing: number
  /** Records on the simulated switches that no call stands behind. */
  readonly doubled: number
  /** Records that differ in state, disposition or talk time. */
  readonly wrong: number
  readonly examples: readonly string[]
}

export interface FeedAudit {
  readonly events: number
  readonly connections: number
  /** Beginnings, answers and ends of calls that were not told. */
  readonly missing: number
  readonly doubled: number
  readonly latencyMs: Percentiles
  readonly latencyOf: Readonly<Record<CallMoment, Percentiles>>
}

export interface PhonesAudit {
  readonly endpoints: number
  readonly contacts: number
  readonly missing: number
  readonly doubled: number
  readonly callsPlaced: number
  readonly callsMissing: number
  readonly callsDoubled: number
  readonly callsWrong: number
}

/** The captures' clock ticks every 20 ms. */
const TALK_TOLERANCE_MS = 60
/** SIPp and Kamailio are two clocks and two processes. */
const SIP_TALK_TOLERANCE_MS = 1000
const EXAMPLES = 10

export function auditCalls(
  ledger: Ledger,
  records: readonly CallRecord[],
  isSimulated: (name: string) => boolean,
): CallsAudit {
  const own = records.filter((record) => isSimulated(record.switch))
  const byId = new Map(own.map((record) => [record.id, record]))
  const examples: string[] = []
  const say = (text: string) => void (examples.length < EXAMPLES && examples.push(text))
  let missing = 0
  let wrong = 0
  for (const call of ledger.calls.values()) {
    const record = byId.get(call.id)
    if (record === undefined) {
      missing += 1
      say(`${call.id} has no record`)
      continue
    }
    const faults: string[] = []
    if (record.state !== 'ended') faults.push(`state ${record.state}`)
    if (record.disposition !== call.disposition)
      faults.push(`disposition ${record.disposition}, not ${call.disposition}`)
    if (Math.abs((record.talkMs ?? 0) - (call.talkMs ?? 0)) > TALK_TOLERANCE_MS)
      faults.push(`talk ${record.talkMs} ms, not ${call.talkMs}`)
    if (faults.length === 0) continue
    wrong += 1
    say(`${call.id}: ${faults.join(', ')}`)
  }
  const strange = own.filter(({ id }) => !ledger.calls.has(id))
  for (const { id } of strange) say(`${id} is in the views, but no such call was made`)
  const { ended, mostOpen } = ledger
  // a page that holds a record twice would be a doubled one too
  const doubled = strange.length + own.length - byId.size
  return { begun: ledger.calls.size, ended, mostOpen, records: own.length, missing, doubled, wrong, examples }
}

export function auditFeed(ledger: Ledger, subscriber: Subscriber): FeedAudit {
  const delays: Record<CallMoment, number[]> = { started: [], answered: [], ended: [] }
  let missing = 0
  let doubled = subscriber.doubled
  for (const { id, sentMs } of ledger.calls.values()) {
    for (const moment of Object.keys(delays) as CallMoment[]) {
      const sent = sentMs[moment]
      const heard = subscriber.calls.get(id)?.atMs[moment] ?? []
      if (sent === undefined) doubled += heard.length
      else if (heard.length === 0) missing += 1
      else {
        doubled += heard.length - 1
        delays[moment].push(heard[0]! - sent)
      }
    }
  }
  const { started, answered, ended } = delays
  return {
    events: subscriber.events,
    connections: subscriber.connections,
    missing,
    doubled,
    latencyMs: percentiles([...started, ...answered, ...ended]),
    latencyOf: { started: percentiles(started), answered: percentiles(answered), ended: percentiles(ended) },
  }
}

export function auditPhones(
  names: readonly string[],
  {
    registered,
    records,
    placed,
  }: { registered: readonly Registered[]; records: readonly CallRecord[]; placed: number },
): PhonesAudit {
  const wanted = new Set(names)
  const isOurs = (text: string | null) => wanted.has(text?.replace(/@.*/, '') ?? '')
  const contacts = registered.filter(({ aor }) => isOurs(aor))
  const aors = new Set(contacts.map(({ aor }) => aor))
  const own = records.filter(({ from }) => isOurs(from.user) || isOurs(from.number))
  const isRight = ({ state, disposition, talkMs }: CallRecord) =>
    state === 'ended' && disposition === 'answered' && Math.abs((talkMs ?? 0) - SIP_TALK_MS) < SIP_TALK_TOLERANCE_MS
  return {
    endpoints: names.length,
    contacts: contacts.length,
    missing: names.length - aors.size,
    doubled: contacts.length - aors.size,
    callsPlaced: placed,
    callsMissing: Math.max(0, placed - own.length),
    callsDoubled: Math.max(0, own.length - placed),
    callsWrong: own.filter((record) => !isRight(record)).length,
  }
}
