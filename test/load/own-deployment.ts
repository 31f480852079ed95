/** A deployment for one run: servers and apps of its own on 127.0.0.1, gone afterwards. */
import { readFileSync, rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { issueToken } from '@trunkline/access'
import { KamailioServer } from '../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../kamailio/harness/maria-server.js'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { embeddedEngines, realEngines, type Deployment, type Engines } from '../support/engines.js'
import { RedisServer } from '../support/redis-server.js'
import { phoneName } from './phones.js'

const JWT_SECRET = 'of-a-load-run-that-nobody-else-uses-0123456789'
const SIP = { domain: 'load.test', password: 'secret' } as const

interface Slot {
  readonly name: string
  readonly app: AppName
  readonly env: Readonly<Record<string, string>>
  started: StartedApp
}

export class OwnDeployment {
  readonly #engines: Engines
  readonly #deployment: Deployment
  readonly #slots: Slot[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'trunkline-load-'))
  #maria: MariaServer | undefined
  #redis: RedisServer | undefined
  #kamailio: KamailioServer | undefined
  readonly sipDomain = SIP.domain
  readonly sipPassword = SIP.password

  private constructor(engines: Engines, deployment: Deployment) {
    this.#engines = engines
    this.#deployment = deployment
  }

  static async start(engine: 'kafka' | 'embedded'): Promise<OwnDeployment> {
    const engines = await (engine === 'kafka' ? realEngines() : embeddedEngines())
    return new OwnDeployment(engines, await engines.deploy())
  }

  /** Kamailio with its database and Redis, and users for so many endpoints. */
  async startKamailio(users: number): Promise<void> {
    const redis = (this.#redis = await RedisServer.start())
    const maria = (this.#maria = await MariaServer.start(join(this.#folder, 'db')))
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const rows = Array.from({ length: users }, (_, number) => {
      const name = phoneName(number)
      const ha1 = md5(`${name}:${SIP.domain}:${SIP.password}`)
      return `('${name}', '${SIP.domain}', '', '${ha1}', '${md5(`${name}@${SIP.domain}:${SIP.domain}:${SIP.password}`)}')`
    })
    await maria.sql(`INSERT INTO subscriber (username, domain, password, ha1, ha1b) VALUES ${rows.join(',')}`)
    // as in service, not as tests have it that wait for them
    const defines = { REPLY_TIMEOUT: '5000', RING_TIMEOUT: '120000' }
    const settings = { databaseUrl: maria.url, redisPort: redis.port, defines }
    this.#kamailio = await KamailioServer.start(join(this.#folder, 'kamailio'), settings)
  }

  /** Starts the apps on these switches, and waits until they are ready. */
  async startApps(eslSwitches: string): Promise<void> {
    const twice = this.#engines.name === 'engines'
    const esl = { ESL_SWITCHES: eslSwitches }
    await all([
      this.#start('projector 1', 'projector'),
      ...(twice ? [this.#start('projector 2', 'projector')] : []),
      this.#start('graphql', 'graphql'),
    ])
    await all([
      this.#start('esl-listener 1', 'esl-listener', esl),
      this.#start('esl-listener 2', 'esl-listener', esl),
      ...(this.#kamailio === undefined ? [] : [this.#start('kamailio-listener', 'kamailio-listener', this.#nodes())]),
    ])
    await Promise.all(this.#slots.map(({ started }) => ready(started)))
  }

  get url(): string {
    return this.#slot('graphql').started.url
  }

  get metricsUrls(): string[] {
    return this.#slots.map(({ started }) => `${started.url}/metrics`)
  }

  get kamailio(): { host: string; port: number } | undefined {
    return this.#kamailio === undefined ? undefined : { host: '127.0.0.1', port: this.#kamailio.ports.sip }
  }

  token(): Promise<string> {
    return issueToken(JWT_SECRET, { role: 'admin', tenant: '*', user: 'load', ttlSeconds: 7200 })
  }

  /** Names, each with the pid of now. */
  processes(): { readonly name: string; readonly pids: () => readonly number[] }[] {
    const { kafka, mariadb } = this.#engines
    return [
      ...this.#slots
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((slot) => ({ name: slot.name, pids: () => [slot.started.pid] })),
      ...(kafka === undefined ? [] : [{ name: 'Kafka', pids: () => [kafka.pid] }]),
      ...(mariadb === undefined ? [] : [{ name: 'MariaDB', pids: () => [mariadb.pid] }]),
      ...(this.#kamailio === undefined
        ? []
        : [
            { name: 'Kamailio', pids: () => pidIn(join(this.#folder, 'kamailio/pid')) },
            { name: "Kamailio's MariaDB", pids: () => pidIn(join(this.#folder, 'db/pid')) },
          ]),
    ]
  }

  /** kill -9 of one esl-listener and of the projector that publishes; gives their names. */
  async kill(): Promise<string[]> {
    const projectors = this.#slots.filter(({ app }) => app === 'projector')
    let publisher = projectors[0]!
    for (const slot of projectors) if (await publishes(slot.started)) publisher = slot
    const victims = [this.#slot('esl-listener 1'), publisher]
    await Promise.all(victims.map(({ started }) => started.stop('SIGKILL')))
    return victims.map(({ name }) => name)
  }

  /** Starts what was killed. */
  async restart(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const slot = this.#slot(name)
        slot.started = await this.#app(slot.app, slot.env)
      }),
    )
  }

  /** The apps' last words, for when a run failed. */
  words(): string {
    return this.#slots
      .flatMap(({ name, started }) => started.log.slice(-5).map((line) => `${name}: ${line}`))
      .join('\n')
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(({ started }) => started.stop('SIGKILL')))
    await this.#kamailio?.stop('SIGKILL')
    await this.#maria?.stop()
    await this.#redis?.dispose()
    await this.#deployment.dispose()
    await this.#engines.dispose()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(name: string, app: AppName, env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#slots.push({ name, app, env, started: await this.#app(app, env) })
  }

  #app(app: AppName, env: Readonly<Record<string, string>>): Promise<StartedApp> {
    return startApp(app, { ...this.#deployment.env, JWT_SECRET, ...env })
  }

  #slot(name: string): Slot {
    return this.#slots.find((slot) => slot.name === name)!
  }

  #nodes(): Record<string, string> {
    const rpc = encodeURIComponent(this.#kamailio!.rpcUrl)
    return { KAMAILIO_NODES: `sbc1=${this.#redis!.url}/kam:events?rpc=${rpc}` }
  }
}

/** Waits for all, also when one fails: what is still starting could not be stopped. */
async function all(starting: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starting)).find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
}

async function ready(app: StartedApp): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    const answer = await fetch(`${app.url}/health/ready`).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${app.name} is not ready after a minute:\n${app.log.join('\n')}`)
}

async function publishes(app: StartedApp): Promise<boolean> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  return /^trunkline_relay_active(?:\{[^}]*\})? 1$/m.test(text)
}

function pidIn(file: string): number[] {
  try {
    return [Number(readFileSync(file, 'utf8'))]
  } catch {
    return []
  }
}
