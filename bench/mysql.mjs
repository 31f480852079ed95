// Views in MariaDB, durable commits. Rows of calls: ours against one row a commit, and against statements of many rows
// by a query builder and by the bare driver. Then facts of captured calls: ours against a row and a record at a time.
// Needs the build.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } from 'kysely'
import mysql from 'mysql2/promise'
import { openMysqlViewStore } from '@trunkline/mysql'
import { callsTable, CallsProjection, rebuildView, SHARED_TABLES, startProjector } from '@trunkline/projection'
import { openSqliteEventLog } from '@trunkline/sqlite'
import { callRow } from './call-row.mjs'
import { alternate, print } from './common.mjs'
import { facts } from './facts.mjs'
import { startMariadb } from './mariadb.mjs'
import { rowAtATime } from './row-at-a-time.mjs'

const ROWS = 20_000
const FEW = 500
const BATCH = 500
const ROUNDS = 3
const COPIES = 10
const STREAM = 'trunkline.switch'
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const columns = Object.keys(callsTable.columns)
const rows = Array.from({ length: ROWS }, (_, number) => callRow(number))

const server = await startMariadb()
let databases = 0

/**
 * Rows a second of `write(batch)`: half of them new, half of them replaced. Those who write few begin with a table of half
 * the size that the others end with: rows cost more the more there are.
 */
async function upserts({ batch, count }, open) {
  const url = await server.database(`upsert_${++databases}`)
  const store = openMysqlViewStore({ url })
  await store.createTables([callsTable])
  const there = count === ROWS ? 0 : ROWS / 2
  for (let at = 0; at < there; at += BATCH) {
    await store.transaction((tx) => tx.upsert(callsTable, rows.slice(at, at + BATCH)))
  }
  const { write, close } = await open({ url, store })
  const started = performance.now()
  for (let twice = 0; twice < 2; twice++) {
    for (let at = there; at < there + count; at += batch) await write(rows.slice(at, at + batch))
  }
  const rate = (2 * count * 1000) / (performance.now() - started)
  const [{ n }] = await store.all('SELECT count(*) AS n FROM calls')
  if (n !== there + count) throw new Error(`${n} rows instead of ${there + count}`)
  await close?.()
  await store.close()
  return rate
}

const update = columns.slice(1).map((name) => `\`${name}\` = VALUES(\`${name}\`)`)
const into = `INSERT INTO calls (${columns.map((name) => `\`${name}\``).join(', ')}) VALUES`
const onDuplicate = `ON DUPLICATE KEY UPDATE ${update.join(', ')}`
const builder = new Kysely({
  dialect: {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  },
})

async function bare({ url }, write) {
  const connection = await mysql.createConnection(url)
  return { write: (some) => write(connection, some), close: () => connection.end() }
}

const candidates = {
  'one row a statement and commit': () =>
    upserts({ batch: 1, count: FEW }, (place) => {
      const sql = `${into} (${columns.map(() => '?').join(', ')}) ${onDuplicate}`
      return bare(place, (connection, [row]) => connection.query(sql, Object.values(row)))
    }),
  'Kysely, 500 rows a statement': () =>
    upserts({ batch: BATCH, count: ROWS }, (place) =>
      bare(place, (connection, some) => {
        const { sql, parameters } = builder
          .insertInto('calls')
          .values(some)
          .onDuplicateKeyUpdate((eb) =>
            Object.fromEntries(columns.slice(1).map((name) => [name, eb.fn('values', [name])])),
          )
          .compile()
        return connection.query(sql, [...parameters])
      }),
    ),
  'mysql2, 500 rows a statement': () =>
    upserts({ batch: BATCH, count: ROWS }, (place) =>
      bare(place, (connection, some) =>
        connection.query(`${into} ? ${onDuplicate}`, [some.map((row) => columns.map((name) => row[name]))]),
      ),
    ),
  'ours, 500 rows a transaction': () =>
    upserts({ batch: BATCH, count: ROWS }, ({ store }) => ({
      write: (some) => store.transaction((tx) => tx.upsert(callsTable, some)),
    })),
}

async function projected(copies, run) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  const log = openSqliteEventLog({ directory: join(folder, 'log') })
  const store = openMysqlViewStore({ url: await server.database(`project_${++databases}`) })
  try {
    const all = [...facts(copies)]
    for (let at = 0; at < all.length; at += 500) await log.append(STREAM, all.slice(at, at + 500))
    await store.createTables(SHARED_TABLES)
    return (all.length * 1000) / (await run({ log, store }))
  } finally {
    await log.close()
    await store.close()
    rmSync(folder, { recursive: true })
  }
}

async function projectMs({ log, store }, options = {}) {
  const started = performance.now()
  const projections = [new CallsProjection()]
  const projector = await startProjector({ log, store, projections, logger: silent, ...options })
  await projector.caughtUp()
  const ms = performance.now() - started
  await projector.close()
  return ms
}

const projections = {
  'a row and a record at a time': () =>
    projected(1, ({ log, store }) => projectMs({ log, store: rowAtATime(store) }, { batchSize: 1 })),
  'ours, 500 records a transaction': () => projected(COPIES, (place) => projectMs(place)),
  'ours, rebuild': () =>
    projected(COPIES, async (place) => {
      await projectMs(place)
      return (await rebuildView({ ...place, projection: new CallsProjection(), logger: silent })).tookMs
    }),
}

function report(title, rates) {
  const [[, base]] = Object.entries(rates)
  print(
    title,
    Object.entries(rates).map(([name, rate]) => [name, rate, rate / base]),
  )
}

try {
  report(
    `upsert of call rows into MariaDB, ${columns.length} columns, all indexes`,
    await alternate(candidates, ROUNDS),
  )
  report('project facts of captured calls into MariaDB', await alternate(projections, ROUNDS))
} finally {
  await server.stop()
}
