import { StoreTooNewError, type Migration, type MigrationStep } from '@trunkline/ports'
import type { Connection } from './connection.js'
import { AFFINITY, createTableSql, missingIndexesSql, quote } from './table-sql.js'
import { indexesOf } from './table-indexes.js'

export const MIGRATIONS = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`

/** Runs what is missing, inside the transaction that the caller has begun: all of it or nothing. */
export function migrate(connection: Connection, migrations: readonly Migration[], nowMs: number): void {
  connection.db.exec(MIGRATIONS)
  const rows = connection.all<{ version: number; name: string }>('SELECT version, name FROM schema_migrations')
  const done = new Set(rows.map(({ version }) => version))
  const newest = migrations.at(-1)?.version ?? 0
  const newer = rows.find(({ version }) => version > newest)
  if (newer !== undefined) {
    throw new StoreTooNewError(
      `the database has migration ${newer.version} (${newer.name}), this code knows ${newest}: run the newer version`,
    )
  }
  for (const { version, name, steps } of migrations.filter((one) => !done.has(one.version))) {
    for (const step of steps) runStep(connection, step)
    connection
      .query('INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)')
      .run(version, name, nowMs)
  }
}

function runStep(connection: Connection, step: MigrationStep): void {
  const { db } = connection
  if ('createTable' in step) {
    db.exec(createTableSql(step.createTable))
    const missing = missingIndexesSql(step.createTable, indexesOf(connection, step.createTable.name))
    for (const sql of missing) db.exec(sql)
  } else if ('dropTable' in step) {
    db.exec(`DROP TABLE IF EXISTS ${quote(step.dropTable)}`)
  } else if ('run' in step) {
    db.exec(step.run)
  } else {
    const { table, column, type } = step.addColumn
    const known = connection.all('SELECT 1 FROM pragma_table_info(?) WHERE name = ?', [table, column])
    if (known.length === 0) db.exec(`ALTER TABLE ${quote(table)} ADD COLUMN ${quote(column)} ${AFFINITY[type]}`)
  }
}
