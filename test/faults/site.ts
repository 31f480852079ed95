/**
 * What a fault is made on: three simulated switches, two listeners, two projectors and, where it matters, the API, as
 * processes apart on Kafka and MariaDB; and a twin in this process, on stores of its own, that hears the same switches
 * and that nothing happens to.
 */
import { join } from 'node:path'
import { VIEWS } from '@trunkline/projection'
import { STREAMS, type EventLog, type ViewStore } from '@trunkline/ports'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import type { Deployment } from '../support/engines.js'
import { Pipeline } from '../support/pipeline.js'
import type { Servers } from './servers.js'
import { SWITCHES } from './traffic.js'
import { Wire } from './wire.js'

export const JWT_SECRET = 'only-for-these-faults-0123456789abcdef'

const APPS = {
  listener1: 'esl-listener',
  listener2: 'esl-listener',
  projector1: 'projector',
  projector2: 'projector',
  graphql: 'graphql',
} as const satisfies Readonly<Record<string, AppName>>
export type Role = keyof typeof APPS

export interface SiteOptions {
  readonly servers: Servers
  /** Folder of {@link makeTraffic}. */
  readonly captures: string
  /** 0 to 1. */
  readonly random: () => number
  readonly roles: readonly Role[]
  /** What a wire is put before. */
  readonly wired: ReadonlySet<'kafka' | 'database' | 'switches'>
  /** Only these have the wires; all, by default. */
  readonly wiredRoles?: readonly Role[]
  readonly env?: Readonly<Partial<Record<Role, Readonly<Record<string, string>>>>>
}

const QUIET_MS = 60_000
const LOOK_MS = 100

export class Site {
  readonly twin = new Pipeline()
  readonly apps = new Map<Role, StartedApp>()
  readonly log: EventLog
  readonly views: ViewStore
  /** Before each switch, for those that are wired. */
  readonly switchWires: Wire[] = []
  readonly switches: SimulatedSwitch[] = []
  #ended = false

  private constructor(
    readonly options: SiteOptions,
    readonly deployment: Deployment,
  ) {
    this.log = deployment.openLog()
    this.views = deployment.openViews()
  }

  static async open(options: SiteOptions): Promise<Site> {
    const site = new Site(options, await options.servers.deploy())
    try {
      await site.#begin()
      return site
    } catch (error) {
      await site.close()
      throw error
    }
  }

  get random(): () => number {
    return this.options.random
  }

