/**
 * Listens to one switch: connects, subscribes, translates, and notices what it could not hear. Facts go out in the order
 * of arrival; what a call is, others decide.
 */
import type { Fact } from '@trunkline/domain'
import {
  connectEsl,
  EslError,
  SUBSCRIBED_EVENTS,
  SUBSCRIBED_SUBCLASSES,
  translate,
  type EslConnection,
  type SwitchEvent,
  type SwitchSetting,
} from '@trunkline/esl'
import type { FactSink } from './fact-sink.js'
import { HeartbeatAudit } from './heartbeat-audit.js'
import type { ListenerLogger } from './logger.js'
import { askChannels } from './snapshot.js'
import { SwitchClock } from './switch-clock.js'

export interface SwitchListenerOptions {
  readonly setting: SwitchSetting
  readonly sink: FactSink
  /** Tells the facts of this process apart from those of any other. */
  readonly instance: string
  readonly logger: ListenerLogger
  /** Channels that the views hold for open, to ask the switch about them. */
  readonly openChannels?: () => Promise<readonly string[]>
  readonly silenceMs?: number
  readonly timeoutMs?: number
  readonly minBackoffMs?: number
  readonly maxBackoffMs?: number
  /** Second look after the first snapshot of a connection or a gap, ms; 5 s by default. */
  readonly confirmMs?: number
  /** Between snapshots, ms; 2 minutes by default. */
  readonly snapshotMs?: number
  /** Largest event that is read, bytes; 64 MiB by default. */
  readonly maxBody?: number
}

type OwnFact = Extract<Fact, { type: 'switch.connected' | 'switch.disconnected' | 'switch.gap' | 'switch.snapshot' }>
const CORE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Events that cannot be read are told as one gap when they come so close together, ms. */
const ONE_GAP_MS = 1000
const ROOM_POLL_MS = 50

export class SwitchListener {
  readonly #options: SwitchListenerOptions
  readonly #name: string
  readonly #audit = new HeartbeatAudit()
  readonly #clock = new SwitchClock()
  /** Channels whose birth was heard and whose end was not. */
  readonly #open = new Set<string>()
  /** Those of them that one snapshot missed: it takes two to hold a channel for gone. */
  readonly #missed = new Set<string>()
  #connection: EslConnection | undefined
  #core: string | undefined
  #awaitingCore: (() => void) | undefined
  /** Up to when all was heard, as far as known, µs; undefined until the first connection is over. */
  #gapFrom: number | undefined
  #unreadableAt = 0
  #counter = 0
  readonly #stop = new AbortController()
  #interrupt: (() => void) | undefined
  #snapshotTimer: NodeJS.Timeout | undefined
  readonly #counts = { events: 0, facts: 0, bytes: 0, malformed: 0, connections: 0, overruns: 0 }
  readonly #running: Promise<void>

  constructor(options: SwitchListenerOptions) {
    this.#options = options
    this.#name = options.setting.name
    this.#running = this.#run()
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted
  }

  status() {
    const { address } = this.#options.setting
    return {
      name: this.#name,
      address: `${address.host}:${address.port}`,
      connected: this.#connection?.isOpen === true,
      core: this.#core ?? null,
      /** Time of the last event by the switch's clock, ms. */
      lastEventAt: this.#clock.lastEventAt === undefined ? null : Math.round(this.#clock.lastEventAt / 1000),
      /** How late the last event was heard, ms; holds the difference of the two clocks as well. */
      lagMs: this.#clock.lagMs,
      ...this.#counts,
    }
  }

