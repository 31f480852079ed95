/**
 * How MySQL goes about every query that the schema offers, on tables of tens of thousands of rows with figures about
 * them: no table is scanned, and what is read and sorted does not grow with the tables.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import { buildSchema } from 'graphql'
import { VIEW_STORES, type ViewStores } from '../../../../test/support/view-stores.js'
import { OPERATION_QUERIES } from '../mutations/operation-fields.js'
import { WINDOW, type Connection } from '../paging/index.js'
import { contextOf, EVERY_QUERY, mayAsk, viewer, VIEWERS, type AnyQuery } from '../testing/every-query.js'
import { examining, type Examined } from '../testing/examine.js'
import { fill, SMALL } from '../testing/many-rows.js'
import { TestWorld } from '../testing/test-world.js'
import { MAXIMUM_PRESENCE } from './presence.query.js'

const CALLS = 20_000
/** A page of 50, with what is read beside each of its rows; live calls; one user's messages. */
const FEW = 2000
/** A window's edge is found by walking its rows, and its rows are read once more. */
const A_WINDOW = WINDOW.rows + 200
/** Calls of a user are found by a row for each user's part in a call. */
const A_WINDOW_OF_USER = 2 * WINDOW.rows + 200
/** Users have one row in each of two tables, which are put together, sorted, and joined with both. */
const ALL_USERS = 12 * MAXIMUM_PRESENCE
/** The recordings of a user are found by all calls of that user, and messages in one state by all messages. */
const OF_ONE_USER = 6 * (CALLS / 20)
/** A few rows for each switch. */
const SMALL_TABLES = ['switches', 'gateways']

let stores: ViewStores
let store: ViewStore
let world: TestWorld

beforeAll(async () => {
  stores = await VIEW_STORES.find(({ name }) => name === 'MariaDB')!.start()
  store = await stores.open('plans')
  world = await TestWorld.create(store)
  await fill(world, CALLS)
  const tables = await store.all<{ name: string }>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  )
  await store.all(`ANALYZE TABLE ${tables.map(({ name }) => name).join(', ')}`)
}, 600_000)
afterAll(async () => {
  await world.close()
  await stores.dispose()
})

/** What is wrong with how a statement was carried out; undefined when nothing is. */
function trouble({ sql, parameters, steps, read }: Examined, most: number): string | undefined {
  const problems = steps.flatMap(({ table, type, rows, Extra }) => {
    const isStored = table !== null && !table.startsWith('<') && !SMALL_TABLES.includes(table)
    if (!isStored) return []
    const found: string[] = []
    if (type === 'ALL') found.push(`scans ${table}`)
    if (/filesort/.test(Extra ?? '') && Number(rows) > most) found.push(`sorts about ${rows} rows of ${table}`)
    return found
  })
  if (read > most) problems.push(`read ${read} rows, more than ${most}`)
  if (problems.length === 0) return undefined
  return `${problems.join('; ')}\n${sql}\n${JSON.stringify(parameters)}\n${JSON.stringify(steps)}`
}

function mostOf({ field, filter }: AnyQuery, { role }: Viewer, isSearch: boolean): number {
  if (filter === 'all at once') return ALL_USERS
  const ofOne = role === 'user' || (typeof filter === 'object' && 'user' in filter!)
  if (ofOne && ['recordings', 'messages'].includes(field)) return OF_ONE_USER
  if (!isSearch) return FEW
  return ofOne && field === 'calls' ? A_WINDOW_OF_USER : A_WINDOW
}

/** A page at the beginning, the one after it, the last one, and the one after the row that begins that. */
async function* pagesOf(query: AnyQuery, who: Viewer, tell: (examined: Examined) => void) {
  const ask = () => contextOf(who, examining(store, tell))
  const first = (await query.run(ask())) as Connection<unknown>
  yield first
  if (query.page === undefined || first.edges.length === 0) return
  yield await query.page(ask(), { first: 50, after: first.pageInfo.endCursor })
  const last = (await query.page(ask(), { last: 50 })) as Connection<unknown>
  yield last
  yield await query.page(ask(), { first: 50, after: last.pageInfo.startCursor })
}

/** Others' rows are not walked to find the few of a small tenant. */
const CASES = [...VIEWERS, viewer('operator', SMALL)].flatMap((who) =>
  EVERY_QUERY.filter((query) => mayAsk(query, who)).map(
    (query) => [query.field, JSON.stringify(query.filter), `${who.role} of ${who.tenant}`, query, who] as const,
  ),
)

describe('on MySQL', () => {
  it.each(CASES)('%s %s for %s reads little, by an index', async (_field, _filter, _role, query, who) => {
    const seen: Examined[] = []
    for await (const page of pagesOf(query, who, (examined) => seen.push(examined))) expect(page).toBeDefined()
    expect(seen.length).toBeGreaterThan(0)
    const isSearch = seen.some(({ sql }) => / offset /.test(sql))
    const most = mostOf(query, who, isSearch)
    expect(seen.map((one) => trouble(one, most)).filter((found) => found !== undefined)).toEqual([])
  })

  it('every query of the schema is among these', () => {
    const schema = buildSchema(readFileSync(new URL('../../../../schema.graphql', import.meta.url), 'utf8'))
    const fields = new Set(EVERY_QUERY.map(({ field }) => field))
    // the others are operations of REST, which read their own tables by key
    expect([...fields, ...OPERATION_QUERIES].sort()).toEqual(Object.keys(schema.getQueryType()!.getFields()).sort())
  })

  it.each([
    ['SELECT id FROM calls WHERE cause = ? ORDER BY talk_ms LIMIT 5', ['x'], /scans calls/],
    ['SELECT id FROM calls WHERE tenant = ? ORDER BY talk_ms LIMIT 5', ['a.example'], /sorts about|scans/],
    ['SELECT id FROM calls WHERE switch = ? ORDER BY started_at, id LIMIT 5', ['nowhere'], /read 20\d\d\d rows/],
  ])('a statement without an index would be found out: %s', async (sql, parameters, expected) => {
    const seen: Examined[] = []
    await examining(store, (examined) => seen.push(examined)).all(sql, parameters)
    expect(trouble(seen[0]!, A_WINDOW)).toMatch(expected)
  })
})
