/** Every query of the schema, asked of the same rows in SQLite and in MySQL, is answered with the same. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'
import type { Connection } from '../paging/index.js'
import { contextOf, EVERY_QUERY, mayAsk, VIEWERS, type AnyQuery } from '../testing/every-query.js'
import { fill, NAMES } from '../testing/many-rows.js'
import { TestWorld } from '../testing/test-world.js'
import { findCalls } from './calls.query.js'
import { findMessages } from './feeds.query.js'

const CALLS = 600
let all: { readonly stores: ViewStores; readonly world: TestWorld }[]

beforeAll(async () => {
  all = []
  for (const { start } of VIEW_STORES) {
    const stores = await start()
    const world = await TestWorld.create(await stores.open('answers'))
    all.push({ stores, world })
    await fill(world, CALLS)
  }
})
afterAll(async () => {
  for (const { world, stores } of all) {
    await world.close()
    await stores.dispose()
  }
})

/** What each store answers. */
function answers<T>(ask: (world: TestWorld) => Promise<T>): Promise<T[]> {
  return Promise.all(all.map(({ world }) => ask(world)))
}

/** The whole list, by pages of a size that parts rows of the same time; backward it is the same list. */
async function wholeList(query: AnyQuery, who: Viewer, world: TestWorld): Promise<unknown[]> {
  const rows: unknown[] = []
  for (let after: string | null = null; ;) {
    const page = (await query.page!(contextOf(who, world.store), { first: 37, after })) as Connection<unknown>
    rows.push(...page.edges)
    if (!page.pageInfo.hasNextPage) return rows
    after = page.pageInfo.endCursor
  }
}

const CASES = VIEWERS.flatMap((who) =>
  EVERY_QUERY.filter((query) => mayAsk(query, who)).map(
    (query) => [query.field, JSON.stringify(query.filter), who.role, query, who] as const,
  ),
)

describe('SQLite and MySQL', () => {
  it.each(CASES)('agree on %s %s for %s', async (_field, _filter, _role, query, who) => {
    const [sqlite, mysql] = await answers((world) => query.run(contextOf(who, world.store)))
    expect(mysql).toEqual(sqlite)
    if (query.page === undefined) return
    const [all, same] = await answers((world) => wholeList(query, who, world))
    expect(same).toEqual(all)
    const backward = (await answers((world) =>
      query.page!(contextOf(who, world.store), { last: 60 }),
    )) as Connection<unknown>[]
    expect(backward[1]).toEqual(backward[0])
    expect(backward[0]!.edges).toEqual(all!.slice(-60))
  })

  it.each(CASES.filter(([, , role]) => role === 'admin'))('have something to say on %s %s', async (...args) => {
    const [answer] = await answers((world) => args[3].run(contextOf(args[4], world.store)))
    const rows = (answer as Partial<Connection<unknown>>).edges ?? answer
    expect(rows).not.toEqual([])
    expect(rows).not.toBeNull()
  })

  it.each(NAMES.map((name) => [name]))('find the same calls by the text %j', async (name) => {
    for (const text of [name, name.toLowerCase(), name.toUpperCase(), name.slice(1), name.trimEnd()]) {
      const [sqlite, mysql] = await answers((world) =>
        findCalls(contextOf(VIEWERS[0]!, world.store), { text }, { first: 200, orderBy: 'desc' }),
      )
      expect(mysql).toEqual(sqlite)
    }
  })

  it('agree on what one user wrote to another', async () => {
    const [sqlite, mysql] = await answers((world) =>
      findMessages(contextOf(VIEWERS[2]!, world.store), { user: 'user8' }, {}),
    )
    expect(sqlite!.edges.length).toBeGreaterThan(0)
    expect(mysql).toEqual(sqlite)
  })
})
