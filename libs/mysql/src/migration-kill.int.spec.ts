/** Processes that change tables are killed at any moment, alone and two at once; whoever comes next finishes their work. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Migration, TableDefinition, ViewStore } from '@trunkline/ports'
import { startMariadb, type MariadbServer } from '../../../test/support/mariadb-server.js'
import { openMysqlViewStore } from './mysql-view-store.js'
import { Child } from './testing/child.js'

const ROUNDS = 8
const ROWS = 400

const books = {
  name: 'books',
  key: ['id'],
  columns: { id: 'integer', title: 'text', year: 'integer' },
  indexes: { books_title: ['title', 'year'], books_year: ['year'] },
} as const satisfies TableDefinition
const authors = { ...books, name: 'authors', indexes: { authors_title: ['title'] } } as const satisfies TableDefinition
const TABLES = [books, authors]
const shadowsOf = (generation: number) =>
  TABLES.map((table) => ({ ...table, name: `${table.name}__g${generation}` }) satisfies TableDefinition)
const pairsOf = (generation: number) => TABLES.map(({ name }) => ({ live: name, shadow: `${name}__g${generation}` }))

const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'books', steps: [{ createTable: books }, { createTable: { ...books, name: 'drafts' } }] },
  {
    version: 2,
    name: 'languages',
    steps: [
      { addColumn: { table: 'books', column: 'language', type: 'text' } },
      { addColumn: { table: 'books', column: 'pages', type: 'integer' } },
      { run: "UPDATE books SET language = 'de' WHERE language IS NULL" },
    ],
  },
  { version: 3, name: 'authors', steps: [{ createTable: authors }, { dropTable: 'drafts' }] },
  { version: 4, name: 'prices', steps: [{ addColumn: { table: 'authors', column: 'price', type: 'real' } }] },
]

const MIGRATE = `
  import { openMysqlViewStore } from '@trunkline/mysql'
  const store = openMysqlViewStore({ url: process.argv[1] })
  process.stdout.write('begins\\n')
  await store.migrate(${JSON.stringify(MIGRATIONS)})
  process.stdout.write('done\\n')
  await store.close()`

const REPLACE = `
  import { openMysqlViewStore } from '@trunkline/mysql'
  const store = openMysqlViewStore({ url: process.argv[1] })
  process.stdout.write('begins\\n')
  await store.replaceTables(${JSON.stringify(pairsOf(2))})
  process.stdout.write('done\\n')
  await store.close()`

let server: MariadbServer
let databases = 0
let children: Child[] = []
let stores: ViewStore[] = []

beforeAll(async () => {
  server = await startMariadb()
})
afterAll(() => server.dispose())
afterEach(async () => {
  for (const child of children) await child.kill()
  for (const store of stores) await store.close()
  children = []
  stores = []
})

async function database(): Promise<{ url: string; store: ViewStore }> {
  const url = await server.createDatabase(`migrate_${++databases}`)
  const store = openMysqlViewStore({ url })
  stores.push(store)
  return { url, store }
}

function start(script: string, url: string): Child {
  const child = new Child(script, url)
  children.push(child)
  return child
}

/** How long the work takes when nobody disturbs it, ms. */
async function undisturbed(script: string, url: string): Promise<number> {
  const child = start(script, url)
  expect(await child.says()).toBe('begins')
  const started = performance.now()
  expect(await child.says()).toBe('done')
  return performance.now() - started
}

/**
 * The longest time until a kill in a round: shorter each time that all were used, since the machine may have been slow
 * meanwhile.
 */
const within = (ms: number, round: number) => ms / 4 ** Math.floor(round / ROUNDS)

/** Starts the work in one process or two, and kills each after a part of the time that the work takes. */
async function killed(script: string, url: string, afterMs: readonly number[]): Promise<void> {
  const at = afterMs.map((ms) => ({ ms, child: start(script, url) }))
  await Promise.all(
    at.map(async ({ ms, child }) => {
      expect(await child.says()).toBe('begins')
      await pause(ms)
      await child.kill()
    }),
  )
}

