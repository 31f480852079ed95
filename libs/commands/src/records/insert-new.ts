import type { Row, TableDefinition, ViewTransaction } from '@trunkline/ports'

/** Does nothing when there is a row of that key: of two that come at once the first wins. */
export async function insertNew(tx: ViewTransaction, table: TableDefinition, row: Row): Promise<void> {
  const columns = Object.keys(table.columns)
  const verb = tx.dialect === 'mysql' ? 'INSERT IGNORE INTO' : 'INSERT OR IGNORE INTO'
  const marks = columns.map(() => '?').join(', ')
  const values = columns.map((column) => row[column] ?? null)
  await tx.run(`${verb} ${table.name} (${columns.join(', ')}) VALUES (${marks})`, values)
}
