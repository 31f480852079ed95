import { UnfitError } from '../unfit-error.js'
import { KAMAILIO_TABLES, type Cells, type HtableTable, type KamailioRow, type TableName } from './tables.js'

/** A row, checked against the widths of its columns: the database would cut it off, or refuse the whole statement. */
export function row(table: TableName, cells: Cells): KamailioRow {
  const columns: Readonly<Record<string, number | undefined>> = KAMAILIO_TABLES[table].columns
  for (const [column, width] of Object.entries(columns)) {
    const value = cells[column]
    if (value === undefined) throw new TypeError(`a row of ${table} lacks the column ${column}`)
    if (width !== undefined && String(value).length > width) {
      throw new UnfitError(`${table}.${column} would have ${String(value).length} characters, and holds ${width}`)
    }
  }
  return { table, cells }
}

interface Entry {
  readonly key: string
  readonly value: string | number
  /** Seconds since 1970; 0 for never. */
  readonly expires?: number
}

/** A row of the table behind a hash table: value type 0 is text, 1 a number. */
export function entry(table: HtableTable, { key, value, expires = 0 }: Entry): KamailioRow {
  const value_type = typeof value === 'number' ? 1 : 0
  return row(table, { key_name: key, key_type: 0, value_type, key_value: String(value), expires })
}
