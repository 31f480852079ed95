import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readReconciliations } from '@trunkline/provisioner'
import { createThings, PROVISIONING_VIEW_TABLES, startProvisioningProjector } from '@trunkline/provisioning-views'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { until } from '../kamailio/harness/process.js'
import { ProvisioningSite, TENANT } from './support/provisioning-site.js'

const CHANGES = 200
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } as never

describe('provisioning while servers are away', () => {
  let site: ProvisioningSite
  const made = new Map<string, string>()
  beforeAll(async () => {
    site = await ProvisioningSite.start()
    await site.provision()
    for (let i = 0; i < 20; i++) await create(`first${i}`)
    await site.settled()
  })
  afterAll(() => site?.dispose())

  async function create(username: string): Promise<void> {
    made.set(username, (await site.send('createSipUser', { username })).id)
  }

  /** New users, changes of old ones, and users that come and go. */
  async function change(round: string): Promise<void> {
    for (let i = 0; i < CHANGES / 4; i++) await create(`${round}${i}`)
    const [first = ''] = made.keys()
    for (let i = 0; i < CHANGES / 4; i++) {
      await site.send('setSipUserLimits', { id: made.get(first), limits: { concurrentCalls: i + 1 } })
    }
    for (let i = 0; i < CHANGES / 4; i++) {
      await create(`gone${round}${i}`)
      await site.send('removeSipUser', { id: made.get(`gone${round}${i}`) })
      made.delete(`gone${round}${i}`)
    }
  }

  async function isAsWanted(): Promise<void> {
    await site.settled()
    const names = [...made.keys()].sort()
    expect(await site.rows('SELECT username FROM subscriber ORDER BY BINARY username')).toEqual(names)
    const keys = names.map((name) => `${name}@${TENANT}`).sort()
    expect((await site.rows('SELECT key_name FROM tk_names')).sort()).toEqual(keys)
    for (const name of [names[0]!, names.at(-1)!]) {
      const [row] = await site.rows(`SELECT key_value FROM tk_names WHERE key_name = '${name}@${TENANT}'`)
      expect(await site.memory('names', `${name}@${TENANT}`)).toBe(row)
    }
    const stats = (await site.kamailio.rpc.call('htable.stats')) as { name: string; all: number }[]
    expect(stats.find(({ name }) => name === 'names')!.all).toBe(names.length)
    const [limits] = await site.rows(`SELECT key_value FROM tk_names WHERE key_name = 'first0@${TENANT}'`)
    expect(limits).toContain(`c=${CHANGES / 4};`)
    expect(await site.items("state <> 'applied'")).toEqual([])
  }

  const problem = () => site.provisioner!.status()[0]!.problem

  it('waits for the database, and goes on at once when it is back', async () => {
    await site.maria.stop()
    await change('db')
    await until('it is known that the database is away', () => problem()?.includes('database'))
    await until('all waits', async () => (await site.items("state = 'pending'")).length > CHANGES / 4)
    await until('it is told why', async () => (await site.items("reason LIKE '%ECONNREFUSED%'")).length > 0)
    await site.maria.start()
    const back = Date.now()
    await isAsWanted()
    expect(Date.now() - back).toBeLessThan(30_000)
    await until('nothing is said to be away', () => problem() === undefined)
  })

  it('writes the tables while Kamailio is away, and has its part done when it is back', async () => {
    await site.kamailio.stop('SIGKILL')
    await change('node')
    await until(
      'the tables have it all',
      async () => (await site.rows('SELECT id FROM subscriber')).length === made.size,
    )
    await until('it is known that the node is away', () => problem()?.includes('sbc1'))
    const waiting = "state = 'pending' AND reason LIKE '%sbc1 cannot be reached%'"
    await until('it is told what waits', async () => (await site.items(waiting)).length > 0)
    await site.kamailio.start()
    await isAsWanted()
    await until('nothing is said to be away', () => problem() === undefined)
  })

  it('bears that both are away, come back one by one, and that the provisioner is restarted meanwhile', async () => {
    await site.kamailio.stop('SIGKILL')
    await site.maria.stop()
    await change('both')
    await site.stopProvisioning()
    await site.provision()
    await site.send('setSipUserLimits', { id: made.get('first0'), limits: { callsPerMinute: 7 } })
    await site.maria.start()
    await until(
      'the tables have it all',
      async () => (await site.rows('SELECT id FROM subscriber')).length === made.size,
    )
    await site.kamailio.start()
    await isAsWanted()
  })

  it('takes nothing away while the views are made anew, and goes on when they are', async () => {
    await site.stopProvisioning()
    const before = await site.rows('SELECT key_name, key_value FROM tk_names ORDER BY BINARY key_name')
    const store = openSqliteViewStore({ file: join(site.folder, 'anew.sqlite') })
    const things = createThings(store)
    await store.createTables(PROVISIONING_VIEW_TABLES)
    await site.provision({ store, things, timing: { reconcileMs: 300 } })
    await until('a comparison has begun', async () => (await readReconciliations(store)).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(await site.rows('SELECT key_name, key_value FROM tk_names ORDER BY BINARY key_name')).toEqual(before)
    expect(await site.memory('names', `first1@${TENANT}`)).toBeDefined()
    const projector = await startProvisioningProjector({ eventStore: site.side.eventStore, store, logger: silent })
    await until('all is compared', async () => (await readReconciliations(store))[0]?.state === 'done')
    expect(await site.rows('SELECT key_name, key_value FROM tk_names ORDER BY BINARY key_name')).toEqual(before)
    await site.stopProvisioning()
    await projector.close()
    await store.close()
    await site.provision()
  })

  it('takes nothing away for an event store in which nothing was ever decided', async () => {
    await site.stopProvisioning()
    const rows = async () => {
      const [names, settings] = await Promise.all(
        ['tk_names', 'tk_tenants'].map((table) => site.rows(`SELECT * FROM ${table} ORDER BY id`)),
      )
      return { names, settings }
    }
    const before = await rows()
    const store = openSqliteViewStore({ file: join(site.folder, 'empty-views.sqlite') })
    const eventStore = openSqliteEventStore({ file: join(site.folder, 'empty-events.sqlite') })
    await store.createTables(PROVISIONING_VIEW_TABLES)
    await site.provision({ store, eventStore, things: createThings(store) })
    await until('it was compared', async () => (await readReconciliations(store))[0]?.state === 'done')
    expect(await rows()).toEqual(before)
    expect(await site.memory('names', `first1@${TENANT}`)).toBeDefined()
    await site.stopProvisioning()
    await eventStore.close()
    await store.close()
    await site.provision()
  })

  it('takes one change after the other for one thing, and never an old one after a new one', async () => {
    const id = made.get('first1')
    for (let i = 1; i <= 30; i++) await site.send('setSipUserLimits', { id, limits: { concurrentCalls: i } })
    await site.settled()
    expect(await site.memory('names', `first1@${TENANT}`)).toContain('c=30;')
    const [item] = await site.items(`id = '${id}'`)
    expect(item).toMatchObject({ wanted_revision: 30, applied_revision: 30, attempts: 0 })
  })
})
