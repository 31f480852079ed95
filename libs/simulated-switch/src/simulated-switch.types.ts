import type { ChannelRow } from './channel-row.js'
import type { LoadCounters, LoadOptions } from './load/load-player.js'
import type { PlayedCounters } from './player.js'
import type { Listing } from './switch-core.js'

export interface SimulatedSwitchOptions {
  /** Address to listen on; 127.0.0.1 when absent. */
  readonly host?: string
  /** 0 or absent: a free one. */
  readonly port?: number
  readonly password: string
  /** Folder that holds one folder for each scenario. */
  readonly captures: string
  readonly scenarios: readonly string[]
  /** 1 = as captured (default), 10 = ten times as fast, 'fastest' = as fast as all clients read. */
  readonly speed?: number | 'fastest'
  /** Plays for ever. With a numeric speed scenarios overlap. */
  readonly loop?: boolean
  /** Fresh UUIDs, times of now, own sequence and heartbeats, for each playing. Off: the captured bytes. */
  readonly rebase?: boolean
  /** Host and switch name to go by; rebased events carry it too. */
  readonly name?: string
  /** When to start playing; default: once `subscribers` clients have subscribed. */
  readonly startWhen?: 'listening' | 'subscribed'
  /** Clients to wait for with startWhen 'subscribed'; 1 when absent. */
  readonly subscribers?: number
  /** With rebase: users 1001 to 1016 register before anything else, and again as long as the switch runs. */
  readonly registrationsFirst?: boolean
  /** With rebase: between two heartbeats; 20 when absent, s. */
  readonly heartbeatSeconds?: number
  /** A client with more than this waiting is cut off; 64 MiB when absent. */
  readonly maxBufferedBytes?: number
  /** At speed 'fastest': a client that takes no byte for so long is cut off; 30,000 when absent, ms. */
  readonly patienceMs?: number
  /** A client that is back after a gap gets so long to ask what is open before events go on; 150 when absent, ms. */
  readonly settleMs?: number
  /** Between the starts of overlapping scenarios at speed 1; 4,000 when absent, ms. */
  readonly offsetMs?: number
  /** With rebase: instead of playing the scenarios, makes calls of them, one scenario after the other, at a rate. */
  readonly load?: LoadOptions
}

export interface SimulatedSwitch {
  readonly port: number
  /** `esl://:password@host:port`. */
  readonly url: string
  /** Resolves when everything was handed to the sockets once, or at close; rejects when a capture cannot be read. */
  readonly done: Promise<void>
  coreUuid(): string
  /** The open channels by what has been played. */
  channels(): ChannelRow[]
  /** Cuts all connections; what was on its way is lost. New ones are welcome at once. */
  dropConnections(): void
  /** Sends nothing at all for so long, as a frozen process; what is played meanwhile comes afterwards. */
  stall(ms: number): void
  /** Like kill -9 and start again: connections cut, channels forgotten, new Core-UUID, sequence from 1. */
  restart(newCoreUuid?: string): void
  /** Cuts all that is sent into pieces of so many bytes (frames are cut, or joined when smaller); null: as it comes. */
  fragment(bytes: number | null): void
  /** Overrides the answer to `show channels` by other rows or a whole answer; null: the truth again. */
  setListing(listing: Listing | null): void
  played(): Readonly<PlayedCounters & { connections: number }>
  /** With `load`: calls begin as soon as so many clients listen. */
  startLoad(): void
  /** With `load`: begins no more calls; resolves when the last one has ended. */
  finishLoad(): Promise<void>
  loaded(): Readonly<LoadCounters>
  close(): Promise<void>
}
