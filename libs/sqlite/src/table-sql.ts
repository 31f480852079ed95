import type { ColumnType, TableDefinition } from '@trunkline/ports'

export const AFFINITY: Record<ColumnType, string> = {
  text: 'TEXT',
  longtext: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
  json: 'TEXT',
}
/** Rows up to this many columns, none of them long, live in the key's own tree: one lookup instead of two. */
const SMALL_ROW_COLUMNS = 8

/** Quotes a name as SQL has it; names come from code, never from data. */
export function quote(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a name of a table or column: ${name}`)
  return `"${name}"`
}

const list = (names: readonly string[]) => names.map(quote).join(', ')

export function createTableSql(table: TableDefinition): string {
  const columns = Object.entries(table.columns).map(([name, type]) => {
    return `${quote(name)} ${AFFINITY[type]}${table.key.includes(name) ? ' NOT NULL' : ''}`
  })
  const isRowid = table.key.length === 1 && table.columns[table.key[0]!] === 'integer'
  const types = Object.values(table.columns)
  const isSmall = types.length <= SMALL_ROW_COLUMNS && !types.includes('longtext') && !types.includes('json')
  const options = isSmall && !isRowid ? 'STRICT, WITHOUT ROWID' : 'STRICT'
  const body = [...columns, `PRIMARY KEY (${list(table.key)})`].join(', ')
  return `CREATE TABLE IF NOT EXISTS ${quote(table.name)} (${body}) ${options}`
}

/**
 * Indexes that a table lacks. An index is known by its columns, not by its name: a rebuilt table keeps those it
 * was built with, under other names.
 */
export function missingIndexesSql(table: TableDefinition, existing: ReadonlySet<string>): string[] {
  return Object.entries(table.indexes ?? {})
    .filter(([, columns]) => !existing.has(columns.join(',')))
    .map(([name, columns]) => {
      return `CREATE INDEX IF NOT EXISTS ${quote(name)} ON ${quote(table.name)} (${list(columns)})`
    })
}

/** Replaces in place, so that indexes whose columns did not change are not touched. */
export function upsertSql(table: TableDefinition): string {
  const columns = Object.keys(table.columns)
  const rest = columns.filter((column) => !table.key.includes(column))
  const values = columns.map(() => '?').join(', ')
  const action =
    rest.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${rest.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ')}`
  return `INSERT INTO ${quote(table.name)} (${list(columns)}) VALUES (${values}) ON CONFLICT (${list(table.key)}) ${action}`
}

export function deleteSql(table: TableDefinition): string {
  return `DELETE FROM ${quote(table.name)} WHERE ${table.key.map((column) => `${quote(column)} = ?`).join(' AND ')}`
}
