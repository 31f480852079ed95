import { fittedColumns, type ColumnType, type TableDefinition } from '@trunkline/ports'

const TYPES: Record<ColumnType, string> = {
  text: 'MEDIUMTEXT',
  longtext: 'LONGTEXT',
  integer: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'TINYINT',
  json: 'LONGTEXT',
}
export const TABLE_OPTIONS = 'ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin'

/** Quotes a name as SQL has it; names come from code, never from data. */
export function quote(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a name of a table or column: ${name}`)
  return `\`${name}\``
}

export const list = (names: readonly string[]) => names.map(quote).join(', ')

export function columnSql(table: TableDefinition, name: string): string {
  const { columns, limit } = fittedColumns(table)
  // one more, for the mark behind a space
  const type = columns.includes(name) ? `VARCHAR(${limit + 1})` : TYPES[table.columns[name]!]
  return `${quote(name)} ${type}${table.key.includes(name) ? ' NOT NULL' : ''}`
}

/** With its indexes: making them later would copy the table. */
export function createTableSql(table: TableDefinition): string {
  const body = [
    ...Object.keys(table.columns).map((name) => columnSql(table, name)),
    `PRIMARY KEY (${list(table.key)})`,
    ...Object.entries(table.indexes ?? {}).map(([name, columns]) => `INDEX ${quote(name)} (${list(columns)})`),
  ]
  return `CREATE TABLE IF NOT EXISTS ${quote(table.name)} (${body.join(', ')}) ${TABLE_OPTIONS}`
}

/** Indexes that a table lacks, known by their columns: a rebuilt table keeps those it was built with, under other names. */
export function missingIndexesSql(table: TableDefinition, existing: ReadonlySet<string>): string[] {
  const added = Object.entries(table.indexes ?? {})
    .filter(([, columns]) => !existing.has(columns.join(',')))
    .map(([name, columns]) => `ADD INDEX ${quote(name)} (${list(columns)})`)
  return added.length === 0 ? [] : [`ALTER TABLE ${quote(table.name)} ${added.join(', ')}`]
}

/** `INSERT … VALUES`, to be followed by rows, and what is to happen to rows whose key is there. */
export function upsertSql(table: TableDefinition): { readonly head: string; readonly tail: string } {
  const columns = Object.keys(table.columns)
  const rest = columns.filter((column) => !table.key.includes(column))
  const changed = rest.length === 0 ? table.key : rest
  return {
    head: `INSERT INTO ${quote(table.name)} (${list(columns)}) VALUES `,
    tail: ` ON DUPLICATE KEY UPDATE ${changed.map((name) => `${quote(name)} = VALUES(${quote(name)})`).join(', ')}`,
  }
}
