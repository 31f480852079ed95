import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { EventHub } from './event-hub.js'
import { Rebase } from './rebase.js'
import { loadScenario, type Break, type Scenario } from './scenario.js'
import type { Playing, SwitchCore } from './switch-core.js'

export interface PlayerOptions {
  readonly captures: string
  readonly scenarios: readonly string[]
  /** 1 = as captured, 10 = ten times as fast, 'fastest' = as fast as the sockets drain. */
  readonly speed: number | 'fastest'
  readonly loop: boolean
  readonly rebase: boolean
  /** A client that takes nothing for so long, when all others wait for it, is cut off, ms. */
  readonly patienceMs: number
  /** A client that is back gets this long to ask what is open before events go on, whatever the speed. */
  readonly settleMs: number
  /** Between the starts of two scenarios when they overlap, ms at speed 1. */
  readonly offsetMs: number
}

export interface PlayedCounters {
  /** Events handed to the clients. */
  events: number
  /** Scenarios played to their end. */
  scenarios: number
  loops: number
  /** Captured events that were not sent: of channels that had died, and heartbeats when rebasing. */
  suppressed: number
}

/** Events handed out before the sockets get a turn. */
const BATCH = 64
const BACK_WITHIN_MS = 30_000

/** Plays scenarios to whoever listens. */
export class Player {
  readonly counters: PlayedCounters = { events: 0, scenarios: 0, loops: 0, suppressed: 0 }
  readonly playings = new Set<Playing>()
  /** Called with false when the switch must not be reachable, with true when it is again. */
  onReachable: (reachable: boolean) => void = () => {}
  readonly #options: PlayerOptions
  readonly #core: SwitchCore
  readonly #hub: EventHub
  readonly #loaded = new Map<string, Promise<Scenario>>()
  readonly #stop = new AbortController()

  constructor(options: PlayerOptions, core: SwitchCore, hub: EventHub) {
    this.#options = options
    this.#core = core
    this.#hub = hub
  }

  load(name: string): Promise<Scenario> {
    let loaded = this.#loaded.get(name)
    if (loaded === undefined) this.#loaded.set(name, (loaded = loadScenario(this.#options.captures, name)))
    return loaded
  }

  stop(): void {
    this.#stop.abort()
    this.#hub.releaseWaiters()
  }

  /** Plays all; calls back when everything was played once; returns then, or at stop when looping. */
  async play(playedOnce: () => void): Promise<void> {
    const { loop, speed } = this.#options
    do {
      if (loop && speed !== 'fastest') await this.#playOverlapping(playedOnce)
      else await this.#playInTurn()
      this.counters.loops += 1
      playedOnce()
      await nextTurn()
    } while (loop && !this.#stopped)
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #playInTurn(): Promise<void> {
    for (const name of this.#options.scenarios) {
      if (this.#stopped) return
      await this.#playScenario(await this.load(name))
      if (!this.#options.loop) this.#loaded.delete(name)
    }
  }

  /** Starts one after the other without waiting for the end, round and round, so that calls are always going on. */
  async #playOverlapping(playedOnce: () => void): Promise<void> {
    const running = new Set<Promise<void>>()
    let failure: { readonly error: unknown } | undefined
    for (let round = 1; !this.#stopped; round += 1) {
      for (const name of this.#options.scenarios) {
        if (this.#stopped || failure !== undefined) break
        const scenario = await this.load(name)
        const one = this.#playScenario(scenario).then(
          () => void running.delete(one),
          (error: unknown) => void (failure = { error }),
        )
        running.add(one)
        await this.#pause(this.#options.offsetMs)
      }
      if (failure !== undefined) throw failure.error
      this.counters.loops = round
      if (round === 1) void Promise.all(running).then(() => playedOnce())
    }
    await Promise.all(running)
  }

  async #playScenario(scenario: Scenario): Promise<void> {
    const playing: Playing = { rebase: this.#rebaseOf(scenario), forgotten: new Set(), channels: new Set() }
    this.playings.add(playing)
    try {
      for (const part of scenario.parts) {
        if (part.before !== undefined) await this.#interrupt(part.before, playing)
        const from = part.before === undefined ? (part.events[0]?.atMs ?? 0) : part.openedAtMs
        await this.#playEvents(part.events, { from, playing })
        if (this.#stopped) return
      }
      this.counters.scenarios += 1
    } finally {
      this.playings.delete(playing)
    }
  }

  async #playEvents(
    events: Scenario['parts'][number]['events'],
    { from, playing }: { readonly from: number; readonly playing: Playing },
  ): Promise<void> {
    const { speed, patienceMs } = this.#options
    const began = performance.now()
    let inBatch = 0
    for (const captured of events) {
      const waitMs = speed === 'fastest' ? 0 : began + (captured.atMs - from) / speed - performance.now()
      inBatch += 1
      if (waitMs > 1) {
        await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {})
        inBatch = 0
      } else if (inBatch >= BATCH) {
        if (speed === 'fastest') await this.#hub.drained(patienceMs)
        await nextTurn()
        inBatch = 0
      }
      if (this.#stopped) return
      const event = this.#core.take(captured, playing)
      if (event === undefined) {
        this.counters.suppressed += 1
        continue
      }
      this.#hub.publish(event)
      this.counters.events += 1
    }
  }

  /** Cuts all connections for as long as captured, and goes on when a client is back (or none came in time). */
  async #interrupt(what: Break, playing: Playing): Promise<void> {
    const listened = this.#hub.listeners > 0
    this.onReachable(false)
    this.#hub.finishAll()
    if (what.kind === 'killed') this.#core.die(this.playings)
    await this.#pause(what.lastsMs)
    if (this.#stopped) return
    if (what.kind === 'killed') this.#core.startAsCaptured(what.coreUuid)
    if (what.kind === 'gap') this.#core.adopt(what.listing, playing)
    this.onReachable(true)
    if (!listened) return
    const giveUp = sleep(BACK_WITHIN_MS, undefined, { ref: false })
    await Promise.race([this.#hub.whenSubscribed(1), giveUp])
    await sleep(this.#options.settleMs)
  }

  async #pause(capturedMs: number): Promise<void> {
    const { speed } = this.#options
    if (speed === 'fastest') return
    await sleep(capturedMs / speed, undefined, { signal: this.#stop.signal }).catch(() => {})
  }

  /** Times are moved so that, at any speed from 1 up, none lies in the future and the last event is now. */
  #rebaseOf(scenario: Scenario): Rebase | undefined {
    const { rebase, speed } = this.#options
    if (!rebase) return undefined
    const first = scenario.parts[0]?.events[0]?.atMs ?? 0
    const last = scenario.parts.at(-1)?.events.at(-1)?.atMs ?? first
    const lasts = speed === 'fastest' ? 0 : (last - first) / speed
    const shift = speed === 'fastest' || speed >= 1 ? Date.now() + lasts - last : Date.now() - first
    return new Rebase(scenario, shift, `-${this.counters.scenarios}-${Date.now().toString(36)}`)
  }
}
