import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ViewStore } from '@trunkline/ports'
import {
  forgetProvisioned,
  PROVISIONING_VIEW_TABLES,
  type AnyThing,
  type ThingKind,
  type Things,
} from '@trunkline/provisioning-views'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'
import { Items } from './items.js'
import { Numbers } from './numbers.js'
import { readReconciliations, requestReconcile, newestRequest, writeReconciliation } from './reconciliations.js'
import { leasesTable, PROVISIONER_TABLES } from './tables.js'
import { TargetLease } from './target-lease.js'
import { TargetAwayError, type ProvisioningTarget, type Work } from './target.js'
import { TargetWorker } from './worker.js'
import { thisProcess } from './process-mark.js'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Things in memory, in the order in which they were put. */
class SomeThings {
  readonly #all = new Map<string, AnyThing>()
  #next = 0

  put(id: string, revision: number): void {
    const position = String(++this.#next).padStart(8, '0')
    const about = { tenant: 'a.example', name: id, status: 'active', createdAt: 0, updatedAt: 0, document: {} }
    this.#all.set(id, { kind: 'sip_user', id, revision, position, ...about } as unknown as AnyThing)
  }

  get things(): Things {
    const sorted = () => [...this.#all.values()].sort((a, b) => (a.position < b.position ? -1 : 1))
    return {
      changedSince: async (after: string | undefined, limit: number) =>
        sorted()
          .filter(({ position }) => position > (after ?? ''))
          .slice(0, limit),
      getMany: async (_: ThingKind, ids: readonly string[]) => ids.flatMap((id) => this.#all.get(id) ?? []),
    } as unknown as Things
  }
}

/** Takes everything, and remembers in which order. */
class SomeTarget implements ProvisioningTarget {
  readonly name = 'some'
  readonly kinds = new Set<ThingKind>(['sip_user'])
  readonly applied: string[] = []
  isAway = false
  probes = 0
  refuses: string | undefined

  async probe(): Promise<void> {
    this.probes += 1
    if (this.isAway) throw new TargetAwayError('some is away')
  }

  async apply(work: readonly Work[]) {
    if (this.isAway) throw new TargetAwayError('some is away')
    return work.map(({ item, thing }) => {
      const { memory } = item
      if (thing.id === this.refuses) return { item, outcome: { kind: 'failed', reason: 'no', memory } as const }
      this.applied.push(`${thing.id}@${thing.revision}`)
      return { item, outcome: { kind: 'applied', revision: thing.revision, memory } as const }
    })
  }

  async reconcile() {
    return []
  }

  away = () => []
  close = async () => undefined
}

describe.each(VIEW_STORES)('work of the provisioner on $name', ({ start }) => {
  let stores: ViewStores
  let store: ViewStore
  let database = 0
  beforeAll(async () => {
    stores = await start()
  })
  afterAll(() => stores?.dispose())
  beforeEach(async () => {
    store = await stores.open(`work${++database}`)
    await store.createTables(PROVISIONER_TABLES)
  })
  afterEach(() => store.close())

  async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    for (const end = Date.now() + 30_000; !(await isSo());) {
      if (Date.now() > end) throw new Error('waited too long')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const states = async () =>
    (await store.all<{ id: string; state: string }>('SELECT id, state FROM provisioning_items ORDER BY id')).map(
      ({ id, state }) => `${id} ${state}`,
    )

  it('gives each name one number and each number to one name, whoever asks', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `trunk${i % 20}`)
    const asked = [new Numbers(store), new Numbers(store), new Numbers(store)]
    const given = await Promise.all(names.map((one, i) => asked[i % 3]!.obtain('trunk', [one])))
    const numbers = new Map(given.flatMap((map) => [...map]))
    expect([...numbers.values()].sort()).toEqual(Array.from({ length: 20 }, (_, i) => 1000 + i))
    for (const map of given) for (const [one, number] of map) expect(numbers.get(one)).toBe(number)
    expect(await new Numbers(store).nameOf('trunk', numbers.get('trunk3')!)).toBe('trunk3')
    expect(await new Numbers(store).find('trunk', ['trunk3', 'unknown'])).toEqual(
      new Map([['trunk3', numbers.get('trunk3')]]),
    )
    expect(await new Numbers(store).obtain('tenant', ['b', 'a', 'b'])).toEqual(
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    )
    expect(await new Numbers(store).names('trunk', 'trunk18', 2)).toEqual(['trunk19', 'trunk2'])
  })

  it('takes each change in once, and keeps what was done of the changes before', async () => {
    const some = new SomeThings()
    const items = new Items({ store, things: some.things, target: 'some', kinds: new Set<ThingKind>(['sip_user']) })
    some.put('a', 0)
    some.put('b', 0)
    expect([await items.takeIn(null), await items.takeIn(null)]).toEqual([true, false])
    const [a] = await items.due(10)
    await items.remember([{ item: a!, memory: { keys: ['k'] } }])
    await items.settle([{ item: a!, outcome: { kind: 'applied', revision: 0, memory: { keys: ['k'] } } }])
    some.put('a', 1)
    await items.takeIn('away')
    expect(
      (await items.due(10)).map(({ id, appliedRevision, wantedRevision, memory, reason }) => [
        id,
        appliedRevision,
        wantedRevision,
        memory,
        reason,
      ]),
    ).toEqual([
      ['b', null, 0, {}, null],
      ['a', 0, 1, { keys: ['k'] }, 'away'],
    ])
  })

  it('does not take what was applied for the newer change that came meanwhile', async () => {
    const some = new SomeThings()
    const items = new Items({ store, things: some.things, target: 'some', kinds: new Set<ThingKind>(['sip_user']) })
    some.put('a', 0)
    await items.takeIn(null)
    const [a] = await items.due(1)
    some.put('a', 5)
    await items.takeIn(null)
    await items.settle([{ item: a!, outcome: { kind: 'applied', revision: 0, memory: {} } }])
    expect(await items.due(1)).toMatchObject([{ state: 'pending', appliedRevision: 0, wantedRevision: 5 }])
    expect(await items.count()).toEqual({ pending: 1, applied: 0, failed: 0 })
  })

  it('begins anew with views that are made anew of an event store that lost its newest events', async () => {
    const newItems = (things: Things) =>
      new Items({ store, things, target: 'some', kinds: new Set<ThingKind>(['sip_user']) })
    await store.createTables(PROVISIONING_VIEW_TABLES)
    const before = new SomeThings()
    for (let revision = 0; revision <= 5; revision++) before.put('a', revision)
    const [items, again] = [newItems(before.things), new SomeThings()]
    await items.takeIn(null)
    const [a] = await items.due(1)
    await items.settle([{ item: a!, outcome: { kind: 'applied', revision: 5, memory: {} } }])
    await forgetProvisioned(store)
    for (const [id, revision] of [['a', 3] as const, ['b', 0] as const]) again.put(id, revision)
    expect(await newItems(again.things).takeIn(null)).toBe(true)
    expect(await newItems(again.things).due(5)).toMatchObject([
      { id: 'a', state: 'pending', wantedRevision: 3, appliedRevision: null },
      { id: 'b', state: 'pending', wantedRevision: 0, appliedRevision: null },
    ])
  })

  it('does all in order, waits for a target that is away without hammering it, and goes on with what can be done', async () => {
    const some = new SomeThings()
    const target = new SomeTarget()
    const timing = { pollMs: 10, leaseMs: 60_000, probeMs: { first: 50, most: 100 } }
    const worker = new TargetWorker({ store, things: some.things, target, logger: silent, timing })
    for (let i = 10; i < 20; i++) some.put(`u${i}`, 0)
    target.isAway = true
    worker.start()
    await until(() => target.probes > 3)
    const begun = performance.now()
    const before = target.probes
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(target.probes - before).toBeLessThanOrEqual((performance.now() - begun) / 90 + 1)
    expect(worker.status()).toMatchObject({ problem: 'some is away', isOurs: true })
    some.put('u10', 1)
    target.refuses = 'u12'
    target.isAway = false
    await until(async () => (await states()).every((one) => !one.endsWith('pending')))
    expect(target.applied).toEqual(['u11@0', ...[13, 14, 15, 16, 17, 18, 19].map((n) => `u${n}@0`), 'u10@1'])
    expect(await states()).toContain('u12 failed')
    expect(worker.status().problem).toBeUndefined()
    await worker.close()
  })

  it('lets one process work on a target at a time, and another go on when it ends', async () => {
    const some = new SomeThings()
    const targets = [new SomeTarget(), new SomeTarget()]
    // far longer than the test waits: it is the end of the first that lets the second go on
    const timing = { pollMs: 10, leaseMs: 60_000 }
    const workers = targets.map(
      (target) => new TargetWorker({ store, things: some.things, target, logger: silent, timing }),
    )
    for (const worker of workers) worker.start()
    some.put('a', 0)
    await until(async () => (await states()).includes('a applied'))
    expect(workers.filter((worker) => worker.status().isOurs)).toHaveLength(1)
    const [first, second] = workers[0]!.status().isOurs ? workers : workers.toReversed()
    await first!.close()
    some.put('b', 0)
    await until(async () => (await states()).includes('b applied'))
    await second!.close()
    expect(targets.flatMap(({ applied }) => applied)).toEqual(['a@0', 'b@0'])
  })

  it('waits for the right of a process that lives, and takes that of one that is gone', async () => {
    const lease = new TargetLease({ store, target: 'some', lastsMs: 60_000 })
    const other = new TargetLease({ store, target: 'some', lastsMs: 60_000 })
    expect([await lease.held(), await other.held()]).toEqual([true, false])
    await lease.release()
    expect(await other.held()).toBe(true)
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    const gone = `${thisProcess().replace(/\d+$/, '')}${child.pid} x`
    const row = (holder: string, target: string) => ({ target, holder, until_ms: Date.now() + 60_000 })
    await store.transaction((tx) => tx.upsert(leasesTable, [row(gone, 'dead'), row('elsewhere/1 x', 'far')]))
    expect(await new TargetLease({ store, target: 'dead', lastsMs: 60_000 }).held()).toBe(true)
    expect(await new TargetLease({ store, target: 'far', lastsMs: 60_000 }).held()).toBe(false)
  })

  it('keeps the newest reports of each target, and knows the newest request', async () => {
    await requestReconcile(store, 1_000_000)
    const newest = await requestReconcile(store, 1_000_001)
    expect(await newestRequest(store)).toBe(newest)
    const report = { finishedAt: 1, why: 'timer', requestId: null, state: 'done', reason: null, report: [] } as const
    for (let i = 1; i <= 60; i++) await writeReconciliation(store, { ...report, target: 'some', startedAt: i })
    await writeReconciliation(store, { ...report, target: 'other', startedAt: 7 })
    const kept = await readReconciliations(store, { target: 'some', limit: 100 })
    expect([kept.length, kept[0]!.startedAt, kept.at(-1)!.startedAt]).toEqual([50, 60, 11])
    expect(await readReconciliations(store, { target: 'other' })).toHaveLength(1)
  })
})
