import { randomUUID } from 'node:crypto'
import { uptimeText, type ApiSubject } from './api-commands.js'
import type { ChannelRow } from './channel-row.js'
import { ChannelTable } from './channel-table.js'
import { ownEvent } from './own-event.js'
import type { CapturedEvent } from './read-capture.js'
import { renumber, type Rebase } from './rebase.js'
import { SwitchEvent } from './switch-event.js'

/** One playing of one scenario. */
export interface Playing {
  readonly rebase: Rebase | undefined
  /** Channels that died with a killed process: what was captured of them later is not sent. */
  readonly forgotten: Set<string>
  readonly channels: Set<string>
}

/** Replaces the answer to `show channels`: other rows, or the whole text of the answer. */
export type Listing = (rows: readonly ChannelRow[]) => readonly ChannelRow[] | string

const VERSION = '1.10.12-simulated'
/** Own events among verbatim ones must not take a captured number. */
const OWN_SEQUENCE_BASE = 900_000_000

/** The process that is simulated: its identity, its sequence, its channels. */
export class SwitchCore implements ApiSubject {
  readonly version = VERSION
  readonly channels = new ChannelTable()
  readonly name: string | undefined
  listingOverride: Listing | null = null
  coreUuid: string
  #sequence: number
  /** Whether events get the identity of this process instead of the captured one. */
  #own: boolean
  #dead = false
  #startedAt = performance.now()

  constructor(options: { readonly name: string | undefined; readonly rebase: boolean; readonly coreUuid: string }) {
    this.name = options.name
    this.#own = options.rebase
    this.coreUuid = options.rebase ? randomUUID() : options.coreUuid
    this.#sequence = options.rebase ? 0 : OWN_SEQUENCE_BASE
  }

  get hostname(): string {
    return this.name ?? 'pbx1.example.test'
  }

  get switchname(): string {
    return this.name ?? 'pbx1'
  }

  get uptimeMs(): number {
    return performance.now() - this.#startedAt
  }

  get channelsCreated(): number {
    return this.channels.created
  }

  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  exists(uuid: string): boolean {
    return this.channels.has(uuid)
  }

  listing(): readonly ChannelRow[] | string {
    const rows = this.channels.rows()
    return this.listingOverride === null ? rows : this.listingOverride(rows)
  }

  /** Takes in what was captured and gives what to send, or nothing when the channel died with an earlier process. */
  take(captured: CapturedEvent, playing: Playing): SwitchEvent | undefined {
    if (playing.rebase !== undefined && captured.summary.name === 'HEARTBEAT') return undefined
    if (this.#dead) return this.#miss(captured, playing)
    if (!this.#own) {
      this.coreUuid = captured.summary.coreUuid
      this.#record(captured.summary, playing)
      return SwitchEvent.verbatim(captured)
    }
    if (playing.rebase === undefined) {
      if (isForgotten(captured.summary, playing)) return undefined
      return this.#recorded(SwitchEvent.of(renumber(captured.body, this, captured.summary.coreUuid)), playing)
    }
    if (playing.forgotten.size > 0) {
      const { uuid, otherUuid } = captured.summary
      const known = { uuid: playing.rebase.text(uuid, this), otherUuid: playing.rebase.text(otherUuid, this) }
      if (isForgotten(known, playing)) return undefined
    }
    return this.#recorded(SwitchEvent.of(playing.rebase.apply(captured.body, this)), playing)
  }

  /** Takes in an event that was made for this process; nothing when the channel died with an earlier one. */
  made(body: Buffer, playing: Playing): SwitchEvent | undefined {
    const event = SwitchEvent.of(body)
    if (this.#dead) {
      if (event.summary.uuid !== '') playing.forgotten.add(event.summary.uuid)
      return undefined
    }
    return isForgotten(event.summary, playing) ? undefined : this.#recorded(event, playing)
  }

  /** Makes the channels of a playing those that were open after a gap. */
  adopt(rows: readonly ChannelRow[], playing: Playing): void {
    for (const uuid of playing.channels) this.channels.remove(uuid)
    playing.channels.clear()
    for (const captured of rows) {
      const row = playing.rebase === undefined ? captured : this.#rebased(captured, playing.rebase)
      this.channels.put(row)
      playing.channels.add(row.uuid)
    }
  }

  /** The process dies: its channels are gone and so is its identity. */
  die(playings: Iterable<Playing>): void {
    this.#dead = true
    const open = this.channels.uuids()
    for (const playing of playings) for (const uuid of open) playing.forgotten.add(uuid)
    this.channels.forget()
  }

  /** A new process takes over, numbering from 1. From here on events carry its identity, not the captured one. */
  startAgain(coreUuid: string = randomUUID()): void {
    this.#own = true
    this.coreUuid = coreUuid
    this.#sequence = 0
    this.#revive()
  }

  /** As startAgain, but while events still carry captured identities, the new one comes with the next capture. */
  startAsCaptured(nextCoreUuid: string): void {
    if (this.#own) return this.startAgain()
    this.coreUuid = nextCoreUuid
    this.#revive()
  }

  heartbeat(): SwitchEvent {
    return ownEvent(
      'HEARTBEAT',
      {
        'Event-Info': 'System Ready',
        'Up-Time': uptimeText(this.uptimeMs),
        'FreeSWITCH-Version': VERSION,
        'Uptime-msec': String(Math.floor(this.uptimeMs)),
        'Session-Count': String(this.channels.size),
        'Max-Sessions': '1000',
        'Session-Per-Sec': '200',
        'Session-Per-Sec-Last': '0',
        'Session-Since-Startup': String(this.channels.created),
        'Idle-CPU': '90.000000',
      },
      this,
    )
  }

  #revive(): void {
    this.#dead = false
    this.#startedAt = performance.now()
  }

  /** No process, no events: channels that other scenarios have meanwhile never come to be. */
  #miss({ summary }: CapturedEvent, { rebase, forgotten }: Playing): undefined {
    if (summary.uuid !== '') forgotten.add(rebase === undefined ? summary.uuid : rebase.text(summary.uuid, this))
  }

  #recorded(event: SwitchEvent, playing: Playing): SwitchEvent {
    this.#record(event.summary, playing)
    return event
  }

  #record(summary: SwitchEvent['summary'], playing: Playing): void {
    const { change } = summary
    if (change === undefined) return
    this.channels.apply(change)
    if (change.kind === 'destroyed') playing.channels.delete(change.uuid)
    else if (change.kind !== 'changed') playing.channels.add(change.uuid)
  }

  #rebased(row: ChannelRow, rebase: Rebase): ChannelRow {
    return JSON.parse(rebase.text(JSON.stringify(row), this)) as ChannelRow
  }
}

/** A leg that a dead channel made, or that was bridged to it, is taken to have died with it. */
function isForgotten({ uuid, otherUuid }: { uuid: string; otherUuid: string }, { forgotten }: Playing): boolean {
  if (uuid === '' || forgotten.size === 0) return false
  if (forgotten.has(uuid)) return true
  if (!forgotten.has(otherUuid)) return false
  forgotten.add(uuid)
  return true
}
