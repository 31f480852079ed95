/**
 * What a database can put into an index has a limit, and what comes over the wire has none: in columns of keys and
 * indexes, text beyond the limit is kept as its first characters and a hash of all of it.
 */
import { createHash } from 'node:crypto'
import type { Row, TableDefinition } from './view-store.js'

const LONGEST = 255
/** InnoDB: bytes in one index; four a character. */
const INDEX_BYTES = 3072
/** Characters that an adapter may add to a text to mark it. */
const MARK = 1
const HASH = 32

/** Columns of the key and of each index, also of those that are made later. */
function columnSets({ key, indexes = {}, later = {} }: TableDefinition): (readonly string[])[] {
  return [key, ...Object.values(indexes), ...Object.values(later)]
}

/** Most characters (UTF-16 units) of a text column in a key or index of this table. */
export function textLimit(table: TableDefinition): number {
  let limit = LONGEST
  for (const columns of columnSets(table)) {
    const texts = columns.filter((column) => table.columns[column] === 'text').length
    if (texts === 0) continue
    limit = Math.min(limit, Math.floor((INDEX_BYTES - 8 * (columns.length - texts)) / 4 / texts) - MARK)
  }
  return limit
}

/** Text as it stands in a column that holds at most `limit` characters. */
export function fitText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH)
  const start = text.slice(0, limit - HASH - 1)
  return `${start.isWellFormed() ? start : start.slice(0, -1)}#${hash}`
}

const known = new WeakMap<TableDefinition, { readonly columns: readonly string[]; readonly limit: number }>()

/** Text columns of the table's key and indexes, and their limit. */
export function fittedColumns(table: TableDefinition): { readonly columns: readonly string[]; readonly limit: number } {
  let fitted = known.get(table)
  if (fitted === undefined) {
    const columns = new Set(columnSets(table).flat())
    fitted = { columns: [...columns].filter((column) => table.columns[column] === 'text'), limit: textLimit(table) }
    known.set(table, fitted)
  }
  return fitted
}

/** The row with every text that is too long for an index cut; the same object when none is. */
export function fitRow(table: TableDefinition, row: Row): Row {
  const { columns, limit } = fittedColumns(table)
  let fitted: Record<string, Row[string]> | undefined
  for (const column of columns) {
    const value = row[column]
    if (typeof value !== 'string' || value.length <= limit) continue
    fitted ??= { ...row }
    fitted[column] = fitText(value, limit)
  }
  return fitted ?? row
}
