import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { callNode, type CallNode } from '../nodes/call.node.js'
import { callsQuery, type CallsQuery } from '../queries/calls.query.js'
import { builderFor } from '../sql/query-builder.js'
import { A, call, START } from '../testing/sample-calls.js'
import { TestWorld } from '../testing/test-world.js'
import { keysetPage, keysetQuery, type Connection } from './keyset-page.js'
import type { PageArguments } from './page-request.js'
import { windowedPage } from './windowed-page.js'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'

describe.each(VIEW_STORES)('on $name', ({ start }) => {
  let stores: ViewStores
  let world: TestWorld
  const COUNT = 200
  beforeAll(async () => {
    stores = await start()
    world = await TestWorld.create(await stores.open('world'))
    // Three calls start at each moment, and every seventh was busy.
    await world.writeCalls(
      ...Array.from({ length: COUNT }, (_, i) =>
        call(`c${String(i).padStart(3, '0')}`, {
          startedAt: START + Math.floor(i / 3),
          disposition: i % 7 === 0 ? 'busy' : 'answered',
        }),
      ),
    )
  })
  afterAll(async () => {
    await world.close()
    await stores.dispose()
  })

  const operator: Viewer = { role: 'operator', tenant: A, user: 'o', expiresAt: 0 }
  const user: Viewer = { role: 'user', tenant: A, user: `bob@${A}`, expiresAt: 0 }
  const list = (viewer: Viewer, order: 'asc' | 'desc') =>
    callsQuery(builderFor(world.store), viewer, { disposition: ['busy'], from: START + 5, to: START + 60 }, order)

  function page({ query, keyset, walked }: CallsQuery, request: PageArguments, window: { rows: number; most: number }) {
    return windowedPage(world.store, { query, keyset, walked: walked!, page: request, window }, callNode)
  }
  const idsOf = (connection: Connection<CallNode>) => connection.edges.map(({ node }) => node.id)

  describe('a search in windows', () => {
    const cases = [operator, user].flatMap((viewer) =>
      (['asc', 'desc'] as const).flatMap((order) =>
        [1, 2, 7, 50, 1000].map((rows) => [viewer.role, order, rows, viewer] as const),
      ),
    )
    it.each(cases)(
      'finds what one statement finds: %s, %s, %i rows a window, forward and backward',
      async (_role, order, rows, viewer) => {
        const query = list(viewer, order)
        const whole = idsOf(await keysetPage(world.store, { ...query, page: { first: 200 } }, callNode))
        expect(whole.length).toBeGreaterThan(20)
        const window = { rows, most: 1000 }
        expect(idsOf(await page(query, { first: 200 }, window))).toEqual(whole)
        expect(idsOf(await page(query, { last: 200 }, window))).toEqual(whole)
        const parts: string[] = []
        for (let after: string | null = null; ;) {
          const part: Connection<CallNode> = await page(query, { first: 4, after }, window)
          parts.push(...idsOf(part))
          if (!part.pageInfo.hasNextPage) break
          after = part.pageInfo.endCursor
        }
        expect(parts).toEqual(whole)
      },
    )

    it('stops after so many windows, says that there is more, and can be taken up from there', async () => {
      const query = list(operator, 'desc')
      const whole = idsOf(await keysetPage(world.store, { ...query, page: { first: 200 } }, callNode))
      for (const [size, cursor] of [
        ['first', 'after'],
        ['last', 'before'],
      ] as const) {
        const found: string[] = []
        let requests = 0
        for (let place: string | null = null; ;) {
          const part: Connection<CallNode> = await page(query, { [size]: 50, [cursor]: place }, { rows: 2, most: 3 })
          requests++
          if (size === 'first') found.push(...idsOf(part))
          else found.unshift(...idsOf(part))
          if (!(size === 'first' ? part.pageInfo.hasNextPage : part.pageInfo.hasPreviousPage)) break
          place = size === 'first' ? part.pageInfo.endCursor : part.pageInfo.startCursor
        }
        expect(found).toEqual(whole)
        expect(requests).toBeGreaterThan(10)
      }
    })
  })

  describe('a page with both a time range and a cursor', () => {
    it('has one bound on each side, so that the engine begins at the cursor and not at the end of the range', () => {
      const { query, keyset } = list(operator, 'desc')
      const after = Buffer.from(`[1,"calls",${START + 30},"c090"]`).toString('base64url')
      const { sql, parameters } = keysetQuery(query, keyset, { first: 5, after }).compile()
      expect(sql.match(/["`]started_at["`] >= \?/g)).toHaveLength(1)
      expect(sql.match(/["`]started_at["`] <= \?/g)).toHaveLength(1)
      expect(parameters).toEqual(expect.arrayContaining([START + 5, START + 30]))
      expect(parameters).not.toContain(START + 59)
    })
  })
})
