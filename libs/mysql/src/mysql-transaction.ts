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

interface Around {
  readonly head: string
  readonly tail: string
}
interface Written {
  readonly table: TableDefinition
  readonly rows: readonly Row[]
  readonly columns: readonly string[]
}

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
    await this.#send(upsertSql(table), { table, rows, columns: Object.keys(table.columns) })
  }

  async remove(table: TableDefinition, keys: readonly Row[]): Promise<void> {
    if (keys.length === 0) return
    const head = `DELETE FROM ${quote(table.name)} WHERE (${list(table.key)}) IN (`
    await this.#send({ head, tail: ')' }, { table, rows: keys, columns: table.key })
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

  /** Statements with the rows between head and tail, each of bounded size. */
  async #send({ head, tail }: Around, { table, rows, columns }: Written): Promise<void> {
    let text = head
    let count = 0
    for (const row of rows) {
      const tuple = this.#tuple(table, fitRow(table, row), columns)
      if (count === MOST_ROWS || (count > 0 && text.length + tuple.length > MOST_CHARACTERS)) {
        await this.run(text + tail)
        text = head
        count = 0
      }
      text += count === 0 ? tuple : `, ${tuple}`
      count++
    }
    await this.run(text + tail)
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
