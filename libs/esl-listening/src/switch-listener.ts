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
import { parseChannelList } from './channel-list.js'
import type { FactSink } from './fact-sink.js'
import { HeartbeatAudit } from './heartbeat-audit.js'
import type { ListenerLogger } from './logger.js'

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
  /** Second look after the first snapshot of a connection, ms; 5 s by default. */
  readonly confirmMs?: number
  /** Between snapshots, ms; 2 minutes by default. */
  readonly snapshotMs?: number
}

type OwnFact = Extract<Fact, { type: 'switch.connected' | 'switch.disconnected' | 'switch.gap' | 'switch.snapshot' }>
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const MAX_QUESTIONS = 2000

export class SwitchListener {
  readonly #options: SwitchListenerOptions
  readonly #name: string
  readonly #audit = new HeartbeatAudit()
  /** Channels whose birth was heard and whose end was not. */
  readonly #open = new Set<string>()
  #connection: EslConnection | undefined
  #core: string | undefined
  #lastEventAt: number | undefined
  /** Switch clock minus ours, µs. */
  #clockOffset = 0
  #counter = 0
  #stopped = false
  #interrupt: (() => void) | undefined
  #snapshotTimer: NodeJS.Timeout | undefined
  #awaitingCore: (() => void) | undefined
  readonly #counts = { events: 0, facts: 0, bytes: 0, malformed: 0, connections: 0, overruns: 0 }
  readonly #running: Promise<void>

  constructor(options: SwitchListenerOptions) {
    this.#options = options
    this.#name = options.setting.name
    this.#running = this.#run()
  }

  status() {
    return {
      name: this.#name,
      address: `${this.#options.setting.address.host}:${this.#options.setting.address.port}`,
      connected: this.#connection?.isOpen === true,
      core: this.#core ?? null,
      lastEventAt: this.#lastEventAt === undefined ? null : Math.round(this.#lastEventAt / 1000),
      ...this.#counts,
    }
  }

