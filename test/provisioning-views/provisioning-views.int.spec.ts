/** The view `provisioning` on every view store: as the deciders' states have it, whoever projects and however often. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventStore, ViewStore } from '@trunkline/ports'
import { rebuildView } from '@trunkline/projection'
import {
  createThings,
  eventStoreLog,
  ProvisioningProjection,
  startProvisioningProjector,
  type Things,
} from '@trunkline/provisioning-views'
import { openSqliteEventStore } from '@trunkline/sqlite'
import { pino } from 'pino'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

interface Stored {
  readonly type: string
  readonly version: number
  readonly data: { readonly id?: string; readonly tenant: string; readonly match?: string; readonly value?: string }
}

const logger = pino({ level: 'silent' })
const folder = new URL('../provisioning/golden/', import.meta.url)
const histories = readdirSync(folder)
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { aggregate: string; events: Stored[] })
  .filter(({ aggregate }) => !aggregate.startsWith('reservation'))

function streamOf({ type, data }: Stored): string {
  const category = type.split('.')[0]!
  if (category === 'route_set') return `route_set-${data.tenant}`
  if (category === 'blocked_caller') return `blocked_caller-${data.tenant}/${data.match}/${data.value!.toLowerCase()}`
  return `${category}-${data.id}`
}

async function appendAll(events: EventStore, stored: readonly Stored[]): Promise<void> {
  const at = new Map<string, number>()
  for (const one of stored) {
    const stream = streamOf(one)
    const revision = at.get(stream)
    const meta = { actor: 'olga', commandId: randomUUID(), tenant: one.data.tenant }
    const event = { ...one, id: randomUUID(), time: Date.now() * 1000, meta }
    at.set(stream, await events.append(stream, revision ?? 'none', [event]))
  }
}

describe.each(VIEW_STORES)('the view of what is provisioned, on $name', ({ start }) => {
  let stores: ViewStores
  let dir: string
  let events: EventStore
  let store: ViewStore
  let things: Things
  let count = 0
  beforeAll(async () => {
    stores = await start()
    dir = mkdtempSync(join(tmpdir(), 'trunkline-provisioned-'))
  })
  beforeEach(async () => {
    count++
    events = openSqliteEventStore({ file: join(dir, `events${count}.sqlite`) })
    store = await stores.open(`provisioned${count}`)
    things = createThings(store)
  })
  afterAll(async () => {
    await stores.dispose()
    rmSync(dir, { recursive: true, force: true })
  })

  const startOne = () => startProvisioningProjector({ eventStore: events, store, logger, batchSize: 7 })
  const all = async () => (await store.all('SELECT * FROM provisioned ORDER BY kind, id')).map((row) => ({ ...row }))
  async function settled(): Promise<void> {
    const whole = await events.readAll({ after: undefined, limit: 100_000 })
    expect(await things.caughtUp(whole.at(-1)!.position, 60_000)).toBe(true)
  }

  it('holds what every golden history leads to, the same by two projectors, and the same rebuilt', async () => {
    const [one, other] = [await startOne(), await startOne()]
    for (const { events: history } of histories) await appendAll(events, history)
    await settled()
    const rows = await all()
    expect(new Set(rows.map(({ kind }) => kind)).size).toBe(8)
    const [audited] = await store.all<{ n: number }>('SELECT count(*) AS n FROM provisioning_audit')
    expect(audited!.n).toBe(histories.reduce((sum, { events: history }) => sum + history.length, 0))
    const result = await rebuildView({
      log: eventStoreLog(events),
      store,
      projection: new ProvisioningProjection() as never,
      logger,
    })
    expect(result.parked).toBe(0)
    expect(await all()).toEqual(rows)
    // the projectors go on in the new tables
    const id = randomUUID()
    await appendAll(events, [
      {
        type: 'number.added',
        version: 1,
        data: { id, tenant: 'late.example', number: '+4420', claimId: randomUUID() },
      } as never,
    ])
    await settled()
    expect(await things.byNumber('+4420')).toMatchObject({ id, status: 'active', document: { target: null } })
    await Promise.all([one.close(), other.close()])
    await Promise.all([events.close(), store.close()])
  })

  it('shows no secret, no sealed text and no id of either in the audit', async () => {
    const projector = await startOne()
    for (const { events: history } of histories) await appendAll(events, history)
    await settled()
    const text = JSON.stringify(await store.all('SELECT summary, actor, stream FROM provisioning_audit'))
    for (const { events: history } of histories) {
      for (const { data } of history) {
        for (const hidden of JSON.stringify(data).matchAll(/"(?:secretId|pinSecretId|formerSecretId|text)":"([^"]+)"/g))
          expect(text).not.toContain(hidden[1])
      }
    }
    expect(text).toContain('olga')
    await projector.close()
    await Promise.all([events.close(), store.close()])
  })

  it('says which names lead to what, and who names a thing', async () => {
    const projector = await startOne()
    const [user, taken, queue] = [randomUUID(), randomUUID(), randomUUID()]
    const tenant = 'a.example'
    const of = { id: user, tenant, username: 'Alice' }
    const person = { displayName: null, email: null, phone: null }
    const limits = { concurrentCalls: null, callsPerMinute: null }
    const claimId = randomUUID()
    await appendAll(events, [
      {
        type: 'sip_user.created',
        version: 1,
        data: { ...of, person, credential: null, limits, aliases: ['boss'], claimId },
      },
      { type: 'sip_user.alias_removed', version: 1, data: { ...of, alias: 'boss', claimId } },
      {
        type: 'sip_user.created',
        version: 1,
        data: { ...of, id: taken, username: 'bob', person, credential: null, limits, aliases: ['boss'], claimId },
      },
      { type: 'number.added', version: 1, data: { id: queue, tenant, number: '+44123', claimId } },
      {
        type: 'number.assigned',
        version: 1,
        data: { id: queue, tenant, number: '+44123', target: { kind: 'user', id: user } },
      },
    ] as never)
    await settled()
    expect(await things.byName('A.example', 'ALICE')).toMatchObject({ id: user, name: 'alice' })
    expect(await things.byName(tenant, 'boss')).toMatchObject({ id: taken })
    expect(await things.usersOf('sip_user', user)).toEqual([`number-${queue}`])
    expect((await things.changedSince(undefined, 10)).map(({ id }) => id)).toEqual([user, taken, queue])
    expect(await things.list('sip_user', { tenant, limit: 10 })).toHaveLength(2)
    expect(await things.list('sip_user', { tenant: 'b.example', limit: 10 })).toEqual([])
    await appendAll(
      { ...events, append: (stream, _none, list) => events.append(stream, 0 + 1, list) } as EventStore,
      [
        {
          type: 'sip_user.removed',
          version: 1,
          data: { ...of, names: [{ name: 'Alice', claimId }], formerSecretId: null },
        },
      ] as never,
    )
    await settled()
    expect(await things.byName(tenant, 'alice')).toBeUndefined()
    expect(await things.get('sip_user', user)).toMatchObject({ status: 'removed', revision: 2 })
    expect((await things.list('sip_user', { tenant, limit: 10 })).map(({ id }) => id)).toEqual([taken])
    await projector.close()
    await Promise.all([events.close(), store.close()])
  })
})
