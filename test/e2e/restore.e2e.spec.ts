/** What docs/operations.md says of back-up and restore, done: `mysqldump`, a lost database, a lost cluster. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { startViews, type Views } from '@trunkline/projection'
import { STREAMS, type EventLog, type ViewStore } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { HealthRegistry, Metrics, createLogger } from '@trunkline/runtime'
import { factsOf } from '../support/capture.js'
import { realEngines, type Deployment, type Engines } from '../support/engines.js'

const TABLES = ['calls', 'call_legs', 'call_parties', 'call_statistics', 'recordings', 'queue_visits', 'activity']
const logger = createLogger({ level: 'silent', name: 'test', fd: 2 })

describe('back-up and restore on Kafka and MariaDB', () => {
  let engines: Engines
  beforeAll(async () => {
    engines = await realEngines()
  })
  afterAll(() => engines.dispose())

  interface Running {
    readonly log: EventLog
    readonly store: ViewStore
    readonly views: Views
    close(): Promise<void>
  }

  async function start(deployment: Pick<Deployment, 'openLog' | 'openViews'>): Promise<Running> {
    const [log, store] = [deployment.openLog(), deployment.openViews()]
    const views = await startViews({ log, store, logger, metrics: new Metrics(), health: new HealthRegistry() })
    return {
      log,
      store,
      views,
      async close() {
        await views.close()
        await store.close()
        await log.close()
      },
    }
  }

  async function tell({ log, views }: Running, facts: readonly Fact[]): Promise<void> {
    await log.append(STREAMS.switch, facts)
    await views.projector.caughtUp()
    await views.relay.drained()
  }

  async function rowsOf(store: ViewStore): Promise<Record<string, string[]>> {
    const rows: Record<string, string[]> = {}
    for (const table of TABLES)
      rows[table] = (await store.all(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort()
    return rows
  }

  /** Ids of the calls stream as a reader has them who drops what has a `seq` not greater than the last. */
  async function eventsOf(log: EventLog): Promise<string[]> {
    const ids: string[] = []
    for (let partition = 0; partition < (await log.partitions(STREAMS.calls)); partition++) {
      let last = 0
      for (const { id, meta } of await readAll(log, STREAMS.calls, partition)) {
        const seq = Number(meta!['seq'])
        if (seq > last) ids.push(id)
        last = Math.max(last, seq)
      }
    }
    return ids.sort()
  }

  const mariadb = (args: readonly string[], url: string, input?: Buffer) => {
    const { hostname, port, username, password, pathname } = new URL(url)
    const [program, ...rest] = args
    const account = [`-h${hostname}`, `-P${port}`, `-u${username}`, `-p${password}`]
    return execFileSync(program!, ['--no-defaults', ...account, ...rest, pathname.slice(1)], {
      input,
      maxBuffer: 256 * 1024 * 1024,
    })
  }
  const dump = (url: string) => mariadb(['mariadb-dump', '--single-transaction'], url)

  it('a database that is restored from a dump catches up to the rows it had, and tells no event twice', async () => {
    const deployment = await engines.deploy()
    const url = deployment.env['MYSQL_URL']!
    const first = await start(deployment)
    await tell(first, factsOf('o-attended-transfer'))
    const saved = dump(url)
    await tell(first, factsOf('x3-queue-reject-then-answer'))
    const [rows, events] = [await rowsOf(first.store), await eventsOf(first.log)]
    await first.close()

    const name = new URL(url).pathname.slice(1)
    mariadb(
      [
        'mariadb',
        '-e',
        `DROP DATABASE \`${name}\`; CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
      ],
      url,
    )
    mariadb(['mariadb'], url, saved)
    const second = await start(deployment)
    await second.views.projector.caughtUp()
    await second.views.relay.drained()
    expect(await rowsOf(second.store)).toEqual(rows)
    expect(new Set(await eventsOf(second.log))).toEqual(new Set(events))
    // and what comes now is told as before
    await tell(second, factsOf('v-park-retrieve'))
    expect((await eventsOf(second.log)).length).toBeGreaterThan(events.length)
    await second.close()
    await deployment.dispose()
  })

  it('old views go on with a new, empty cluster once their old positions are deleted', async () => {
    const old = await engines.deploy()
    const fresh = await engines.deploy()
    const first = await start(old)
    await tell(first, factsOf('o-attended-transfer'))
    const calls = (await rowsOf(first.store))['calls']!
    await first.close()

    const moved = { openLog: () => fresh.openLog(), openViews: () => old.openViews() }
    const log = moved.openLog()
    await log.append(STREAMS.switch, factsOf('v-park-retrieve'))
    await log.close()
    const refused = await start(moved).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'LOG_BEHIND_VIEWS' })
    const url = old.env['MYSQL_URL']!
    mariadb(['mariadb', '-e', "DELETE FROM checkpoints; UPDATE outbox_state SET published_position = '{}'"], url)
    const second = await start(moved)
    await tell(second, factsOf('y-fifo'))
    const after = (await rowsOf(second.store))['calls']!
    expect(after).toEqual(expect.arrayContaining(calls))
    expect(after.length).toBeGreaterThan(calls.length + 2)
    expect((await eventsOf(second.log)).length).toBeGreaterThan(10)
    await second.close()
    await Promise.all([old.dispose(), fresh.dispose()])
  })
})
