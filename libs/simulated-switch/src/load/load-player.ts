import { setTimeout as sleep } from 'node:timers/promises'
import type { EventHub } from '../event-hub.js'
import { loadScenario } from '../scenario.js'
import type { Playing, SwitchCore } from '../switch-core.js'
import { CallTemplate, type CallMoment } from './call-template.js'

export interface LoadOptions {
  /** Calls that begin in a second, evenly; they do not wait for anybody. */
  readonly perSecond: number
  /** How long each lasts until it is hung up; with `perSecond` this holds perSecond × lastsMs / 1000 calls open. */
  readonly lastsMs: number
  /** Users who take turns in calling and being called: 20000 and up. */
  readonly users: number
  /** Called when an event is handed to the clients that begins, answers or ends a call. */
  readonly told?: (sign: CallSign) => void
}

export interface CallSign {
  readonly callId: string
  readonly scenario: string
  readonly moment: CallMoment
  /** What the record will say when the call is answered, ms. */
  readonly talkMs: number | undefined
}

export interface LoadCounters {
  begun: number
  ended: number
  /** Most calls that were open at once. */
  mostOpen: number
  /** The farthest that an event came behind its time, ms: when it is much, the generator is at its limit. */
  latestMs: number
}

const FIRST_USER = 20_000

/** Makes calls of captured ones, at a rate. */
export class LoadPlayer {
  readonly counters: LoadCounters = { begun: 0, ended: 0, mostOpen: 0, latestMs: 0 }
  readonly playings = new Set<Playing>()
  events = 0
  readonly #options: LoadOptions
  readonly #core: SwitchCore
  readonly #hub: EventHub
  readonly #stop = new AbortController()
  readonly #finish = new AbortController()
  readonly #begin = Promise.withResolvers<void>()
  #nextUser = 0

  constructor(options: LoadOptions, core: SwitchCore, hub: EventHub) {
    this.#options = options
    this.#core = core
    this.#hub = hub
  }

  /** Lets the first call begin. */
  start(): void {
    this.#begin.resolve()
  }

  /** Begins no more calls; those that are open go on to their end. */
  finish(): void {
    this.#finish.abort()
    this.#begin.resolve()
  }

  /** Ends at once. */
  stop(): void {
    this.#stop.abort()
    this.finish()
  }

  /** Begins at `start`; resolves when `finish` was said and the last call has ended. */
  async play(captures: string, names: readonly string[]): Promise<void> {
    const scenarios = await Promise.all(names.map((name) => loadScenario(captures, name)))
    const templates = scenarios.map((scenario) => ({ name: scenario.name, template: new CallTemplate(scenario) }))
    await this.#begin.promise
    const began = performance.now()
    const open = new Set<Promise<void>>()
    for (let number = 0; ; number++) {
      const waitMs = began + (number * 1000) / this.#options.perSecond - performance.now()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#finish.signal }).catch(() => {})
      if (this.#finish.signal.aborted) break
      const one = this.#call(templates[number % templates.length]!).then(() => void open.delete(one))
      open.add(one)
    }
    await Promise.all(open)
  }

  async #call({ name, template }: { readonly name: string; readonly template: CallTemplate }): Promise<void> {
    const { lastsMs, told } = this.#options
    const { signal } = this.#stop
    const playing: Playing = { rebase: undefined, forgotten: new Set(), channels: new Set() }
    this.playings.add(playing)
    const began = performance.now()
    const call = template.make(Date.now(), { lastsMs, identity: this.#core, users: () => this.#user() })
    for (const { afterMs, moment, body } of call.events) {
      const waitMs = began + afterMs - performance.now()
      if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => {})
      else this.counters.latestMs = Math.max(this.counters.latestMs, -waitMs)
      if (signal.aborted) break
      const event = this.#core.made(body(), playing)
      if (event === undefined) continue
      this.#hub.publish(event)
      this.events += 1
      if (moment === undefined) continue
      this.#count(moment)
      told?.({ callId: call.id, scenario: name, moment, talkMs: call.talkMs })
    }
    this.playings.delete(playing)
  }

  #count(moment: CallMoment): void {
    const { counters } = this
    if (moment === 'started') counters.begun += 1
    if (moment === 'ended') counters.ended += 1
    counters.mostOpen = Math.max(counters.mostOpen, counters.begun - counters.ended)
  }

  #user(): string {
    const user = FIRST_USER + this.#nextUser
    this.#nextUser = (this.#nextUser + 1) % this.#options.users
    return String(user)
  }
}