/** Columns and indexes of all tables. */
async function shape(store: ViewStore): Promise<unknown> {
  const columns = await store.all(
    `SELECT table_name AS t, column_name AS c, column_type AS type, is_nullable AS nullable FROM information_schema.columns
     WHERE table_schema = DATABASE() ORDER BY table_name, column_name`,
  )
  const indexes = await store.all(
    `SELECT table_name AS t, column_name AS c, seq_in_index AS place, index_name AS name FROM information_schema.statistics
     WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`,
  )
  return { columns, indexes }
}

describe('a process that is killed', () => {
  it('in the middle of migrations leaves what the next one finishes', async () => {
    const whole = await database()
    const ms = await undisturbed(MIGRATE, whole.url)
    const expected = await shape(whole.store)
    let unfinished = 0
    for (let round = 0; round < ROUNDS || (unfinished < 2 && round < 4 * ROUNDS); round++) {
      const { url, store } = await database()
      const longest = within(ms, round)
      const part = (longest * ((round % ROUNDS) + 0.5)) / ROUNDS
      await killed(MIGRATE, url, round % 2 === 0 ? [part] : [part, longest - part])
      const done = await store.all('SELECT version FROM schema_migrations').catch(() => [])
      if (done.length < MIGRATIONS.length) unfinished++
      await Promise.all([store.migrate(MIGRATIONS), store.migrate(MIGRATIONS)])
      expect(await shape(store)).toEqual(expected)
      expect(await store.all('SELECT version FROM schema_migrations ORDER BY version')).toEqual(
        MIGRATIONS.map(({ version }) => ({ version })),
      )
    }
    expect(unfinished).toBeGreaterThan(1)
  }, 400_000)

  it('while it replaces tables leaves all old ones or all new ones, and the next one finishes', async () => {
    const first = await filled()
    const ms = await undisturbed(REPLACE, first.url)
    const expected = await shape(first.store)
    let unfinished = 0
    for (let round = 0; round < ROUNDS || (unfinished === 0 && round < 4 * ROUNDS); round++) {
      const { url, store } = await filled()
      const longest = within(ms, round)
      const part = (longest * ((round % ROUNDS) + 0.5)) / ROUNDS
      await killed(REPLACE, url, round % 2 === 0 ? [part] : [part, longest - part])
      const years = await store.snapshot(async (reader) => [
        await reader.all('SELECT year, count(*) AS n FROM books GROUP BY year'),
        await reader.all('SELECT year, count(*) AS n FROM authors GROUP BY year'),
      ])
      expect(years[0]).toEqual(years[1])
      expect([1, 2]).toContain(years[0]![0]!['year'])
      expect(years[0]).toEqual([{ year: years[0]![0]!['year'], n: ROWS }])
      if (years[0]![0]!['year'] === 1) unfinished++
      await store.replaceTables(pairsOf(2))
      expect(await store.all('SELECT DISTINCT year FROM books')).toEqual([{ year: 2 }])
      expect(await store.all('SELECT DISTINCT year FROM authors')).toEqual([{ year: 2 }])
      expect(await shape(store)).toEqual(expected)
    }
    expect(unfinished).toBeGreaterThan(0)
  }, 400_000)
})

/** Live tables of the year 1, and shadows of the year 2. */
async function filled(): Promise<{ url: string; store: ViewStore }> {
  const place = await database()
  const { store } = place
  const shadows = shadowsOf(2)
  await store.createTables([...TABLES, ...shadows])
  await store.transaction(async (tx) => {
    for (const table of [...TABLES, ...shadows]) {
      const year = table.name.endsWith('__g2') ? 2 : 1
      await tx.upsert(
        table,
        Array.from({ length: ROWS }, (_, id) => ({ id, title: `t${id}`, year })),
      )
    }
  })
  return place
}
