/** One run: a deployment, load on it, and the report. */
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { Api } from './api.js'
import { auditCalls, auditFeed, auditPhones } from './audit.js'
import { Ledger } from './ledger.js'
import { MetricsWatch } from './metrics-watch.js'
import type { LoadSettings } from './options.js'
import { OwnDeployment } from './own-deployment.js'
import { phoneName, Phones } from './phones.js'
import { ProcessWatch } from './processes.js'
import { failuresOf, type LoadReport } from './report.js'
import { CAPTURES, ROUND } from './scenarios.js'
import { Subscriber } from './subscriber.js'

const RESTART_AFTER_MS = 5000
/** After the last call's end, for everything to arrive. */
const SETTLE_MS = 60_000
/** Users for each call that is open, so that most have one call at a time. */
const USERS_A_CALL = 4

export class LoadRun {
  readonly #settings: LoadSettings
  readonly #say: (text: string) => void
  readonly #ledger = new Ledger()
  readonly #watch = new ProcessWatch()
  readonly #switches: SimulatedSwitch[] = []
  #own: OwnDeployment | undefined
  #phones: Phones | undefined
  #subscriber: Subscriber | undefined
  #setUp: Promise<void> | undefined
  #restarting: Promise<void> | undefined
  #stopped = false
  #closing: Promise<void> | undefined

  constructor(settings: LoadSettings, say: (text: string) => void) {
    this.#settings = settings
    this.#say = say
  }

