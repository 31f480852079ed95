export type CsvCell = string | number | boolean | null | undefined

/** One record of RFC 4180, with its line end. */
export function csvRecord(cells: readonly CsvCell[]): string {
  return `${cells.map(csvField).join(',')}\r\n`
}

/** A telephone number is data even though it begins like a formula. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/

/**
 * One field. Text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV Injection),
 * since names of callers are written by strangers.
 */
function csvField(cell: CsvCell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  // eslint-disable-next-line no-control-regex -- tab and carriage return begin a formula in some programs
  const safe = /^[=+\-@\u0009\u000d\u000a＝＋－＠]/.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
