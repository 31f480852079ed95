/** How MySQL goes about what provisioner, commands and mod_xml_curl ask of things: by an index, and reading little. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ViewReader, ViewStore } from '@trunkline/ports'
import { createThings, type Things } from '@trunkline/provisioning-views'
import { examining, type Examined } from '../../libs/graphql-api/src/testing/examine.js'
import { PROVISIONED, SAMPLE } from '../../libs/graphql-api/src/testing/provisioned-rows.js'
import { A } from '../../libs/graphql-api/src/testing/sample-calls.js'
import { TestWorld } from '../../libs/graphql-api/src/testing/test-world.js'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'

const COUNT = 20_000
let stores: ViewStores
let store: ViewStore
let world: TestWorld
let seen: Examined[]

beforeAll(async () => {
  stores = await VIEW_STORES.find(({ name }) => name === 'MariaDB')!.start()
  store = await stores.open('things')
  world = await TestWorld.create(store)
  const tenantOf = (i: number) => (i % 1000 === 0 ? 'small.example' : A)
  for (const [table, rowOf] of PROVISIONED) {
    const rows = Array.from({ length: COUNT }, (_, i) => rowOf(i, tenantOf(i))).filter((row) => row !== undefined)
    for (let at = 0; at < rows.length; at += 2000) await world.write(table, ...rows.slice(at, at + 2000))
  }
  await store.all('ANALYZE TABLE provisioned, provisioned_names, provisioned_uses')
})
afterAll(async () => {
  await world.close()
  await stores.dispose()
})

const CASES: readonly [string, (things: Things) => Promise<unknown>, number][] = [
  ['get', (things) => things.get('trunk', SAMPLE.trunk), 5],
  ['getMany', (things) => things.getMany('sip_user', ['u7', 'u8', 'u9']), 10],
  ['list', (things) => things.list('sip_user', { limit: 100 }), 250],
  ['list after', (things) => things.list('sip_user', { after: 'u5', limit: 100 }), 250],
  ['list of a tenant', (things) => things.list('sip_user', { tenant: A, after: 'u5', limit: 100 }), 250],
  ['list of a small tenant', (things) => things.list('sip_user', { tenant: 'small.example', limit: 100 }), 150],
  ['byName', (things) => things.byName(A, 'alice'), 5],
  ['byNumber', (things) => things.byNumber('+49100012'), 5],
  ['usersOf', (things) => things.usersOf('sip_user', 'u7'), 250],
  ['changedSince the beginning', (things) => things.changedSince(undefined, 100), 250],
  ['changedSince', (things) => things.changedSince('0000000000015000', 100), 250],
]

describe('on MySQL', () => {
  it.each(CASES)('%s reads little, by an index', async (_name, ask, most) => {
    seen = []
    const reader: ViewReader = examining(store, (examined) => seen.push(examined))
    const answer = await ask(createThings(reader))
    expect(answer).toBeDefined()
    expect(answer).not.toEqual([])
    const steps = seen.flatMap((one) => one.steps)
    expect(steps.filter(({ type, Extra }) => type === 'ALL' || /filesort/.test(Extra ?? ''))).toEqual([])
    expect(seen.map(({ read, sql }) => [sql, read <= most ? 'little' : read])).toEqual(
      seen.map(({ sql }) => [sql, 'little']),
    )
  })
})