  /** Throws when the load could not be put; what became of it is in the report. */
  async run(): Promise<LoadReport> {
    const { remote, registrations, engine, failover } = this.#settings
    this.#setUp = this.#start()
    await this.#setUp
    if (this.#stopped) throw new Error('stopped')
    const api = new Api(remote?.url ?? this.#own!.url, remote?.token ?? (await this.#own!.token()))
    this.#subscriber = new Subscriber(api.url, api.token)
    await this.#subscriber.start()
    await this.#register()
    const metrics = new MetricsWatch(() => remote?.metrics ?? this.#own!.metricsUrls)
    for (const { name, pids } of this.#own?.processes() ?? []) this.#watch.add(name, pids)
    this.#watch.add('load generator', () => [process.pid], true)
    this.#watch.add('SIPp', () => this.#phones?.pids ?? [])
    this.#watch.start()
    await metrics.start()
    const gapsBefore = await gapsOf(api)

    const beganMs = Date.now()
    this.#begin()
    const [killed] = await Promise.all([
      failover ? this.#failover() : [],
      this.#sipCalls(),
      this.#pause(this.#settings.seconds),
    ])
    this.#say('no more calls begin; waiting for the last ones')
    await Promise.all(this.#switches.map((one) => one.finishLoad()))
    const tookSeconds = (Date.now() - beganMs) / 1000
    await this.#settled(api)
    const processes = this.#watch.stop()
    const seen = await metrics.stop()
    const records = await api.calls(beganMs - 1000)
    const phones = await this.#phonesAudit(api, records)
    const { calls, rate, seconds, switches } = this.#settings
    const report = {
      asked: { calls, registrations, rate, seconds, switches, failover },
      deployment: remote?.url ?? `a deployment of its own (${engine === 'kafka' ? 'Kafka, MariaDB' : 'SQLite'})`,
      tookSeconds,
      calls: auditCalls(this.#ledger, records, (name) => /^load\d+$/.test(name)),
      feed: auditFeed(this.#ledger, this.#subscriber),
      phones,
      switchEvents: this.#switches.reduce((sum, one) => sum + one.played().events, 0),
      generatorLateMs: Math.max(...this.#switches.map((one) => one.loaded().latestMs)),
      metrics: remote !== undefined && remote.metrics.length === 0 ? undefined : seen,
      gaps: (await gapsOf(api)) - gapsBefore,
      parked: await api.parked(),
      killed,
      processes,
    }
    return { ...report, failures: failuresOf(report) }
  }

  /** The apps' last words. */
  words(): string {
    return this.#own?.words() ?? ''
  }

  /** Ends whatever runs. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#stopped = true
    // a server that is just starting cannot be stopped yet
    await this.#setUp?.catch(() => undefined)
    await this.#restarting?.catch(() => undefined)
    await this.#subscriber?.close()
    await this.#phones?.close()
    await Promise.all(this.#switches.map((one) => one.close()))
    await this.#own?.close()
  }

  async #start(): Promise<void> {
    const { remote, registrations, engine } = this.#settings
    if (remote === undefined) {
      this.#say(`starting a deployment (${engine})`)
      this.#own = await OwnDeployment.start(engine)
      if (registrations > 0 && !this.#stopped) await this.#own.startKamailio(registrations)
    }
    if (this.#stopped) return
    await this.#startSwitches()
    await this.#own?.startApps(this.#switches.map(({ url }, index) => `load${index + 1}=${url}`).join(','))
  }

  async #startSwitches(): Promise<void> {
    const { calls, rate, switches, remote } = this.#settings
    for (let index = 0; index < switches; index++) {
      this.#switches.push(
        await startSimulatedSwitch({
          ...(remote?.listen[index] ?? {}),
          name: `load${index + 1}`,
          password: remote?.eslPassword ?? 'ClueCon',
          captures: CAPTURES,
          scenarios: ROUND,
          rebase: true,
          subscribers: remote?.listeners ?? 2,
          load: {
            perSecond: rate / switches,
            // one more than asked, so that the number is never below while one ends and the next begins
            lastsMs: ((calls + switches) / rate) * 1000,
            users: Math.max(2, calls * USERS_A_CALL),
            told: this.#ledger.note,
          },
        }),
      )
    }
  }

  #begin(): void {
    this.#say('calls begin')
    for (const one of this.#switches) one.startLoad()
  }

  async #register(): Promise<void> {
    const { registrations, expires, remote } = this.#settings
    const kamailio = remote === undefined ? this.#own!.kamailio : remote.kamailio
    if (registrations === 0 || kamailio === undefined) return
    this.#say(`${registrations} endpoints register`)
    this.#phones = new Phones({
      kamailio,
      domain: remote?.sipDomain ?? this.#own!.sipDomain,
      password: remote?.sipPassword ?? this.#own!.sipPassword,
      count: registrations,
      expires,
    })
    await this.#phones.register()
  }

  get #sipCallCount(): number {
    const { sipRate, seconds } = this.#settings
    return this.#phones === undefined ? 0 : Math.floor(sipRate * seconds)
  }

  async #sipCalls(): Promise<void> {
    if (this.#sipCallCount > 0) await this.#phones!.call(this.#sipCallCount, this.#settings.sipRate)
  }

  /** In the middle; of a deployment that is not ours only the subscriber's connection. */
  async #failover(): Promise<string[]> {
    await this.#pause(this.#settings.seconds / 2)
    const killed = (await this.#own?.kill()) ?? []
    this.#say(killed.length === 0 ? 'the subscriber is cut' : `killed: ${killed.join(', ')}; the subscriber is cut`)
    this.#subscriber!.reconnect()
    await this.#pause(RESTART_AFTER_MS / 1000)
    if (this.#stopped) return killed
    this.#restarting = this.#own?.restart(killed)
    await this.#restarting
    return killed
  }

  /** Waits until all that can still arrive has arrived, or for as long as is reasonable. */
  async #settled(api: Api): Promise<void> {
    const end = Date.now() + SETTLE_MS
    const subscriber = this.#subscriber!
    const allHeard = () =>
      [...this.#ledger.calls.keys()].every((id) => (subscriber.calls.get(id)?.atMs.ended.length ?? 0) > 0)
    while (Date.now() < end && !this.#stopped) {
      if (allHeard() && (await api.liveCalls()).length === 0) break
      await this.#pause(0.25)
    }
    // what would come twice comes soon
    await this.#pause(1)
  }

  async #phonesAudit(api: Api, records: Awaited<ReturnType<Api['calls']>>): Promise<LoadReport['phones']> {
    if (this.#phones === undefined) return undefined
    if (this.#phones.problem !== undefined) throw new Error(`endpoints could not refresh: ${this.#phones.problem}`)
    const names = Array.from({ length: this.#settings.registrations }, (_, index) => phoneName(index))
    return auditPhones(names, { registered: await api.registrations(), records, placed: this.#sipCallCount })
  }

  async #pause(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    while (!this.#stopped && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, end - performance.now()))))
    }
  }
}

async function gapsOf(api: Api): Promise<number> {
  return (await api.switches()).reduce((sum, { gapCount }) => sum + gapCount, 0)
}
