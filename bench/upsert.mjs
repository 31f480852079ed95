// Rows of calls into the embedded view store: ours (prepared, positional) against a query builder's batches and against
// one row a transaction. 500 rows a transaction unless said otherwise; durable commits.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { callsTable } from '@trunkline/projection'
import { openSqliteViewStore } from '@trunkline/sqlite'
import { callRow } from './call-row.mjs'
import { alternate, print } from './common.mjs'

const ROWS = 20_000
const columns = Object.keys(callsTable.columns)
const rows = Array.from({ length: ROWS }, (_, number) => callRow(number))

async function inStore(batch, work) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-upsert-'))
  const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
  await store.createTables([callsTable])
  const count = batch === 1 ? 300 : ROWS
  const started = performance.now()
  for (let at = 0; at < count; at += batch) await work(store, rows.slice(at, at + batch), join(folder, 'views.sqlite'))
  const rate = (count * 1000) / (performance.now() - started)
  await store.close()
  rmSync(folder, { recursive: true })
  return rate
}

const builder = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
let raw
const rates = await alternate(
  {
    'one row a transaction': () => inStore(1, (store, some) => store.transaction((tx) => tx.upsert(callsTable, some))),
    'Kysely, 500 rows a statement': async () => {
      const rate = await inStore(500, (_store, some, file) => {
        raw ??= new DatabaseSync(file)
        const { sql, parameters } = builder
          .insertInto('calls')
          .values(some)
          .onConflict((conflict) =>
            conflict
              .column('id')
              .doUpdateSet(
                Object.fromEntries(columns.slice(1).map((column) => [column, (eb) => eb.ref(`excluded.${column}`)])),
              ),
          )
          .compile()
        raw.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
        raw.prepare(sql).run(...parameters)
        raw.exec('COMMIT')
      })
      raw.close()
      raw = undefined
      return rate
    },
    'ours, 500 rows a transaction': () =>
      inStore(500, (store, some) => store.transaction((tx) => tx.upsert(callsTable, some))),
  },
  3,
)
const base = rates['one row a transaction']
print(
  `upsert of call rows, ${columns.length} columns, all indexes`,
  Object.entries(rates).map(([name, rate]) => [name, rate, rate / base]),
)
const ratio = rates['ours, 500 rows a transaction'] / rates['Kysely, 500 rows a statement']
process.stdout.write(`  ours to Kysely: ${ratio.toFixed(2)}\n`)
