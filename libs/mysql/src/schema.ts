/**
 * Changes of tables. Here each statement commits by itself, so that every step can be run again after a kill, and a lock
 * by name keeps two processes from doing it at once.
 */
import {
  StoreTooNewError,
  ViewStoreUnavailableError,
  type Migration,
  type MigrationStep,
  type TableDefinition,
  type TablePair,
} from '@trunkline/ports'
import type { Session } from './session.js'
import { columnSql, createTableSql, missingIndexesSql, quote, TABLE_OPTIONS } from './table-sql.js'

const OWN_TABLES = [
  `CREATE TABLE IF NOT EXISTS checkpoints (projection VARCHAR(191) NOT NULL, partition_no INT NOT NULL,
    position VARCHAR(191) NOT NULL, PRIMARY KEY (projection, partition_no)) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS trunkline_writer (id INT NOT NULL, PRIMARY KEY (id)) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS schema_migrations (version INT NOT NULL, name VARCHAR(191) NOT NULL,
    applied_at BIGINT NOT NULL, PRIMARY KEY (version)) ${TABLE_OPTIONS}`,
  'INSERT INTO trunkline_writer (id) VALUES (1) ON DUPLICATE KEY UPDATE id = VALUES(id)',
]

/** Runs `work` while no other process changes tables of this database. Throws `ViewStoreUnavailableError`. */
export async function whileAlone<T>(session: Session, work: () => Promise<T>): Promise<T> {
  const lock = "SELECT GET_LOCK(LEFT(CONCAT('trunkline ', DATABASE()), 64), ?) AS taken"
  const [got] = await session.all<{ taken: number | null }>(lock, [session.patienceSeconds])
  if (got?.taken !== 1) throw new ViewStoreUnavailableError('another process has been changing tables for too long')
  try {
    return await work()
  } finally {
    // lost with the connection, if that is what went wrong
    await session.all("SELECT RELEASE_LOCK(LEFT(CONCAT('trunkline ', DATABASE()), 64))").catch(() => undefined)
  }
}

export async function createOwnTables(session: Session): Promise<void> {
  for (const statement of OWN_TABLES) await session.run(statement)
}

export async function createTable(session: Session, table: TableDefinition): Promise<void> {
  await session.change(createTableSql(table))
  for (const statement of missingIndexesSql(table, await indexesOf(session, table.name)))
    await session.change(statement)
}

export async function migrate(session: Session, migrations: readonly Migration[], nowMs: () => number): Promise<void> {
  const rows = await session.all<{ version: number; name: string }>('SELECT version, name FROM schema_migrations')
  const done = new Set(rows.map(({ version }) => version))
  const newest = migrations.at(-1)?.version ?? 0
  const newer = rows.find(({ version }) => version > newest)
  if (newer !== undefined) {
    throw new StoreTooNewError(
      `the database has migration ${newer.version} (${newer.name}), this code knows ${newest}: run the newer version`,
    )
  }
  for (const { version, name, steps } of migrations.filter((one) => !done.has(one.version))) {
    for (const step of steps) await runStep(session, step)
    await session.run('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)', [
      version,
      name,
      nowMs(),
    ])
  }
}

async function runStep(session: Session, step: MigrationStep): Promise<void> {
  if ('createTable' in step) return createTable(session, step.createTable)
  if ('dropTable' in step) return dropTable(session, step.dropTable)
  if ('run' in step) return session.change(step.run)
  const { table, column, type } = step.addColumn
  const [known] = await session.all(
    `SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?`,
    [table, column],
  )
  if (known !== undefined) return
  const definition = columnSql({ name: table, key: [], columns: { [column]: type } }, column)
  await session.change(`ALTER TABLE ${quote(table)} ADD COLUMN ${definition}`)
}

/** Two statements: one that swaps all tables at once, and one that drops what was replaced; a kill may fall between. */
export async function replaceTables(session: Session, pairs: readonly TablePair[]): Promise<void> {
  const tables = await tablesOf(session)
  const swaps = pairs.filter(({ shadow }) => tables.has(shadow))
  const old = (name: string) => `${name}__old`
  for (const { live } of pairs) if (tables.has(old(live))) await dropTable(session, old(live))
  const renames = swaps.flatMap(({ live, shadow }) => {
    const move = `${quote(shadow)} TO ${quote(live)}`
    return tables.has(live) ? [`${quote(live)} TO ${quote(old(live))}`, move] : [move]
  })
  if (renames.length > 0) await session.change(`RENAME TABLE ${renames.join(', ')}`)
  for (const { live } of swaps) if (tables.has(live)) await dropTable(session, old(live))
}

export async function dropTable(session: Session, name: string): Promise<void> {
  await session.change(`DROP TABLE IF EXISTS ${quote(name)}`)
}

async function tablesOf(session: Session): Promise<Set<string>> {
  const sql = 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
  return new Set((await session.all<{ name: string }>(sql)).map(({ name }) => name))
}

/** Columns of each index of a table, joined by commas. */
async function indexesOf(session: Session, table: string): Promise<Set<string>> {
  const rows = await session.all<{ name: string; column_name: string }>(
    `SELECT index_name AS name, column_name AS column_name FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? ORDER BY index_name, seq_in_index`,
    [table],
  )
  const indexes = new Map<string, string[]>()
  for (const { name, column_name } of rows) indexes.set(name, [...(indexes.get(name) ?? []), column_name])
  return new Set([...indexes.values()].map((columns) => columns.join(',')))
}
