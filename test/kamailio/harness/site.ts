/** One site of a test: MariaDB, Redis, Kamailio, the listener, the log, and the views projected from it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fact, FactType } from '@trunkline/domain'
import { parseKamailioNodes, startKamailioListener, type KamailioListener } from '@trunkline/kamailio-listening'
import { readContacts, readNodeClock } from '@trunkline/kamailio'
import { STREAMS, type EventLog, type Row, type ViewStore } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { allProjections, SHARED_TABLES, startProjector, type Projector } from '@trunkline/projection'
import { openSqliteEventLog, openSqliteViewStore } from '@trunkline/sqlite'
import type { Deployment } from '../../support/engines.js'
import { RedisServer } from '../../support/redis-server.js'
import { KamailioServer, type KamailioSettings } from './kamailio-server.js'
import { MariaServer } from './maria-server.js'
import { orEnd, until } from './process.js'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
/** Snapshots only when something asks for one: events have to do the work. */
const TIMING = {
  probeMs: 500,
  snapshotMs: 600_000,
  heartbeatMs: 5000,
  windowMs: 3000,
  leaseMs: 6000,
  redisTimeoutMs: 4000,
}

export class Site {
  readonly nodes: string
  listener: KamailioListener | undefined

  private constructor(
    readonly folder: string,
    readonly maria: MariaServer,
    readonly redis: RedisServer,
    readonly kamailio: KamailioServer,
    readonly log: EventLog,
    readonly store: ViewStore,
    private readonly projector: Projector,
  ) {
    const rpc = encodeURIComponent(kamailio.rpcUrl)
    this.nodes = `sbc1=${redis.url}/kam:events?rpc=${rpc}`
  }

  /** With the log and views of a deployment, or embedded ones. */
  static async start(
    settings: Pick<KamailioSettings, 'tls' | 'defines'> = {},
    deployment?: Pick<Deployment, 'openLog' | 'openViews'>,
  ): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-kamailio-'))
    const [maria, redis] = await Promise.all([MariaServer.start(join(folder, 'db')), RedisServer.start()])
    for (const name of ['alice', 'bob', 'carol']) await maria.addSubscriber(name, 'kam.lab', 'secret')
    const servers = { databaseUrl: maria.url, redisPort: redis.port, ...settings }
    const starting = KamailioServer.start(join(folder, 'kamailio'), servers)
    const kamailio = await orEnd(starting, () => Promise.all([maria.stop(), redis.dispose()]))
    const log = deployment?.openLog() ?? openSqliteEventLog({ directory: join(folder, 'log'), partitions: 1 })
    const store = deployment?.openViews() ?? openSqliteViewStore({ file: join(folder, 'views.sqlite') })
    await store.createTables(SHARED_TABLES)
    const projector = await startProjector({ log, store, projections: allProjections(), logger: silent })
    return new Site(folder, maria, redis, kamailio, log, store, projector)
  }

  /** Starts listening in this process, and waits until the node is connected and its first snapshot told. */
  async listen(): Promise<void> {
    const snapshots = (await this.facts('dialog.snapshot')).length
    this.listener = startKamailioListener({
      nodes: parseKamailioNodes(this.nodes),
      log: this.log,
      logger: silent,
      timing: TIMING,
    })
    await until('the first snapshot', async () => (await this.facts('dialog.snapshot')).length > snapshots)
  }

  async stopListening(): Promise<void> {
    await this.listener?.close()
    this.listener = undefined
  }

  /** Facts of one type, oldest first. */
  async facts<T extends FactType>(type: T): Promise<Extract<Fact, { type: T }>[]> {
    const facts: Fact[] = []
    for (let partition = 0; partition < (await this.log.partitions(STREAMS.switch)); partition++)
      facts.push(...((await readAll(this.log, STREAMS.switch, partition)) as unknown as Fact[]))
    return facts.filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type)
  }

  rows(sql: string): Promise<Row[]> {
    return this.store.all(sql)
  }

  /** All that Kamailio told so far is in the views. */
  async settled(): Promise<void> {
    const { seq } = await readNodeClock(this.kamailio.rpc)
    await until(`event ${seq} is read`, async () => {
      const heard = (await this.redis.command('GET', 'kam:events:trunkline:note')) as string | null
      return heard !== null && (JSON.parse(heard) as { seq: number }).seq >= seq
    })
    await this.projector.caughtUp()
  }

  /** The contacts in the view are those that Kamailio lists, one by one. */
  async contactsAgree(): Promise<Contact[]> {
    let seen: { view: Contact[]; dump: Contact[] } = { view: [], dump: [] }
    try {
      return await until(
        'the contacts in the view are those of ul.dump',
        async () => {
          await this.projector.caughtUp()
          seen = { view: await this.contactsInView(), dump: await this.contactsInKamailio() }
          return JSON.stringify(seen.view) === JSON.stringify(seen.dump) ? seen.view : undefined
        },
        20_000,
      )
    } catch {
      throw new Error(`the contacts differ: ${JSON.stringify(seen, null, 1)}`)
    }
  }

  async contactsInView(): Promise<Contact[]> {
    const rows = await this.rows("SELECT * FROM contacts WHERE state = 'registered' ORDER BY aor, contact_id")
    return rows.map((row) => ({
      aor: String(row['aor']),
      id: String(row['contact_id']),
      contact: String(row['contact']),
      userAgent: String(row['user_agent']),
    }))
  }

  private async contactsInKamailio(): Promise<Contact[]> {
    const clock = await readNodeClock(this.kamailio.rpc)
    const listed = await readContacts(this.kamailio.rpc, clock)
    return listed
      .map(({ aor, contactId, contact, userAgent }) => ({
        aor,
        id: contactId,
        contact: String(contact),
        userAgent: String(userAgent ?? null),
      }))
      .sort((a, b) => (`${a.aor} ${a.id}` < `${b.aor} ${b.id}` ? -1 : 1))
  }

  async presenceOf(user: string): Promise<{ online: boolean; contacts: number } | undefined> {
    const [row] = await this.rows(`SELECT online, contacts FROM presence WHERE user = '${user}'`)
    return row === undefined ? undefined : { online: row['online'] === 1, contacts: Number(row['contacts']) }
  }

  async dispose(): Promise<void> {
    await this.stopListening()
    await this.kamailio.stop()
    await this.maria.stop()
    await this.redis.dispose()
    await this.projector.close()
    await this.store.close()
    await this.log.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export interface Contact {
  readonly aor: string
  readonly id: string
  readonly contact: string
  readonly userAgent: string
}