  async close(): Promise<void> {
    this.#connection?.close(new EslError('ESL_CLOSED', 'the listener stops'))
    this.#stop.abort()
    this.#interrupt?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { minBackoffMs = 250, maxBackoffMs = 15_000, sink } = this.#options
    let backoff = minBackoffMs
    while (!this.#stopped) {
      const since = performance.now()
      await this.#listen()
      if (this.#stopped) return
      if (performance.now() - since > 10 * minBackoffMs) backoff = minBackoffMs
      // full jitter: many listeners of a switch that comes back do not come back all at once
      await this.#sleep(minBackoffMs / 2 + Math.random() * backoff)
      backoff = Math.min(maxBackoffMs, backoff * 2)
      // whoever cannot keep what is told has no business at the socket
      while (!this.#stopped && !sink.hasRoom) await this.#sleep(ROOM_POLL_MS)
    }
  }

  /** One connection from its beginning to its end. Never rejects. */
  async #listen(): Promise<void> {
    const { logger, confirmMs = 5000 } = this.#options
    let told = false
    try {
      let end: (reason: EslError) => void = () => undefined
      const ended = new Promise<EslError>((resolve) => (end = resolve))
      const connection = await this.#connect(end)
      this.#connection = connection
      await this.#introduce(connection)
      told = true
      await this.#look(connection, this.#gapFrom === undefined ? 'connected' : 'gap')
      this.#lookLater(connection, confirmMs)
      throw await ended
    } catch (error) {
      const { code, message } = error instanceof EslError ? error : { code: 'UNEXPECTED', message: String(error) }
      this.#connection?.close(new EslError('ESL_CLOSED', message))
      this.#connection = undefined
      clearTimeout(this.#snapshotTimer)
      if (told) this.#part(message)
      if (this.#stopped) return
      if (told) logger.warn({ switch: this.#name, code, reason: message }, 'the connection to the switch is lost')
      else logger.error({ switch: this.#name, code, reason: message }, 'no connection to the switch; trying again')
    }
  }

  async #connect(onClose: (reason: EslError) => void): Promise<EslConnection> {
    const { setting, silenceMs, timeoutMs, maxBody } = this.#options
    const handlers = {
      onEvent: (event: SwitchEvent, bytes: number) => this.#take(event, bytes),
      onMalformed: (contentType: string) => this.#miss(contentType),
      onClose,
    }
    const connection = await connectEsl(setting.address, handlers, {
      signal: this.#stop.signal,
      ...(silenceMs === undefined ? {} : { silenceMs }),
      ...(timeoutMs === undefined ? {} : { timeoutMs, replyMs: timeoutMs }),
      ...(maxBody === undefined ? {} : { maxBody }),
    })
    this.#counts.connections++
    this.#audit.restart()
    return connection
  }

  /** Subscribes, learns whom it talks to, and tells of the connection and of the time before it. */
  async #introduce(connection: EslConnection): Promise<void> {
    await connection.subscribe(SUBSCRIBED_EVENTS, SUBSCRIBED_SUBCLASSES)
    const core = await this.#askCore(connection)
    const version = firstLine(await connection.api('version'))
    const hostname = firstLine(await connection.api('hostname'))
    const up = Number(await connection.api('uptime ms'))
    this.#clock.told(Number(await connection.api('strepoch')))
    const { instance: listener, logger } = this.#options
    const upSince = Number.isFinite(up) && up > 0 ? this.#clock.now() - Math.round(up * 1000) : undefined
    this.#tell('switch.connected', { core, listener, hostname, version, upSince })
    const [reason, from] = [
      this.#gapFrom === undefined ? 'the listener started' : 'the connection was lost',
      this.#gapFrom,
    ]
    this.#tell('switch.gap', { core, listener, reason, from, to: this.#clock.now() })
    logger.info({ switch: this.#name, core, version }, 'connected to the switch')
  }

  #part(reason: string): void {
    const { lastEventAt } = this.#clock
    this.#gapFrom = lastEventAt ?? this.#clock.now()
    this.#tell('switch.disconnected', { core: this.#core, listener: this.#options.instance, reason, lastEventAt })
  }

  /** The switch's own word, or the first event's: without knowing the process no snapshot can be judged. */
  async #askCore(connection: EslConnection): Promise<string> {
    const answer = (await connection.api('global_getvar core_uuid')).trim()
    if (CORE.test(answer)) return (this.#core = answer)
    this.#core = undefined
    while (this.#core === undefined && connection.isOpen) {
      await new Promise<void>((resolve) => {
        this.#awaitingCore = resolve
        setTimeout(resolve, 1000).unref()
      })
    }
    if (this.#core === undefined) throw new EslError('ESL_CLOSED', 'the switch closed the connection')
    return this.#core
  }

  #take(event: SwitchEvent, bytes: number): void {
    this.#counts.events++
    this.#counts.bytes += bytes
    let fact: Fact | undefined
    try {
      fact = translate(event, this.#name)
    } catch (error) {
      this.#options.logger.error({ err: error, switch: this.#name }, 'an event could not be translated')
      return this.#miss('text/event-json')
    }
    if (fact === undefined) return
    this.#clock.heard(fact.time)
    if ('core' in fact.data && fact.data.core !== undefined && fact.data.core !== this.#core) {
      this.#core = fact.data.core
      this.#awaitingCore?.()
    }
    // a fact keeps less than half of its event
    this.#push(fact, bytes)
    this.#follow(fact)
  }

  #follow(fact: Fact): void {
    switch (fact.type) {
      case 'channel.created':
        this.#open.add(fact.data.channel)
        return this.#audit.created()
      case 'channel.renamed':
        if (fact.data.oldChannel !== undefined && this.#open.delete(fact.data.oldChannel))
          this.#open.add(fact.data.channel)
        return
      case 'channel.destroyed':
        this.#missed.delete(fact.data.channel)
        return void this.#open.delete(fact.data.channel)
      case 'switch.heartbeat':
        return this.#hearHeartbeat(fact.data.sessionsSinceStartup)
      default:
    }
  }

  #hearHeartbeat(sessionsSinceStartup: number): void {
    const missed = this.#audit.heartbeat(sessionsSinceStartup)
    if (missed > 0) this.#findGap('the switch counts more sessions than were heard of', missed)
  }

  /** Something came that cannot be read. When it was an event, it is lost, and that is a gap. */
  #miss(contentType: string): void {
    this.#counts.malformed++
    const lost = contentType === '' || contentType.startsWith('text/event-')
    if (!lost || performance.now() - this.#unreadableAt < ONE_GAP_MS) return
    this.#unreadableAt = performance.now()
    this.#options.logger.warn({ switch: this.#name }, 'the switch sent an event that cannot be read')
    this.#findGap('an event could not be read')
  }

  #findGap(reason: string, missed?: number): void {
    const [core, to, from] = [this.#core, this.#clock.now(), this.#clock.lastEventAt]
    this.#tell('switch.gap', {
      core,
      listener: this.#options.instance,
      reason,
      to,
      ...(missed === undefined ? { from } : { missed }),
    })
    const { confirmMs = 5000 } = this.#options
    if (this.#connection !== undefined) this.#lookLater(this.#connection, 0, confirmMs)
  }

  #push(fact: Fact, bytes?: number): void {
    const { sink } = this.#options
    this.#counts.facts++
    sink.push(fact, bytes)
    if (!sink.isFull || this.#connection?.isOpen !== true) return
    // neither log nor disk keep up: better no socket than one that is not read, which would freeze the switch
    this.#counts.overruns++
    this.#connection.close(new EslError('ESL_CLOSED', 'facts came faster than they could be kept'))
  }

  /**
   * Takes a snapshot after `ms`, the next after `againMs`, and then ever more rarely, down to one every few minutes: what
   * the views hold for open may itself come late, when log or views were away together with us.
   */
  #lookLater(connection: EslConnection, ms: number, againMs = 2 * ms): void {
    const nextMs = Math.min(againMs, this.#options.snapshotMs ?? 120_000)
    clearTimeout(this.#snapshotTimer)
    this.#snapshotTimer = setTimeout(() => {
      const timer = this.#snapshotTimer
      void this.#look(connection, 'periodic')
        .catch(() => undefined)
        .finally(() => {
          if (connection.isOpen && timer === this.#snapshotTimer) this.#lookLater(connection, nextMs)
        })
    }, ms)
  }

  /** Rejects when the connection ends meanwhile. */
  async #look(connection: EslConnection, reason: string): Promise<void> {
    const { openChannels, instance: listener, logger } = this.#options
    const [askedAt, core] = [this.#clock.now(), this.#core]
    const thoughtOpen = async () => [...this.#open, ...((await openChannels?.().catch(() => [])) ?? [])]
    const seen = await askChannels(connection, thoughtOpen)
    if (seen === undefined || core === undefined || core !== this.#core)
      return logger.warn({ switch: this.#name }, 'the switch gave no list of channels; nothing is concluded from that')
    for (const channel of seen.absent) {
      if (this.#missed.delete(channel)) this.#open.delete(channel)
      else if (this.#open.has(channel)) this.#missed.add(channel)
    }
    this.#push({ ...this.#identity(askedAt), type: 'switch.snapshot', data: { core, listener, reason, ...seen } })
  }

  #tell<T extends OwnFact['type']>(type: T, data: Extract<OwnFact, { type: T }>['data']): void {
    this.#push({ ...this.#identity(this.#clock.now()), type, data } as Fact)
  }

  #identity(time: number) {
    const id = `listener/${this.#options.instance}/${this.#name}/${++this.#counter}`
    return { id, version: 1, key: this.#name, time } as const
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#interrupt = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function firstLine(answer: string): string | undefined {
  const line = answer.split('\n')[0]?.trim()
  return line === undefined || line === '' || line.startsWith('-ERR') ? undefined : line.slice(0, 200)
}
