/** What is known of a switch, folded so that neither the order of facts nor their repetition matters. Times are ms. */
import type { Fact } from '@trunkline/domain'

export interface SwitchRow {
  readonly switch: string
  readonly kind: string | null
  readonly core: string | null
  readonly state: string
  readonly version: string | null
  readonly hostname: string | null
  readonly connected_at: number | null
  readonly disconnected_at: number | null
  readonly last_event_at: number | null
  readonly last_heartbeat_at: number | null
  readonly up_since: number | null
  readonly sessions: number | null
  readonly gaps: number
}

type Known = { -readonly [K in keyof SwitchRow]: SwitchRow[K] }

/** Collects the facts of one switch in one batch. */
export class SwitchState {
  readonly #row: Known

  constructor(name: string, stored: SwitchRow | undefined) {
    this.#row = stored === undefined ? { ...NOTHING, switch: name } : { ...stored }
  }

  /** The row, with the number of gaps that are known of. */
  row(gaps: number | undefined): SwitchRow {
    const row = this.#row
    if (gaps !== undefined) row.gaps = gaps
    const heard = Math.max(row.connected_at ?? 0, row.last_event_at ?? 0)
    // whoever hears the switch is connected to it, though another listener may have lost it
    row.state = row.disconnected_at !== null && row.disconnected_at > heard ? 'disconnected' : 'connected'
    return row
  }

  take(fact: Fact): void {
    const at = Math.floor(fact.time / 1000)
    switch (fact.type) {
      case 'switch.connected':
        return this.#connected(fact, at)
      case 'switch.disconnected':
        this.#row.disconnected_at = latest(this.#row.disconnected_at, at)
        return
      case 'switch.stopped':
        this.#row.disconnected_at = latest(this.#row.disconnected_at, at)
        return
      case 'switch.gap':
        return
      case 'switch.started':
        this.#row.up_since = latest(this.#row.up_since, at)
        return this.#heard(fact, at)
      case 'channel.recorded':
        return // from a file: says nothing of the connection
      default:
        if (!isListeners(fact)) this.#heard(fact, at)
    }
  }

  #heard(fact: Fact, at: number): void {
    const row = this.#row
    if (at >= (row.last_event_at ?? 0)) this.#runs(fact)
    row.last_event_at = latest(row.last_event_at, at)
    if (fact.type === 'switch.heartbeat' && at >= (row.last_heartbeat_at ?? 0)) {
      row.last_heartbeat_at = at
      row.sessions = fact.data.sessionCount
      row.up_since = at - fact.data.upMs
      row.version = fact.data.version ?? row.version
      row.hostname = fact.data.hostname ?? row.hostname
    }
  }

  #connected(fact: Extract<Fact, { type: 'switch.connected' }>, at: number): void {
    const row = this.#row
    if (at < (row.connected_at ?? 0)) return
    row.connected_at = at
    if (at >= (row.last_event_at ?? 0)) this.#runs(fact)
    row.version = fact.data.version ?? row.version
    row.hostname = fact.data.hostname ?? row.hostname
    if (fact.data.upSince !== undefined) row.up_since = Math.floor(fact.data.upSince / 1000)
  }

  #runs(fact: Fact): void {
    const core = 'core' in fact.data ? fact.data.core : undefined
    if (core === undefined) return
    this.#row.core = core
    this.#row.kind = CORE_UUID.test(core) ? 'freeswitch' : 'kamailio'
  }
}

const NOTHING: SwitchRow = {
  switch: '',
  kind: null,
  core: null,
  state: 'connected',
  version: null,
  hostname: null,
  connected_at: null,
  disconnected_at: null,
  last_event_at: null,
  last_heartbeat_at: null,
  up_since: null,
  sessions: null,
  gaps: 0,
}

/** FreeSWITCH names its process by a bare UUID; Kamailio's boot id begins with the time of the start. */
const CORE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What a listener says of itself is no sign of life of the switch. */
function isListeners(fact: Fact): boolean {
  return fact.id.startsWith('listener/')
}

function latest(known: number | null, at: number): number {
  return Math.max(known ?? 0, at)
}
