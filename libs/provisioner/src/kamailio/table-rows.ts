/** Rows of one table of Kamailio: read by key or by what they belong to, compared, written. */
import type { Statements } from './database.js'
import { KAMAILIO_TABLES, keyOf, type Cell, type Cells, type KamailioRow, type TableName } from './tables.js'

/** All rows of a table that belong to one thing, by a column. */
export interface Scope {
  readonly table: TableName
  readonly column: string
  readonly value: Cell
  /** Rows whose column begins with the value, rather than is it. */
  readonly isBeginning?: boolean
}

/** A row as it stands in the database. */
export interface FoundRow extends KamailioRow {
  readonly id: number
}

const ROWS = 500

const columnsOf = (table: TableName) => Object.keys(KAMAILIO_TABLES[table].columns)
const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ')

/** Rows with these keys: keys as {@link keyOf} gives them. Only for tables whose keys have no blanks in their parts. */
export async function readKeys(tx: Statements, table: TableName, keys: readonly string[]): Promise<FoundRow[]> {
  const { key } = KAMAILIO_TABLES[table]
  const found: FoundRow[] = []
  for (let at = 0; at < keys.length; at += ROWS) {
    const some = keys.slice(at, at + ROWS)
    const tuples = some.map(() => (key.length === 1 ? '?' : `(${marks(key.length)})`)).join(', ')
    const where = key.length === 1 ? `\`${key[0]}\`` : `(${quoted(key)})`
    const parameters = some.flatMap((one) => one.split(' '))
    found.push(...(await select(tx, table, { where: `${where} IN (${tuples})`, parameters })))
  }
  return found
}

export async function readScope(tx: Statements, { table, column, value, isBeginning }: Scope): Promise<FoundRow[]> {
  // what is looked for holds digits and + alone, or is compared as a whole
  const where = isBeginning ? `\`${column}\` LIKE ?` : `\`${column}\` = ?`
  return select(tx, table, { where, parameters: [isBeginning ? `${value}%` : value] })
}

/** The next rows by id: the order does not matter, as long as each comes once. */
export function readPage(
  tx: Statements,
  table: TableName,
  { where, parameters, after, limit }: Condition & { readonly after: number; readonly limit: number },
): Promise<FoundRow[]> {
  return select(tx, table, {
    where: `id > ? AND (${where}) ORDER BY id LIMIT ${Math.trunc(limit)}`,
    parameters: [after, ...parameters],
  })
}

export interface Condition {
  readonly where: string
  readonly parameters: readonly Cell[]
}

async function select(tx: Statements, table: TableName, { where, parameters }: Condition): Promise<FoundRow[]> {
  const columns = columnsOf(table)
  const rows = await tx.all<Record<string, Cell | null>>(
    `SELECT id, ${quoted(columns)} FROM \`${table}\` WHERE ${where}`,
    parameters,
  )
  return rows.map(({ id, ...cells }) => ({ id: Number(id), table, cells: normal(table, cells) }))
}

function normal(table: TableName, cells: Readonly<Record<string, Cell | null>>): Cells {
  const columns: Readonly<Record<string, number | undefined>> = KAMAILIO_TABLES[table].columns
  return Object.fromEntries(
    Object.entries(columns).map(([column, width]) => {
      const value = cells[column] ?? ''
      return [column, width === undefined ? Number(value) : String(value)]
    }),
  )
}

export function isSameRow(a: KamailioRow, b: KamailioRow): boolean {
  return columnsOf(a.table).every((column) => a.cells[column] === b.cells[column])
}

export interface Difference {
  readonly missing: readonly KamailioRow[]
  readonly surplus: readonly FoundRow[]
  /** What is wanted, where something else with its key stands. */
  readonly different: readonly { readonly wanted: KamailioRow; readonly found: FoundRow }[]
}

/** Of rows of one table. */
export function compareRows(wanted: readonly KamailioRow[], found: readonly FoundRow[]): Difference {
  const open = new Map(wanted.map((row) => [keyOf(row), row]))
  const surplus: FoundRow[] = []
  const different: { wanted: KamailioRow; found: FoundRow }[] = []
  for (const row of found) {
    const match = open.get(keyOf(row))
    // a second row of one key is one too many
    if (match === undefined) surplus.push(row)
    else {
      open.delete(keyOf(row))
      if (!isSameRow(match, row)) different.push({ wanted: match, found: row })
    }
  }
  return { missing: [...open.values()], surplus, different }
}

/** Makes rows of one table be as they are wanted. Deletes first: a key may move from one row to another. */
export async function writeDifference(tx: Statements, table: TableName, difference: Difference): Promise<void> {
  const { missing, surplus, different } = difference
  await deleteRows(tx, table, surplus)
  for (const { wanted, found } of different) {
    const columns = columnsOf(table)
    const sets = columns.map((column) => `\`${column}\` = ?`).join(', ')
    await tx.run(`UPDATE \`${table}\` SET ${sets} WHERE id = ?`, [
      ...columns.map((column) => wanted.cells[column]!),
      found.id,
    ])
  }
  await insertRows(tx, table, missing)
}

export async function deleteRows(tx: Statements, table: TableName, rows: readonly FoundRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS) {
    const ids = rows.slice(at, at + ROWS).map(({ id }) => id)
    await tx.run(`DELETE FROM \`${table}\` WHERE id IN (${marks(ids.length)})`, ids)
  }
}

async function insertRows(tx: Statements, table: TableName, rows: readonly KamailioRow[]): Promise<void> {
  const columns = columnsOf(table)
  // where the key is unique, another provisioner may have been faster with the same
  const again = columns.map((column) => `\`${column}\` = VALUES(\`${column}\`)`).join(', ')
  for (let at = 0; at < rows.length; at += ROWS) {
    const some = rows.slice(at, at + ROWS)
    await tx.run(
      `INSERT INTO \`${table}\` (${quoted(columns)}) VALUES ${some.map(() => `(${marks(columns.length)})`).join(', ')}
       ON DUPLICATE KEY UPDATE ${again}`,
      some.flatMap(({ cells }) => columns.map((column) => cells[column]!)),
    )
  }
}
