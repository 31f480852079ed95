import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { LogRecord, NewRecord } from '@trunkline/ports'
import { toPosition } from './log-position.js'
import { partitionOfKey } from './partition-of-key.js'

export interface Retention {
  /** Records older than this many ms (by the log's clock at append) may go. */
  readonly maxAgeMs?: number | undefined
  /** Records beyond this number in a partition may go. */
  readonly maxRecords?: number | undefined
}

/** A record whose parts are ready to be bound. */
export interface EncodedRecord {
  readonly record: NewRecord
  readonly data: string
  readonly meta: string | null
}

/** Most characters of data that one read hands out, so that large records cannot fill the memory. */
const READ_CHARACTERS = 16_000_000
const READ_SLICE = 256
/** Records that one append may delete beyond twice its own number: the cost of retention stays bounded. */
const RETENTION_SLICE = 64

interface Statements {
  readonly insert: StatementSync
  readonly newest: StatementSync
  readonly read: StatementSync
  readonly oldest: StatementSync
  readonly prune: StatementSync
}

/**
 * The file of one stream: a table for each partition, offsets counting from 1 without holes. The newest record
 * is never deleted, so that the next offset can always be read from it. Everything here is synchronous.
 */
export class StreamFile {
  readonly partitions: number
  readonly #db: DatabaseSync
  readonly #statements: Statements[]
  readonly #dataVersion: StatementSync

  constructor(
    readonly stream: string,
    path: string,
    partitions: number,
  ) {
    this.#db = new DatabaseSync(path, { timeout: 5000 })
    try {
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
      this.partitions = this.#createTables(partitions)
      this.#statements = Array.from({ length: this.partitions }, (_, partition) => prepare(this.#db, partition))
      // From here on waiting is done outside of SQLite, which would stop the event loop.
      this.#db.exec('PRAGMA busy_timeout = 20')
      this.#dataVersion = this.#db.prepare('PRAGMA data_version')
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  /** The number of partitions is fixed when the file is made. */
  #createTables(wanted: number): number {
    return this.#transaction(() => {
      this.#db.exec('CREATE TABLE IF NOT EXISTS format (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT')
      const known = this.#db.prepare("SELECT value FROM format WHERE name = 'partitions'").get()
      const partitions = known === undefined ? wanted : Number(known['value'])
      if (known === undefined) {
        this.#db.prepare("INSERT INTO format VALUES ('version', 1), ('partitions', ?)").run(partitions)
      }
      for (let partition = 0; partition < partitions; partition++) {
        this.#db.exec(`CREATE TABLE IF NOT EXISTS partition_${partition} (
          offset INTEGER PRIMARY KEY, appended_ms INTEGER NOT NULL, time_us INTEGER NOT NULL, version INTEGER NOT NULL,
          id TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, meta TEXT) STRICT`)
      }
      return partitions
    })
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Appends all records in one durable transaction and lets retention take its slice. */
  append(records: readonly EncodedRecord[], nowMs: number, retention: Retention): void {
    this.#transaction(() => {
      const next = this.#statements.map((statements) => newestOffset(statements) + 1)
      for (const { record, data, meta } of records) {
        const partition = partitionOfKey(record.key, this.partitions)
        const { id, type, version, key, time } = record
        const offset = next[partition]!++
        this.#statements[partition]!.insert.run(offset, nowMs, time, version, id, type, key, data, meta)
      }
      const slice = 2 * records.length + RETENTION_SLICE
      for (const [partition, statements] of this.#statements.entries()) {
        prune(statements, { newest: next[partition]! - 1, slice, nowMs, ...retention })
      }
    })
  }

  read(partition: number, after: number, limit: number): LogRecord[] {
    const { read } = this.#partition(partition)
    const records: LogRecord[] = []
    let characters = 0
    while (records.length < limit && characters < READ_CHARACTERS) {
      const from = records.length === 0 ? after : Number(records.at(-1)!.position)
      const wanted = Math.min(READ_SLICE, limit - records.length)
      const rows = read.all(from, wanted) as unknown as LogRow[]
      for (const row of rows) {
        characters += row[6].length
        records.push(this.#toRecord(partition, row))
      }
      if (rows.length < wanted) break
    }
    return records
  }

  #toRecord(partition: number, row: LogRow): LogRecord {
    const [offset, time, version, id, type, key, data, meta] = row
    const record = {
      stream: this.stream,
      partition,
      position: toPosition(offset),
      id,
      type,
      version,
      key,
      time,
      data: JSON.parse(data) as unknown,
    }
    return meta === null ? record : { ...record, meta: JSON.parse(meta) as Record<string, string> }
  }

  /** Offset of the newest record, 0 when there is none. */
  newest(partition: number): number {
    return newestOffset(this.#partition(partition))
  }

  /** A number that changes when another process wrote to the file. */
  dataVersion(): number {
    return Number(this.#dataVersion.get()!['data_version'])
  }

  close(): void {
    this.#db.close()
  }

  #partition(partition: number): Statements {
    const statements = this.#statements[partition]
    if (statements === undefined) throw new RangeError(`${this.stream} has no partition ${partition}`)
    return statements
  }
}

/** offset, time, version, id, type, key, data, meta */
type LogRow = readonly [number, number, number, string, string, string, string, string | null]

function prepare(db: DatabaseSync, partition: number): Statements {
  const table = `partition_${partition}`
  const read = db.prepare(
    `SELECT offset, time_us, version, id, type, key, data, meta FROM ${table} WHERE offset > ? ORDER BY offset LIMIT ?`,
  )
  read.setReturnArrays(true)
  return {
    insert: db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    newest: db.prepare(`SELECT max(offset) AS offset FROM ${table}`),
    read,
    oldest: db.prepare(`SELECT offset, appended_ms FROM ${table} ORDER BY offset LIMIT ?`),
    prune: db.prepare(`DELETE FROM ${table} WHERE offset <= ?`),
  }
}

function newestOffset(statements: Statements): number {
  return Number(statements.newest.get()!['offset'] ?? 0)
}

interface Pruning extends Retention {
  readonly newest: number
  readonly slice: number
  readonly nowMs: number
}

/** Deletes at most `slice` of the oldest records, as far as retention lets them go; never the newest. */
function prune(statements: Statements, pruning: Pruning): void {
  const { newest, slice, nowMs, maxAgeMs, maxRecords } = pruning
  if (maxAgeMs === undefined && maxRecords === undefined) return
  const [first] = statements.oldest.all(1)
  if (first === undefined) return
  const lastByCount = maxRecords === undefined ? 0 : newest - maxRecords
  let last = Math.min(lastByCount, Number(first['offset']) + slice - 1)
  if (maxAgeMs !== undefined && Number(first['appended_ms']) < nowMs - maxAgeMs) {
    const kept = statements.oldest.all(slice).find((row) => Number(row['appended_ms']) >= nowMs - maxAgeMs)
    const lastByAge = kept === undefined ? Number(first['offset']) + slice - 1 : Number(kept['offset']) - 1
    last = Math.max(last, lastByAge)
  }
  last = Math.min(last, newest - 1)
  if (last >= Number(first['offset'])) statements.prune.run(last)
}
