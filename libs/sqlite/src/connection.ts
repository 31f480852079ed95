import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { fitRow, type Row, type TableDefinition, type Value } from '@trunkline/ports'
import { deleteSql, upsertSql } from './table-sql.js'

/** Most prepared statements kept for free queries; those of tables are kept for good. */
const KEPT_STATEMENTS = 200

export interface ConnectionOptions {
  readonly file: string
  readonly readOnly: boolean
}

interface TableStatement {
  readonly statement: StatementSync
  readonly columns: readonly string[]
}

/** One connection with its prepared statements. Synchronous. */
export class Connection {
  readonly db: DatabaseSync
  readonly #queries = new Map<string, StatementSync>()
  readonly #upserts = new Map<TableDefinition, TableStatement>()
  readonly #deletes = new Map<TableDefinition, TableStatement>()

  constructor({ file, readOnly }: ConnectionOptions) {
    this.db = new DatabaseSync(file, { readOnly, timeout: 5000 })
    try {
      this.db.exec('PRAGMA foreign_keys = OFF; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY')
    } catch (error) {
      this.db.close()
      throw error
    }
  }

  /** A prepared statement for the text, from the cache when it was used lately. */
  query(sql: string): StatementSync {
    let statement = this.#queries.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      if (this.#queries.size >= KEPT_STATEMENTS) this.#queries.delete(this.#queries.keys().next().value!)
    } else {
      this.#queries.delete(sql)
    }
    this.#queries.set(sql, statement)
    return statement
  }

  all<R>(sql: string, parameters: readonly Value[] = []): R[] {
    return this.query(sql).all(...parameters) as R[]
  }

  upsert(table: TableDefinition, rows: readonly Row[]): void {
    let kept = this.#upserts.get(table)
    if (kept === undefined) {
      kept = { statement: this.db.prepare(upsertSql(table)), columns: Object.keys(table.columns) }
      this.#upserts.set(table, kept)
    }
    bindAll(kept, table, rows)
  }

  remove(table: TableDefinition, keys: readonly Row[]): void {
    let kept = this.#deletes.get(table)
    if (kept === undefined) {
      kept = { statement: this.db.prepare(deleteSql(table)), columns: table.key }
      this.#deletes.set(table, kept)
    }
    bindAll(kept, table, keys)
  }

  close(): void {
    this.db.close()
  }
}

function bindAll({ statement, columns }: TableStatement, table: TableDefinition, rows: readonly Row[]): void {
  const values = new Array<Value>(columns.length)
  for (const given of rows) {
    const row = fitRow(table, given)
    for (let index = 0; index < columns.length; index++) {
      const value = row[columns[index]!]
      if (value === undefined) throw new TypeError(`a row of ${table.name} lacks the column ${columns[index]}`)
      values[index] = value
    }
    statement.run(...values)
  }
}
