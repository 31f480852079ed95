/** How the view follows the event store: what it passes over, what stops it, and how fast it is. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventStore, NewEvent, ViewStore } from '@trunkline/ports'
import {
  createThings,
  forgetProvisioned,
  projectEvents,
  startProvisioningProjector,
  startProvisioningRelay,
  type ProvisioningProjector,
} from '@trunkline/provisioning-views'
import { openSqliteEventLog, openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { pino } from 'pino'
import { appendInOrder, provisioningAppends } from '../support/provisioning-events.js'

const logger = pino({ level: 'silent' })
let dir: string
let events: EventStore
let store: ViewStore
let projectors: ProvisioningProjector[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trunkline-following-'))
  events = openSqliteEventStore({ file: join(dir, 'events.sqlite') })
  store = openSqliteViewStore({ file: join(dir, 'views.sqlite') })
  projectors = []
})
afterEach(async () => {
  for (const projector of projectors) await projector.close()
  await Promise.all([events.close(), store.close()])
  rmSync(dir, { recursive: true })
})

async function start(eventStore = events): Promise<ProvisioningProjector> {
  const projector = await startProvisioningProjector({ eventStore, store, logger })
  projectors.push(projector)
  return projector
}
async function until(isSo: () => boolean | Promise<boolean>, lookMs = 20): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('not within 60 s')
    await pause(lookMs)
  }
}
const newest = async () => (await events.readAll({ after: undefined, limit: 100_000 })).at(-1)!.position
const number = (id: string, type = 'number.added', version = 1): NewEvent => ({
  id: randomUUID(),
  type,
  version,
  time: Date.now() * 1000,
  data: { id, tenant: 'a.example', number: '+4420', claimId: randomUUID() },
})

describe('the view of what is provisioned', () => {
  it('passes over reservations and what others wrote, and is then as far as they are', async () => {
    const id = randomUUID()
    await events.append('reservation-*/did/+4420', 'none', [number(id, 'reservation.claimed')])
    await events.append('orders-17', 'none', [number(id, 'order.placed')])
    await start()
    const things = createThings(store)
    expect(await things.caughtUp(await newest(), 60_000)).toBe(true)
    expect(await things.changedSince(undefined, 10)).toEqual([])
    // a shared database: another's stream that is called like one of ours
    const foreign = { ...number(id, 'number.ported'), version: 0, stream: 'number-theirs', revision: 0, position: '9' }
    await store.transaction((tx) => projectEvents(tx, [foreign]))
    expect(await things.changedSince(undefined, 10)).toEqual([])
  })

  it.each([
    ['type', number('x', 'number.ported')],
    ['version', number('x', 'number.added', 2)],
  ])('stops at an event of ours whose %s it does not know, says so, and loses nothing', async (_what, unknown) => {
    const [first, last] = [randomUUID(), randomUUID()]
    await events.append(`number-${first}`, 'none', [number(first)])
    const projector = await start()
    const things = createThings(store)
    expect(await things.caughtUp(await newest(), 60_000)).toBe(true)
    const reached = await things.position()
    await events.append('number-x', 'none', [unknown])
    await events.append(`number-${last}`, 'none', [number(last)])
    await until(() => projector.status().failures > 1)
    expect(projector.status().problem).toMatch(/which this version of Trunkline does not know/)
    expect(projector.status().behindMs).toBeGreaterThan(0)
    expect(await things.position()).toBe(reached)
    expect(await things.get('number', last)).toBeUndefined()
    // newer code, which knows it, goes on from there
    const knowing: EventStore = {
      ...events,
      append: (...args) => events.append(...args),
      read: (...args) => events.read(...args),
      waitForNews: (request) => events.waitForNews(request),
      readAll: async (request) =>
        (await events.readAll(request)).map((event) =>
          event.stream === 'number-x' ? { ...event, type: 'number.added', version: 1 } : event,
        ),
    }
    await start(knowing)
    expect(await things.caughtUp(await newest(), 60_000)).toBe(true)
    expect(await things.get('number', last)).toMatchObject({ status: 'active' })
  })

  it('changes nothing when events come twice, in other batches', async () => {
    await appendInOrder(events, provisioningAppends(600))
    await start()
    expect(await createThings(store).caughtUp(await newest(), 60_000)).toBe(true)
    const all = async () => [
      await store.all('SELECT * FROM provisioned ORDER BY kind, id'),
      await store.all('SELECT * FROM provisioned_names ORDER BY tenant, name'),
      await store.all('SELECT * FROM provisioned_uses ORDER BY used_kind, used_id, by_stream'),
      await store.all('SELECT * FROM provisioning_audit ORDER BY position'),
    ]
    const before = await all()
    const stored = await events.readAll({ after: undefined, limit: 1000 })
    for (const size of [600, 7]) {
      for (let at = 0; at < stored.length; at += size)
        await store.transaction((tx) => projectEvents(tx, stored.slice(at, at + size)))
    }
    expect(await all()).toEqual(before)
  })

  it.each(['ours', 'reservations'])(
    'does not start upon an event store that lost %s, until it is made anew',
    async (lost) => {
      const older = openSqliteEventStore({ file: join(dir, 'older.sqlite') })
      const ids = [randomUUID(), randomUUID()] as const
      const kept = number(ids[0])
      for (const one of [events, older]) await one.append(`number-${ids[0]}`, 'none', [kept])
      const [stream, type] =
        lost === 'ours' ? [`number-${ids[1]}`, 'number.added'] : ['reservation-x', 'reservation.claimed']
      await events.append(stream, 'none', [number(ids[1], type)])
      await start()
      expect(await createThings(store).caughtUp(await newest(), 60_000)).toBe(true)
      await projectors.pop()!.close()
      await expect(start(older)).rejects.toMatchObject({ code: 'EVENT_STORE_BEHIND_VIEWS', retryable: false })
      await start(events)
      await projectors.pop()!.close()
      await forgetProvisioned(store)
      const late = randomUUID()
      await older.append(`number-${late}`, 'none', [number(late)])
      await start(older)
      await until(async () => (await createThings(store).get('number', late)) !== undefined)
      expect((await createThings(store).changedSince(undefined, 10)).map(({ id }) => id)).toEqual([ids[0], late])
      await projectors.pop()!.close()
      await older.close()
    },
  )

  it('takes in thousands of events a second', async () => {
    const count = 20_000
    await appendInOrder(events, provisioningAppends(count))
    const end = await newest()
    const startedMs = performance.now()
    await start()
    expect(await createThings(store, { pollMs: 5 }).caughtUp(end, 60_000)).toBe(true)
    const perSecond = count / ((performance.now() - startedMs) / 1000)
    if (process.env['SHOW_FIGURES'] !== undefined) process.stdout.write(`${Math.round(perSecond)} events/s\n`)
    // a machine that is busy with other tests is slow; a loop over all that there is would be slower still
    expect(perSecond).toBeGreaterThan(2000)
  })
})