  /** From so many ms to so many, at random. */
  async pause(fromMs: number, toMs = fromMs): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, fromMs + this.random() * (toMs - fromMs)))
  }

  /** Facts that the twin has heard so far. */
  get heard(): number {
    return this.twin.listeners.flatMap((one) => one.status().switches).reduce((sum, { facts }) => sum + facts, 0)
  }

  async start(role: Role): Promise<StartedApp> {
    const app = await startApp(APPS[role], this.#envOf(role))
    this.apps.set(role, app)
    return app
  }

  async kill(...roles: Role[]): Promise<void> {
    await Promise.all(roles.map((role) => this.apps.get(role)!.stop('SIGKILL')))
  }

  /** Waits until `look` gives something; throws, with what the apps have said, when it takes too long. */
  async until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
    const deadline = performance.now() + QUIET_MS
    let trouble: unknown
    while (performance.now() < deadline) {
      try {
        const found = await look()
        if (found !== undefined && found !== false) return found
      } catch (error) {
        trouble = error
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    const said = [...this.apps].flatMap(([role, { log }]) =>
      log.slice(-6).map((line) => `  ${role}: ${line.slice(0, 400)}`),
    )
    const why = trouble === undefined ? '' : ` (${(trouble as Error).message})`
    throw new Error(`not within ${QUIET_MS / 1000} s: ${what}${why}\n${said.join('\n')}`)
  }

  /** The switches have told everything, and whatever was heard of it is in the views and in the public streams. */
  async settle(): Promise<void> {
    await Promise.all(this.switches.map(({ done }) => done))
    await this.twin.settled()
    const listeners = [...this.apps].filter(([role, app]) => role.startsWith('listener') && app.ended() === undefined)
    for (const [role, app] of listeners) {
      await this.until(`${role} hears all switches again`, async () => (await connected(app)) === SWITCHES.length)
      await this.until(`${role} has handed over its facts`, async () => (await waiting(app)) === 0)
    }
    await this.until('no call is left open', () => this.#isProjected(true))
    // listeners look at their switches again and again: once they are gone, nothing new comes
    await Promise.all(listeners.map(([, app]) => app.stop('SIGTERM')))
    await Promise.all(this.twin.listeners.map((one) => one.close()))
    await this.twin.projector.caughtUp()
    await this.until('all is projected and published', () => this.#isProjected(false))
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await Promise.all([...this.apps.values()].map((app) => app.stop()))
    await Promise.all(this.switches.map((one) => one.close()))
    await Promise.all(this.switchWires.map((wire) => wire.close()))
    if (this.twin.projector !== undefined) await this.twin.close()
    await this.views.close()
    await this.log.close()
    await this.deployment.dispose()
  }

  async #begin(): Promise<void> {
    const { roles, captures, wired } = this.options
    await this.twin.startProjector()
    const hearers = roles.filter((role) => role.startsWith('listener')).length + 1
    for (const name of SWITCHES) {
      const options = { password: 'secret', captures, scenarios: [name], name, rebase: true, heartbeatSeconds: 2 }
      const pbx = await startSimulatedSwitch({ ...options, subscribers: hearers, maxBufferedBytes: 2 ** 30 })
      this.switches.push(pbx)
      if (wired.has('switches')) this.switchWires.push(await Wire.open(pbx.port))
    }
    await Promise.all(roles.map((role) => this.start(role)))
    const projectors = roles.filter((role) => role.startsWith('projector'))
    await this.until('all partitions are read', async () => {
      const held = await Promise.all(projectors.map((role) => metric(this.apps.get(role)!, 'projector_partitions')))
      return (
        held.every((count) => count > 0) && held.reduce((sum, count) => sum + count, 0) === (await this.#partitions())
      )
    })
    // the last to subscribe: now the switches begin
    const all = this.switches.map(({ url }, index) => `${SWITCHES[index]}=${url}`).join()
    this.twin.listen(all, { timing: {} })
    await this.until('the switches speak', () => this.switches.every((pbx) => pbx.played().events > 0))
  }

  #partitions(): Promise<number> {
    return this.log.partitions(STREAMS.switch)
  }

  #envOf(role: Role): Record<string, string> {
    const { servers, wired, wiredRoles, env } = this.options
    const hasWires = wiredRoles?.includes(role) ?? true
    const own: Record<string, string> = { ...this.deployment.env, DATA_DIR: join(this.deployment.dataDir, role) }
    if (wired.has('kafka') && hasWires) own['KAFKA_BROKERS'] = `127.0.0.1:${servers.wires.kafka.port}`
    if (wired.has('database') && hasWires) {
      own['MYSQL_URL'] = own['MYSQL_URL']!.replace(`:${servers.mariadb.port}/`, `:${servers.wires.database.port}/`)
    }
    if (role === 'graphql') own['JWT_SECRET'] = JWT_SECRET
    if (role.startsWith('listener')) {
      const ports = this.switches.map(
        ({ port }, index) => (hasWires ? this.switchWires[index]?.port : undefined) ?? port,
      )
      own['ESL_SWITCHES'] = SWITCHES.map((name, index) => `${name}=esl://:secret@127.0.0.1:${ports[index]}`).join()
    }
    return { ...own, ...env?.[role] }
  }

  async #isProjected(andEnded: boolean): Promise<boolean> {
    const [{ n: unpublished }] = (await this.views.all<{ n: number }>('SELECT count(*) AS n FROM outbox')) as [
      { n: number },
    ]
    if (unpublished > 0) return false
    const sql = "SELECT count(*) AS n FROM calls WHERE state <> 'ended'"
    if (andEnded && (await this.views.all<{ n: number }>(sql))[0]!.n > 0) return false
    for (let partition = 0; partition < (await this.#partitions()); partition++) {
      const end = await this.log.end(STREAMS.switch, partition)
      for (const view of Object.keys(VIEWS)) if ((await this.views.checkpoint(view, partition)) !== end) return false
    }
    return true
  }
}

async function metricsOf(app: StartedApp): Promise<string> {
  return (await fetch(`${app.url}/metrics`, { signal: AbortSignal.timeout(5000) })).text()
}

/** Switches that a listener is connected to. */
async function connected(app: StartedApp): Promise<number> {
  return [...(await metricsOf(app)).matchAll(/^trunkline_switch_connected\{.*\} 1$/gm)].length
}

/** The value of a metric without labels, as the app tells it. */
async function metric(app: StartedApp, name: string): Promise<number> {
  const text = await metricsOf(app)
  const value = new RegExp(`^trunkline_${name} (\\S+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`${app.name} has no metric ${name}`)
  return Number(value)
}

/** Facts in memory and bytes on disk that wait for the log. */
async function waiting(app: StartedApp): Promise<number> {
  return (await metric(app, 'listener_queued_facts')) + (await metric(app, 'listener_spooled_bytes'))
}
