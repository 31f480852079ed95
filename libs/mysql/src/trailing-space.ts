/**
 * `utf8mb4_bin`, the one collation by code point that MySQL and MariaDB share, ignores spaces at the end when it
 * compares. Text that ends in a space is therefore stored with a mark behind it (U+001F), and so is text that ends in
 * the mark; both come off when rows are read.
 */
import type { Value } from '@trunkline/ports'

const SPACE = 0x20
const MARK_CODE = 0x1f
const MARK = '\u001f'

export function mark(value: Value): Value {
  if (typeof value !== 'string' || value === '') return value
  const last = value.charCodeAt(value.length - 1)
  return last === SPACE || last === MARK_CODE ? value + MARK : value
}

/** Takes the marks off, in place. */
export function unmarkRows<R>(rows: R[]): R[] {
  for (const row of rows as Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column]
      if (typeof value === 'string' && value.charCodeAt(value.length - 1) === MARK_CODE)
        row[column] = value.slice(0, -1)
    }
  }
  return rows
}
