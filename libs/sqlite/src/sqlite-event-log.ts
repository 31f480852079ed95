import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  LogUnavailableError,
  type EventLog,
  type GroupMember,
  type LogRecord,
  type NewRecord,
  type ReadRequest,
} from '@trunkline/ports'
import { toOffset, toPosition } from './log-position.js'
import { OpenStream } from './open-stream.js'
import { isUnavailable } from './sqlite-errors.js'
import type { EncodedRecord, Retention } from './stream-file.js'

export interface SqliteEventLogOptions {
  /** Folder of the files, one `<stream>.sqlite` a stream; made when missing. */
  readonly directory: string
  /** Partitions of streams that do not exist yet; an existing stream keeps its number. 1 by default. */
  readonly partitions?: number
  /** Records older than this many ms may be deleted; none by default. The newest one always stays. */
  readonly retainMs?: number
  /** Records beyond this number in a partition may be deleted; none by default. */
  readonly retainRecords?: number
  /** How long an append waits for another process's lock, ms; 5000 by default. */
  readonly busyMs?: number
  /** Clock for retention, ms since 1970. */
  readonly now?: () => number
}

/** Opens the event log that lives in files of SQLite: durable when `append` resolves, shared by processes of one machine. */
export function openSqliteEventLog(options: SqliteEventLogOptions): EventLog {
  return new SqliteEventLog(options)
}

class SqliteEventLog implements EventLog {
  readonly #streams = new Map<string, OpenStream>()
  readonly #options: SqliteEventLogOptions
  readonly #retention: Retention
  #closed = false

  constructor(options: SqliteEventLogOptions) {
    this.#options = options
    this.#retention = { maxAgeMs: options.retainMs, maxRecords: options.retainRecords }
  }

  async append(stream: string, records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    const encoded = records.map(encode)
    await this.#guard(() => this.#open(stream).append(encoded))
  }

  partitions(stream: string): Promise<number> {
    return this.#guard(() => this.#open(stream).file.partitions)
  }

  read(request: ReadRequest): Promise<LogRecord[]> {
    const { stream, partition, after, limit } = request
    return this.#guard(() => this.#open(stream).file.read(partition, toOffset(after), limit))
  }

  end(stream: string, partition: number): Promise<string | undefined> {
    return this.#guard(() => {
      const newest = this.#open(stream).file.newest(partition)
      return newest === 0 ? undefined : toPosition(newest)
    })
  }

  async waitForNews(request: Omit<ReadRequest, 'limit'> & { readonly signal: AbortSignal }): Promise<void> {
    const { stream, partition, after, signal } = request
    if (signal.aborted) return
    try {
      await this.#open(stream).news(partition, toOffset(after), signal)
    } catch {
      // Promised never to reject: the reader meets the trouble when it reads. It must not spin until then.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** On one machine a lock on the folder keeps a second reader of a group away: whoever joins reads everything. */
  async join(stream: string): Promise<GroupMember> {
    const count = await this.partitions(stream)
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const over = Promise.withResolvers<void>()
    return {
      partitions: () => partitions,
      changed: (signal) => Promise.race([over.promise, aborted(signal)]),
      close: async () => over.resolve(),
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    for (const stream of this.#streams.values()) await stream.drained()
    this.#closed = true
    for (const stream of this.#streams.values()) stream.close()
    this.#streams.clear()
  }

  #open(stream: string): OpenStream {
    if (this.#closed) throw new LogUnavailableError('the event log is closed')
    let open = this.#streams.get(stream)
    if (open === undefined) {
      if (!/^[a-z0-9][a-z0-9._-]*$/.test(stream)) throw new TypeError(`not a name of a stream: ${stream}`)
      const { directory, partitions = 1, busyMs = 5000, now = Date.now } = this.#options
      mkdirSync(directory, { recursive: true })
      const path = join(directory, `${stream}.sqlite`)
      open = new OpenStream(stream, { path, partitions, busyMs, now, retention: this.#retention })
      this.#streams.set(stream, open)
    }
    return open
  }

  /** Turns what the disk or another process does to us into the one error that callers know. */
  async #guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error) && !isFileSystemError(error)) throw error
      throw new LogUnavailableError(`event log in ${this.#options.directory}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
}

function isFileSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error
}

/** Encoded when handed over: what cannot be encoded is refused alone, and later changes by the caller do not matter. */
function encode(record: NewRecord): EncodedRecord {
  return {
    record,
    data: JSON.stringify(record.data) ?? 'null',
    meta: record.meta === undefined ? null : JSON.stringify(record.meta),
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