  async close(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#snapshotTimer)
    this.#connection?.close(new EslError('ESL_CLOSED', 'the listener stops'))
    this.#interrupt?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { minBackoffMs = 250, maxBackoffMs = 15_000, logger } = this.#options
    let backoff = minBackoffMs
    let gapFrom: number | undefined
    while (!this.#stopped) {
      try {
        const gone = await this.#connect(gapFrom)
        backoff = minBackoffMs
        const reason = await gone
        gapFrom = this.#lastEventAt ?? this.#now()
        this.#connection = undefined
        clearTimeout(this.#snapshotTimer)
        this.#tell('switch.disconnected', {
          core: this.#core,
          listener: this.#options.instance,
          reason: reason.message,
          lastEventAt: this.#lastEventAt,
        })
        if (!this.#stopped)
          logger.warn({ switch: this.#name, reason: reason.message }, 'the connection to the switch is lost')
      } catch (error) {
        if (this.#stopped) break
        const { code, message } = error instanceof EslError ? error : { code: 'UNEXPECTED', message: String(error) }
        logger.error({ switch: this.#name, code, reason: message }, 'no connection to the switch; trying again')
      }
      if (this.#stopped) break
      // full jitter: many listeners of a switch that comes back do not come back all at once
      await this.#sleep(minBackoffMs / 2 + Math.random() * backoff)
      backoff = Math.min(maxBackoffMs, backoff * 2)
    }
  }

  /** Returns a promise of the connection's end. */
  async #connect(gapFrom: number | undefined): Promise<Promise<EslError>> {
    const { setting, silenceMs, timeoutMs } = this.#options
    let end: (reason: EslError) => void = () => undefined
    const ended = new Promise<EslError>((resolve) => (end = resolve))
    const handlers = {
      onEvent: (event: SwitchEvent, bytes: number) => this.#take(event, bytes),
      onMalformed: () => void this.#counts.malformed++,
      onClose: end,
    }
    const timing = {
      ...(silenceMs === undefined ? {} : { silenceMs }),
      ...(timeoutMs === undefined ? {} : { timeoutMs, replyMs: timeoutMs }),
    }
    const connection = await connectEsl(setting.address, handlers, timing)
    if (this.#stopped) {
      connection.close()
      return ended
    }
    this.#connection = connection
    this.#counts.connections++
    this.#audit.restart()
    await connection.subscribe(SUBSCRIBED_EVENTS, SUBSCRIBED_SUBCLASSES)
    const core = await this.#askCore(connection)
    const version = firstLine(await connection.api('version'))
    const up = Number(await connection.api('uptime ms'))
    this.#tell('switch.connected', {
      core,
      listener: this.#options.instance,
      hostname: firstLine(await connection.api('hostname')),
      version,
      upSince: Number.isFinite(up) && up > 0 ? this.#now() - up * 1000 : undefined,
    })
    const reason = gapFrom === undefined ? 'the listener started' : 'the connection was lost'
    this.#tell('switch.gap', { core, listener: this.#options.instance, reason, from: gapFrom, to: this.#now() })
    this.#options.logger.info({ switch: this.#name, core, version }, 'connected to the switch')
    await this.#snapshot(connection, gapFrom === undefined ? 'connected' : 'gap')
    this.#schedule(connection, this.#options.confirmMs ?? 5000)
    return ended
  }

  /** The switch's own word, or the first event's: without knowing the process no snapshot can be judged. */
  async #askCore(connection: EslConnection): Promise<string> {
    const answer = (await connection.api('global_getvar core_uuid')).trim()
    if (UUID.test(answer)) return (this.#core = answer)
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
    const fact = translate(event, this.#name)
    if (fact === undefined) return
    this.#lastEventAt = fact.time
    this.#clockOffset = fact.time - Date.now() * 1000
    if ('core' in fact.data && fact.data.core !== undefined && fact.data.core !== this.#core)
      this.#newCore(fact.data.core)
    this.#push(fact)
    if (fact.type === 'channel.created') {
      this.#open.add(fact.data.channel)
      this.#audit.created()
    } else if (fact.type === 'channel.destroyed') this.#open.delete(fact.data.channel)
    else if (fact.type === 'switch.heartbeat') this.#hearHeartbeat(fact.data.sessionsSinceStartup)
  }

  #newCore(core: string): void {
    this.#core = core
    this.#awaitingCore?.()
  }

  #hearHeartbeat(sessionsSinceStartup: number): void {
    const missed = this.#audit.heartbeat(sessionsSinceStartup)
    if (missed === 0) return
    this.#tell('switch.gap', {
      core: this.#core,
      listener: this.#options.instance,
      reason: 'the switch counts more sessions than were heard of',
      to: this.#now(),
      missed,
    })
    if (this.#connection !== undefined) this.#schedule(this.#connection, 0)
  }

  #push(fact: Fact): void {
    this.#counts.facts++
    this.#options.sink.push(fact)
    if (!this.#options.sink.isFull) return
    // neither log nor disk keep up: better no socket than one that is not read, which would freeze the switch
    this.#counts.overruns++
    this.#connection?.close(new EslError('ESL_CLOSED', 'facts came faster than they could be kept'))
  }

  #schedule(connection: EslConnection, ms: number): void {
    clearTimeout(this.#snapshotTimer)
    this.#snapshotTimer = setTimeout(() => {
      void this.#snapshot(connection, 'periodic')
        .catch(() => undefined)
        .finally(() => {
          if (connection.isOpen) this.#schedule(connection, this.#options.snapshotMs ?? 120_000)
        })
    }, ms)
  }

  async #snapshot(connection: EslConnection, reason: string): Promise<void> {
    const askedAt = this.#now()
    const core = this.#core
    const channels = parseChannelList(await connection.api('show channels as json'))
    if (channels === undefined || core === undefined || core !== this.#core) {
      this.#options.logger.warn(
        { switch: this.#name },
        'the switch gave no list of channels; nothing is concluded from that',
      )
      return
    }
    const listed = new Set(channels.map(({ channel }) => channel))
    const thought = new Set([...this.#open, ...((await this.#options.openChannels?.().catch(() => [])) ?? [])])
    const absent: string[] = []
    for (const channel of [...thought].filter((one) => !listed.has(one) && UUID.test(one)).slice(0, MAX_QUESTIONS)) {
      if ((await connection.api(`uuid_exists ${channel}`)).trim() === 'false') absent.push(channel)
    }
    for (const channel of absent) this.#open.delete(channel)
    this.#push({
      ...this.#identity(askedAt),
      type: 'switch.snapshot',
      data: { core, listener: this.#options.instance, reason, channels, absent },
    })
  }

  #tell<T extends OwnFact['type']>(type: T, data: Extract<OwnFact, { type: T }>['data']): void {
    this.#push({ ...this.#identity(this.#now()), type, data } as Fact)
  }

  #identity(time: number) {
    return {
      id: `listener/${this.#options.instance}/${this.#name}/${++this.#counter}`,
      version: 1,
      key: this.#name,
      time,
    } as const
  }

  /** Now by the switch's clock, as far as it is known, µs. */
  #now(): number {
    return Date.now() * 1000 + this.#clockOffset
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