describe('what was decided', () => {
  it('is in the view a moment later', async () => {
    await start()
    const things = createThings(store, { pollMs: 1 })
    const times: number[] = []
    for (let i = 0; i < 30; i++) {
      const id = randomUUID()
      const startedMs = performance.now()
      await events.append(`number-${id}`, 'none', [number(id)])
      await until(async () => (await things.get('number', id)) !== undefined, 1)
      times.push(performance.now() - startedMs)
    }
    const median = times.toSorted((a, b) => a - b)[15]!
    if (process.env['SHOW_FIGURES'] !== undefined) process.stdout.write(`${median.toFixed(1)} ms\n`)
    expect(median).toBeLessThan(500)
  })
})

describe('the relay of provisioning events', () => {
  it('publishes again, and leaves out nothing, when the log took events and nobody noted it', async () => {
    const log = openSqliteEventLog({ directory: join(dir, 'log') })
    const id = randomUUID()
    await events.append(`number-${id}`, 'none', [number(id)])
    let appends = 0
    const forgetful = {
      append: async (...args: Parameters<typeof log.append>) => {
        await log.append(...args)
        if (++appends === 1) throw new Error('the answer was lost')
      },
    }
    const relay = await startProvisioningRelay({ eventStore: events, store, log: forgetful, logger })
    await until(() => appends === 2)
    await relay.close()
    const records = await log.read({ stream: 'trunkline.provisioning', partition: 0, after: undefined, limit: 10 })
    expect(new Set(records.map((record) => record.id)).size).toBe(1)
    expect(records).toHaveLength(2)
    await log.close()
  })
})
