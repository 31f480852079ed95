/** A database with provisioned rows, Redis, and the Kamailio that reads both. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KamailioRpcError } from '@trunkline/kamailio'
import { KamailioServer, PATIENT } from '../../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../../kamailio/harness/maria-server.js'
import { orEnd, until } from '../../kamailio/harness/process.js'
import { RedisServer } from '../../support/redis-server.js'
import type { Rows } from './rows.js'

export type KamailioNote = Readonly<Record<string, string | number>> & { readonly ev: string; readonly seq: number }

export class RoutingSite {
  private constructor(
    readonly folder: string,
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly kamailio: KamailioServer,
  ) {}

  /** `rows` are there before Kamailio starts. Sources of tests may flood; trunks are not probed. */
  static async start(
    rows: Rows,
    defines: Readonly<Record<string, string>> = {},
    syslog?: string,
  ): Promise<RoutingSite> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-routing-'))
    const [maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    await maria.sql(`${rows.sql.join(';\n')};`)
    const settings = { ...PATIENT, FLOOD_SPARED: '"127.0.0.0/8"', GATEWAY_PING: '0', ...defines }
    const servers = {
      databaseUrl: maria.url,
      redisPort: redis.port,
      defines: settings,
      ...(syslog === undefined ? {} : { syslog }),
    }
    const starting = KamailioServer.start(join(folder, 'kamailio'), servers)
    const kamailio = await orEnd(starting, () => Promise.all([maria.stop(), redis.dispose()]))
    return new RoutingSite(folder, maria, redis, kamailio)
  }

  get port(): number {
    return this.kamailio.ports.sip
  }

  /** Writes rows, and makes them effective in the Kamailio that runs. */
  async apply(rows: Rows): Promise<void> {
    await this.maria.sql(`${rows.sql.join(';\n')};`)
    const done = new Set<string>()
    for (const [method, parameters] of rows.effect) {
      const key = JSON.stringify([method, parameters])
      if (done.has(key)) continue
      done.add(key)
      await until(`${method} is taken`, () =>
        this.kamailio.rpc.call(method, parameters).then(
          () => true,
          // a table is reloaded every 5 s at most
          (error: unknown) => {
            if (error instanceof KamailioRpcError && error.message.includes('ongoing reload')) return false
            throw error
          },
        ),
      )
    }
  }

  /** What Kamailio told since it started. */
  async events(name?: string): Promise<KamailioNote[]> {
    const entries = (await this.redis.command('XRANGE', 'kam:events', '-', '+')) as [string, string[]][]
    const notes = entries.map(([, fields]) => JSON.parse(fields[1]!) as KamailioNote)
    return name === undefined ? notes : notes.filter(({ ev }) => ev === name)
  }

  async dispose(): Promise<void> {
    await this.kamailio.stop()
    await this.maria.stop()
    await this.redis.dispose()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
