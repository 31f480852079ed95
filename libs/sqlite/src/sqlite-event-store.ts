import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  checkAppend,
  checkStreamName,
  EventStoreUnavailableError,
  RevisionConflictError,
  type EventStore,
  type NewEvent,
  type Position,
  type Revision,
  type StoredEvent,
} from '@trunkline/ports'
import { toOffset } from './log-position.js'
import { News } from './news.js'
import { isUnavailable, untilFree } from './sqlite-errors.js'
import { SqliteEventStoreFile, type EncodedAppend, type EncodedEvent } from './sqlite-event-store-file.js'

export interface SqliteEventStoreOptions {
  /** Path of the database; it and its folder are made when missing. */
  readonly file: string
  /** How long an append waits for another process's lock, ms; 5000 by default. */
  readonly busyMs?: number
}

/** Opens the event store that lives in one file of SQLite: durable when `append` resolves, shared by processes of one machine. */
export function openSqliteEventStore(options: SqliteEventStoreOptions): EventStore {
  return new SqliteEventStore(options)
}

interface Waiting {
  readonly append: EncodedAppend
  readonly resolve: (revision: Revision) => void
  readonly reject: (error: unknown) => void
}

/** Most appends that share one commit. */
const GROUP_APPENDS = 500
/** A reader that cannot wait now must not spin, ms. */
const PAUSE_MS = 50

class SqliteEventStore implements EventStore {
  readonly #file: string
  readonly #busyMs: number
  readonly #news = new News(() => this.#open().dataVersion())
  #opened: SqliteEventStoreFile | undefined
  #queue: Waiting[] = []
  #writing: Promise<void> | undefined
  #closed = false

  constructor({ file, busyMs = 5000 }: SqliteEventStoreOptions) {
    this.#file = file
    this.#busyMs = busyMs
  }

  async append(stream: string, expected: Revision | 'none', events: readonly NewEvent[]): Promise<Revision> {
    checkAppend(stream, expected, events)
    const append = { stream, expected, events: events.map(encode) }
    if (this.#closed) throw this.#isClosed()
    return new Promise((resolve, reject) => {
      this.#queue.push({ append, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  /** Appends that arrive together share one commit, and so one flush of the disk. */
  async #write(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, GROUP_APPENDS)
      try {
        const appends = group.map((waiting) => waiting.append)
        const results = await untilFree(this.#busyMs, () => this.#open().append(appends))
        for (const [index, { resolve, reject }] of group.entries()) {
          const result = results[index]!
          if (result instanceof RevisionConflictError) reject(result)
          else resolve(result)
        }
        this.#news.tell()
      } catch (error) {
        for (const waiting of group) waiting.reject(this.#translate(error))
      }
    }
    this.#writing = undefined
  }

  async read(
    stream: string,
    { from = 0, limit = Number.MAX_SAFE_INTEGER }: { readonly from?: Revision; readonly limit?: number } = {},
  ): Promise<StoredEvent[]> {
    checkStreamName(stream)
    return this.#guard((file) => file.read(stream, from, limit))
  }

  async readAll({
    after,
    limit,
  }: {
    readonly after: Position | undefined
    readonly limit: number
  }): Promise<StoredEvent[]> {
    const offset = toOffset(after)
    return this.#guard((file) => file.readAll(offset, limit))
  }

  async waitForNews({
    after,
    signal,
  }: {
    readonly after: Position | undefined
    readonly signal: AbortSignal
  }): Promise<void> {
    if (signal.aborted || this.#closed) return
    try {
      const offset = toOffset(after)
      await this.#news.wait(() => this.#open().newest() > offset, signal)
    } catch {
      // Promised never to reject: the reader meets the trouble when it reads. It must not spin until then.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // Appends that were handed over before are still made.
    await this.#writing
    this.#news.close()
    this.#opened?.close()
    this.#opened = undefined
  }

  /** Opened on first use, and again when that failed. */
  #open(): SqliteEventStoreFile {
    if (this.#opened === undefined) {
      if (this.#closed && this.#writing === undefined) throw this.#isClosed()
      mkdirSync(dirname(this.#file), { recursive: true })
      this.#opened = new SqliteEventStoreFile(this.#file)
    }
    return this.#opened
  }

  #guard<T>(work: (file: SqliteEventStoreFile) => T): T {
    if (this.#closed) throw this.#isClosed()
    try {
      return work(this.#open())
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Turns what the disk or another process does to us into the one error that callers know. */
  #translate(error: unknown): unknown {
    if (!isUnavailable(error) && !isFileSystemError(error)) return error
    return new EventStoreUnavailableError(`event store in ${this.#file}: ${(error as Error).message}`, { cause: error })
  }

  #isClosed(): EventStoreUnavailableError {
    return new EventStoreUnavailableError('the event store is closed')
  }
}

/** Encoded when handed over: what cannot be encoded is refused alone, and later changes by the caller do not matter. */
function encode(event: NewEvent): EncodedEvent {
  return {
    event: { ...event },
    data: JSON.stringify(event.data) ?? 'null',
    meta: event.meta === undefined ? null : JSON.stringify(event.meta),
  }
}

function isFileSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error
}
