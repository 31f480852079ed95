/** How SQLite goes about every query on what is provisioned: by an index, in its order. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Value, ViewReader } from '@trunkline/ports'
import { contextOf, mayAsk, VIEWERS } from '../testing/every-query.js'
import { fill } from '../testing/many-rows.js'
import { PROVISIONING_QUERIES } from '../testing/provisioning-queries.js'
import { TestWorld } from '../testing/test-world.js'

let world: TestWorld
beforeAll(async () => {
  world = await TestWorld.create()
  await fill(world, 1000)
})
afterAll(() => world.close())

function explaining(store: ViewReader, plans: string[]): ViewReader {
  const reader: ViewReader = {
    dialect: store.dialect,
    async all<R>(sql: string, parameters?: readonly Value[]) {
      const steps = await store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters)
      plans.push(...steps.map(({ detail }) => detail))
      return store.all<R>(sql, parameters)
    },
    snapshot: (work) => work(reader),
  }
  return reader
}

const CASES = VIEWERS.flatMap((who) =>
  PROVISIONING_QUERIES.filter((query) => mayAsk(query, who)).map(
    (query) => [query.field, JSON.stringify(query.filter), `${who.role} of ${who.tenant}`, query, who] as const,
  ),
)

describe('the plan of', () => {
  it.each(CASES)('%s %s for %s searches an index and sorts nothing', async (_field, _filter, _who, query, who) => {
    const plans: string[] = []
    const context = contextOf(who, explaining(world.store, plans))
    if (query.page === undefined) await query.run(context)
    else {
      const first = (await query.page(context, { first: 20 })) as { pageInfo: { endCursor: string | null } }
      await query.page(context, { last: 20 })
      if (first.pageInfo.endCursor !== null) await query.page(context, { first: 20, after: first.pageInfo.endCursor })
    }
    expect(plans.length).toBeGreaterThan(0)
    // the lists of all tenants' things that no index begins with are walked in the order of one
    const scans = plans.filter((detail) => /^SCAN/.test(detail) && !/USING (COVERING )?INDEX/.test(detail))
    expect(scans.filter((detail) => !/^SCAN (u|some|side|found)\b/.test(detail))).toEqual([])
    if (!JSON.stringify(query.filter).includes('beside'))
      expect(plans.filter((detail) => /TEMP B-TREE/.test(detail))).toEqual([])
  })
})
