/** Commands, events, views and the provisioner in this process, upon a real MariaDB and a real Kamailio. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CommandAnswer } from '@trunkline/commands'
import { startProvisioner, type Provisioner, type ProvisionerOptions } from '@trunkline/provisioner'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { startWriteSide, type WriteSide } from '../../../libs/commands/src/testing/write-side.js'
import { KamailioServer, PATIENT } from '../../kamailio/harness/kamailio-server.js'
import { MariaServer } from '../../kamailio/harness/maria-server.js'
import { orEnd, until } from '../../kamailio/harness/process.js'
import { RedisServer } from '../../support/redis-server.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'

export const TENANT = 'a.example'

/** What is looked for in everything that is written somewhere. */
export const PASSWORD = 'never-to-be-seen-4711'

/** Sends a command, and again with the same key while it is refused for a reason that passes, as callers do. */
export async function sendSurely(side: WriteSide, name: string, input: unknown): Promise<CommandAnswer> {
  const key = randomUUID()
  for (const end = performance.now() + 30_000; ;) {
    try {
      return await side.send(name, input, { key })
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true || performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

export class ProvisioningSite {
  readonly lines: string[] = []
  provisioner: Provisioner | undefined
  #changed = () => {}

  private constructor(
    readonly folder: string,
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly kamailio: KamailioServer,
    readonly side: WriteSide,
    private readonly projector: ProvisioningProjector,
  ) {}

  static async start(): Promise<ProvisioningSite> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-provisioner-'))
    const [maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    const defines = { ...PATIENT, FLOOD_SPARED: '"127.0.0.0/8"', GATEWAY_PING: '0' }
    const servers = { databaseUrl: maria.url, redisPort: redis.port, defines }
    const starting = KamailioServer.start(join(folder, 'kamailio'), servers)
    const kamailio = await orEnd(starting, () => Promise.all([maria.stop(), redis.dispose()]))
    const viewStore = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
    const side = await startWriteSide({ viewStore, things: createThings(viewStore) })
    const changed = { tell: () => {} }
    const { eventStore } = side
    const logger = silent as never
    const projector = await startProvisioningProjector({
      eventStore,
      store: viewStore,
      logger,
      changed: () => changed.tell(),
    })
    const site = new ProvisioningSite(folder, maria, redis, kamailio, side, projector)
    changed.tell = () => site.#changed()
    return site
  }

  async provision(options: Partial<ProvisionerOptions> = {}): Promise<Provisioner> {
    const { viewStore: store, vault, eventStore } = this.side
    const note = (fields: object, message: string) => void this.lines.push(JSON.stringify({ message, ...fields }))
    this.provisioner = await startProvisioner({
      store,
      things: createThings(store),
      vault,
      eventStore,
      kamailioDatabaseUrl: this.maria.url,
      kamailioNodes: [{ name: 'sbc1', rpcUrl: this.kamailio.rpcUrl }],
      logger: { debug: note, info: note, warn: note, error: note },
      ...options,
      timing: {
        pollMs: 50,
        leaseMs: 10_000,
        probeMs: { first: 100, most: 500 },
        reloadEveryMs: 5200,
        ...options.timing,
      },
    })
    this.#changed = () => this.provisioner?.nudge()
    return this.provisioner
  }

  async stopProvisioning(): Promise<void> {
    await this.provisioner?.close()
    this.provisioner = undefined
  }

  send(name: string, input: unknown): Promise<CommandAnswer> {
    return sendSurely(this.side, name, input)
  }

  /** Waits until all that was commanded is in the views and applied everywhere, or refused. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const newest = (await this.side.eventStore.readAll({ after: undefined, limit: 1_000_000 })).at(-1)
    await until(
      'the views have everything',
      async () =>
        newest === undefined || ((await createThings(this.side.viewStore).position()) ?? '') >= newest.position,
      timeoutMs,
    )
    await until(
      'everything is applied',
      async () => {
        const [row] = await this.side.viewStore.all<{ behind: number }>(
          `SELECT COUNT(*) AS behind FROM provisioned p LEFT JOIN provisioning_items i
           ON i.kind = p.kind AND i.id = p.id AND i.target = 'kamailio'
           WHERE i.id IS NULL OR i.wanted_revision < p.revision OR i.state = 'pending'`,
        )
        return Number(row!.behind) === 0
      },
      timeoutMs,
    )
  }

  /** Lines of what a statement gives, columns parted by blanks. */
  async rows(sql: string): Promise<string[]> {
    const text = await this.maria.sql(sql)
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('\t', ' '))
  }

  /** The value of a key in the memory of Kamailio; undefined when it is not there. */
  async memory(table: string, key: string): Promise<string | undefined> {
    try {
      const found = (await this.kamailio.rpc.call('htable.get', [table, key])) as { item: { value: unknown } }
      return String(found.item.value)
    } catch {
      return undefined
    }
  }

  items(where = '1 = 1') {
    return this.side.viewStore.all(`SELECT * FROM provisioning_items WHERE ${where} ORDER BY position`)
  }

  async dispose(): Promise<void> {
    await this.stopProvisioning()
    await this.projector.close()
    await this.side.dispose()
    await this.kamailio.stop()
    await this.maria.stop()
    await this.redis.dispose()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
