import {
  CheckpointConflictError,
  type CheckpointMove,
  type Row,
  type TableDefinition,
  type Value,
  type ViewTransaction,
} from '@trunkline/ports'
import type { Connection } from './connection.js'

const FIRST = 'INSERT INTO checkpoints (projection, partition_no, position) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
const NEXT = 'UPDATE checkpoints SET position = ? WHERE projection = ? AND partition_no = ? AND position = ?'

/** What work may do inside a write transaction; unusable once that is over. */
export class SqliteTransaction implements ViewTransaction {
  readonly dialect = 'sqlite'
  readonly #connection: Connection
  #ended = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async all<R = Row>(sql: string, parameters?: readonly Value[]): Promise<R[]> {
    return this.#open().all<R>(sql, parameters)
  }

  async run(sql: string, parameters: readonly Value[] = []): Promise<void> {
    this.#open()
      .query(sql)
      .run(...parameters)
  }

  async upsert(table: TableDefinition, rows: readonly Row[]): Promise<void> {
    this.#open().upsert(table, rows)
  }

  async remove(table: TableDefinition, keys: readonly Row[]): Promise<void> {
    this.#open().remove(table, keys)
  }

  async moveCheckpoint(projection: string, { partition, from, to }: CheckpointMove): Promise<void> {
    const connection = this.#open()
    const { changes } =
      from === undefined
        ? connection.query(FIRST).run(projection, partition, to)
        : connection.query(NEXT).run(to, projection, partition, from)
    if (changes !== 1) {
      throw new CheckpointConflictError(`checkpoint ${projection}/${partition} is not at ${from ?? 'its beginning'}`)
    }
  }

  /** Called when the transaction is over: a promise that was not awaited must not write into the next one. */
  end(): void {
    this.#ended = true
  }

  #open(): Connection {
    if (this.#ended) throw new TypeError('the transaction is over; was one of its promises not awaited?')
    return this.#connection
  }
}
