import {
  CheckpointConflictError,
  fitRow,
  type CheckpointMove,
  type Row,
  type TableDefinition,
  type Value,
  type ViewTransaction,
} from '@trunkline/ports'
import { isDuplicate, isUnavailable } from './mysql-errors.js'
import type { Session } from './session.js'
import { list, quote, upsertSql } from './table-sql.js'

const FIRST = 'INSERT INTO checkpoints (projection, partition_no, position) VALUES (?, ?, ?)'
const NEXT = 'UPDATE checkpoints SET position = ? WHERE projection = ? AND partition_no = ? AND position = ?'
/** Rows and characters of one statement: most servers take 16 MB, and gain nothing from more rows. */
const MOST_ROWS = 500
const MOST_CHARACTERS = 2_000_000

/** What work may do inside a write transaction; unusable once that is over. */
export class MysqlTransaction implements ViewTransaction {
  readonly dialect = 'mysql'
  readonly #session: Session
  #ended = false
  #failure: unknown

  constructor(session: Session) {
    this.#session = session
  }

  /** What ended the transaction at the server, or may have: a deadlock, say. Work that caught it must not go on. */
  get failure(): unknown {
    return this.#failure
  }

  async all<R = Row>(sql: string, parameters?: readonly Value[]): Promise<R[]> {
    return this.#ask((session) => session.all<R>(sql, parameters))
  }

  async run(sql: string, parameters?: readonly Value[]): Promise<void> {
    await this.#ask((session) => session.run(sql, parameters))
  }

  async upsert(table: TableDefinition, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    const { head, tail } = upsertSql(table)
    const columns = Object.keys(table.columns)
    const tuples = rows.map((row) => this.#tuple(table, fitRow(table, row), columns))
    for (const values of chunks(tuples)) await this.run(head + values + tail)
  }

  async remove(table: TableDefinition, keys: readonly Row[]): Promise<void> {
    if (keys.length === 0) return
    const tuples = keys.map((row) => this.#tuple(table, fitRow(table, row), table.key))
    const head = `DELETE FROM ${quote(table.name)} WHERE (${list(table.key)}) IN (`
    for (const values of chunks(tuples)) await this.run(`${head}${values})`)
  }

  async moveCheckpoint(projection: string, { partition, from, to }: CheckpointMove): Promise<void> {
    const moved = await this.#ask((session) =>
      from === undefined
        ? session.run(FIRST, [projection, partition, to]).catch((error: unknown) => {
            if (isDuplicate(error)) return 0
            throw error
          })
        : session.run(NEXT, [to, projection, partition, from]),
    )
    if (moved !== 1) {
      throw new CheckpointConflictError(`checkpoint ${projection}/${partition} is not at ${from ?? 'its beginning'}`)
    }
  }

  /** Called when the transaction is over: a promise that was not awaited must not write into the next one. */
  end(): void {
    this.#ended = true
  }

  #open(): Session {
    if (this.#ended) throw new TypeError('the transaction is over; was one of its promises not awaited?')
    return this.#session
  }

  async #ask<T>(statement: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#open()
    if (this.#failure !== undefined) throw this.#failure
    try {
      return await statement(session)
    } catch (error) {
      if (isUnavailable(error)) this.#failure = error
      throw error
    }
  }

  #tuple(table: TableDefinition, row: Row, columns: readonly string[]): string {
    const session = this.#open()
    let text = '('
    for (const column of columns) {
      const value = row[column]
      if (value === undefined) throw new TypeError(`a row of ${table.name} lacks the column ${column}`)
      if (text.length > 1) text += ', '
      text += typeof value === 'number' ? String(value) : value === null ? 'NULL' : session.escape(value)
    }
    return `${text})`
  }
}

/** Tuples joined into texts of bounded size. */
function* chunks(tuples: readonly string[]): Generator<string> {
  let from = 0
  let characters = 0
  for (const [at, tuple] of tuples.entries()) {
    if (at > from && (at - from === MOST_ROWS || characters + tuple.length > MOST_CHARACTERS)) {
      yield tuples.slice(from, at).join(', ')
      from = at
      characters = 0
    }
    characters += tuple.length
  }
  yield tuples.slice(from).join(', ')
}
