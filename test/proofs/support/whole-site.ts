/** Everything real: Kamailio with its database and Redis, and Trunkline as `npm start` runs it, provisioning into them. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueToken } from '@trunkline/access'
import { KamailioServer, PATIENT } from '../../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../../kamailio/harness/maria-server.js'
import { orEnd } from '../../kamailio/harness/process.js'
import { startApp, type StartedApp } from '../../support/app-process.js'
import { RedisServer } from '../../support/redis-server.js'
import { Api } from './api.js'

const SECRET = 'a-secret-of-tests-that-is-long-enough'
const VAULT_KEY = '5f'.repeat(32)
/** The domain that SIPp scenarios speak of. */
export const TENANT = 'kam.lab'

export interface WholeSiteOptions {
  readonly freeswitchSip?: string
  readonly env?: Readonly<Record<string, string>>
}

export class WholeSite {
  app!: StartedApp
  api!: Api
  /** What each run of the app has logged. */
  readonly logs: string[] = []

  private constructor(
    readonly folder: string,
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly kamailio: KamailioServer,
    private readonly options: WholeSiteOptions,
  ) {}

  static async start(options: WholeSiteOptions = {}): Promise<WholeSite> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-proofs-'))
    const [maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    const defines = { ...PATIENT, FLOOD_SPARED: '"127.0.0.0/8"', GATEWAY_PING: '0' }
    const servers = { databaseUrl: maria.url, redisPort: redis.port, defines }
    const starting = KamailioServer.start(join(folder, 'kamailio'), servers)
    const kamailio = await orEnd(starting, () => Promise.all([maria.stop(), redis.dispose()]))
    const site = new WholeSite(folder, maria, redis, kamailio, options)
    await site.startApp()
    return site
  }

  get port(): number {
    return this.kamailio.ports.sip
  }

  get env(): Readonly<Record<string, string>> {
    const { options, folder, redis, kamailio, maria } = this
    return {
      DATA_DIR: join(folder, 'data'),
      JWT_SECRET: SECRET,
      VAULT_KEY,
      KAMAILIO_DATABASE_URL: maria.url,
      KAMAILIO_NODES: `sbc1=redis://127.0.0.1:${redis.port}/kam:events?rpc=${kamailio.rpcUrl}`,
      ...(options.freeswitchSip === undefined ? {} : { FREESWITCH_SIP: options.freeswitchSip }),
      ...options.env,
    }
  }

  async startApp(): Promise<void> {
    this.app = await startApp('standalone', this.env)
    this.api = new Api(this.app.url, await this.token('operator', TENANT))
  }

  token(role: 'operator' | 'admin', tenant: string): Promise<string> {
    return issueToken(SECRET, { role, tenant, user: 'olga', ttlSeconds: 3600 })
  }

  /** kill -9 of Trunkline. */
  async killApp(): Promise<void> {
    this.logs.push(...this.app.log)
    await this.app.stop('SIGKILL')
  }

  /** All bytes of the data folder, and of Kamailio's database as text. */
  async everythingKept(): Promise<string> {
    const files = readdirSync(join(this.folder, 'data'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(this.folder, 'data', name))
      .filter((path) => statSync(path).isFile())
    const kept = files.map((path) => readFileSync(path, 'latin1'))
    const tables = (await this.maria.sql('SHOW TABLES')).trim().split('\n')
    for (const table of tables) kept.push(await this.maria.sql(`SELECT * FROM \`${table}\``))
    return kept.join('\n')
  }

  async dispose(): Promise<void> {
    await this.app.stop('SIGKILL')
    await this.kamailio.stop()
    await this.maria.stop()
    await this.redis.dispose()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
