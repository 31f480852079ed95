import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { RevisionConflictError, type NewEvent, type Revision, type StoredEvent } from '@trunkline/ports'
import { toPosition } from './log-position.js'

/** An event whose parts are ready to be bound. */
export interface EncodedEvent {
  readonly event: NewEvent
  readonly data: string
  readonly meta: string | null
}

export interface EncodedAppend {
  readonly stream: string
  readonly expected: Revision | 'none'
  readonly events: readonly EncodedEvent[]
}

/** Most characters of data that one read of all streams hands out, so that large events cannot fill the memory. */
const READ_CHARACTERS = 16_000_000
const READ_SLICE = 256

const CREATE = `
  CREATE TABLE IF NOT EXISTS format (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO format VALUES ('version', 1) ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, time_us INTEGER NOT NULL,
    version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, meta TEXT) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_stream ON events (stream, revision)`
const COLUMNS = 'position, stream, revision, time_us, version, id, type, data, meta'

/** Every statement of the store; none of them scans what grows, which a test proves. */
export const EVENT_STORE_SQL = {
  insert: `INSERT INTO events (stream, revision, time_us, version, id, type, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  newestRevision: 'SELECT max(revision) AS newest FROM events WHERE stream = ?',
  idAt: 'SELECT id FROM events WHERE stream = ? AND revision = ?',
  stream: `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`,
  all: `SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
  newestPosition: 'SELECT max(position) AS newest FROM events',
} as const

/**
 * The file of the event store: one table in the order of appends; positions are its row numbers, revisions have an
 * index. Nothing is ever deleted, so that the next number is always one more than the greatest. Synchronous.
 */
export class SqliteEventStoreFile {
  readonly #db: DatabaseSync
  readonly #sql: Readonly<Record<keyof typeof EVENT_STORE_SQL, StatementSync>>
  readonly #version: StatementSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5000 })
    try {
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
      this.#transaction(() => this.#db.exec(CREATE))
      const prepared = Object.entries(EVENT_STORE_SQL).map(([name, sql]) => [name, this.#db.prepare(sql)] as const)
      this.#sql = Object.fromEntries(prepared) as Record<keyof typeof EVENT_STORE_SQL, StatementSync>
      this.#sql.stream.setReturnArrays(true)
      this.#sql.all.setReturnArrays(true)
      this.#version = this.#db.prepare('PRAGMA data_version')
      // From here on waiting is done outside of SQLite, which would stop the event loop.
      this.#db.exec('PRAGMA busy_timeout = 20')
    } catch (error) {
      this.#db.close()
      throw error
    }
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

  /**
   * Makes several appends in one durable transaction. Each is refused or taken by itself: a conflict is found
   * before anything of that append is written. Throws when none of them could be made.
   */
  append(appends: readonly EncodedAppend[]): (Revision | RevisionConflictError)[] {
    return this.#transaction(() => appends.map((append) => this.#append(append)))
  }

  #append({ stream, expected, events }: EncodedAppend): Revision | RevisionConflictError {
    const before = expected === 'none' ? -1 : expected
    const newest = Number(this.#sql.newestRevision.get(stream)!['newest'] ?? -1)
    const last = before + events.length
    if (newest !== before) {
      const stands =
        events.length > 0 &&
        last <= newest &&
        events.every((event, index) => this.#isAt(stream, before + 1 + index, event))
      return stands ? last : new RevisionConflictError(conflictOf(stream, expected, newest))
    }
    for (const [index, { event, data, meta }] of events.entries()) {
      const { time, version, id, type } = event
      this.#sql.insert.run(stream, before + 1 + index, time, version, id, type, data, meta)
    }
    return last
  }

  #isAt(stream: string, revision: Revision, { event }: EncodedEvent): boolean {
    return this.#sql.idAt.get(stream, revision)?.['id'] === event.id
  }

  read(stream: string, from: Revision, limit: number): StoredEvent[] {
    return (this.#sql.stream.all(stream, from, limit) as unknown as EventRow[]).map(toEvent)
  }

  readAll(after: number, limit: number): StoredEvent[] {
    const events: StoredEvent[] = []
    let at = after
    for (let characters = 0; events.length < limit && characters < READ_CHARACTERS;) {
      const wanted = Math.min(READ_SLICE, limit - events.length)
      const rows = this.#sql.all.all(at, wanted) as unknown as EventRow[]
      for (const row of rows) {
        events.push(toEvent(row))
        characters += row[7].length
        at = row[0]
      }
      if (rows.length < wanted) break
    }
    return events
  }

  /** Position of the newest event, 0 when there is none. */
  newest(): number {
    return Number(this.#sql.newestPosition.get()!['newest'] ?? 0)
  }

  /** A number that changes when another process wrote to the file. */
  dataVersion(): number {
    return Number(this.#version.get()!['data_version'])
  }

  close(): void {
    this.#db.close()
  }
}

/** As in COLUMNS. */
type EventRow = readonly [number, string, number, number, number, string, string, string, string | null]

function toEvent([position, stream, revision, time, version, id, type, data, meta]: EventRow): StoredEvent {
  const event = {
    id,
    type,
    version,
    time,
    data: JSON.parse(data) as unknown,
    stream,
    revision,
    position: toPosition(position),
  }
  return meta === null ? event : { ...event, meta: JSON.parse(meta) as Record<string, string> }
}

function conflictOf(stream: string, expected: Revision | 'none', newest: Revision): string {
  return `stream ${stream} is at ${newest === -1 ? 'none' : newest}, not at ${expected}`
}
