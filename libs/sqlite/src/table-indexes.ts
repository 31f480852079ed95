import type { Connection } from './connection.js'

/** Columns of each index of a table, joined by commas. */
export function indexesOf(connection: Connection, table: string): Set<string> {
  const rows = connection.all<{ columns: string }>(
    `SELECT (SELECT group_concat(c.name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) AS columns
     FROM pragma_index_list(?) i WHERE i.origin = 'c'`,
    [table],
  )
  return new Set(rows.map(({ columns }) => columns))
}
