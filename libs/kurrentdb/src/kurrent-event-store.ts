import type { AppendToStreamOptions, EventData, ReadStreamOptions } from '@kurrent/kurrentdb-client'
import {
  checkAppend,
  checkStreamName,
  RevisionConflictError,
  type EventStore,
  type NewEvent,
  type Position,
  type Revision,
  type StoredEvent,
} from '@trunkline/ports'
import { AllReader } from './all-reader.js'
import { fromResolved, toEventData } from './event-layout.js'
import { KurrentConnection } from './kurrent-connection.js'
import { isNotFound, isServerTimeout } from './kurrent-errors.js'
import { parseKurrentUrl } from './kurrent-url.js'
import { waitForNews } from './news.js'

export interface KurrentEventStoreOptions {
  /** `kurrentdb://user:password@host:2113?tls=true`; see {@link parseKurrentUrl}. */
  readonly url: string
  /** How long to wait for an answer, and for the next event of a longer one, ms; the address' `defaultDeadline`, or 5000. */
  readonly deadlineMs?: number
}

/**
 * Opens the event store that lives in KurrentDB. It connects on first use, and again by itself. Throws `KurrentUrlError` for an
 * address that is none.
 */
export function openKurrentEventStore(options: KurrentEventStoreOptions): EventStore {
  return new KurrentEventStore(options)
}

type Range = { readonly from?: Revision; readonly limit?: number }

class KurrentEventStore implements EventStore {
  readonly #connection: KurrentConnection
  readonly #all: AllReader
  readonly #deadlineMs: number
  readonly #closing = new AbortController()

  constructor({ url, deadlineMs }: KurrentEventStoreOptions) {
    const parsed = parseKurrentUrl(url)
    this.#deadlineMs = deadlineMs ?? parsed.deadlineMs ?? 5000
    this.#connection = new KurrentConnection(parsed, this.#deadlineMs)
    this.#all = new AllReader(this.#connection)
  }

  async append(stream: string, expected: Revision | 'none', events: readonly NewEvent[]): Promise<Revision> {
    checkAppend(stream, expected, events)
    const encoded: EventData[] = events.map(toEventData)
    if (encoded.length === 0) return this.#appendNothing(stream, expected)
    const streamState = expected === 'none' ? 'no_stream' : BigInt(expected)
    const startedMs = performance.now()
    const { nextExpectedRevision } = await this.#connection.run(async (client) => {
      const attempt = () => {
        const deadline = Math.max(1, Math.ceil(this.#deadlineMs - (performance.now() - startedMs)))
        const options: AppendToStreamOptions = { streamState, deadline, ...this.#connection.call }
        return client.appendToStream(stream, encoded, options)
      }
      try {
        return await attempt()
      } catch (error) {
        // The server drops an append that is being written already, and says after two seconds that it took too long.
        if (!isServerTimeout(error)) throw error
        return await attempt()
      }
    })
    return Number(nextExpectedRevision)
  }

  /** The server would write an empty record; all that is asked is where the stream is. */
  async #appendNothing(stream: string, expected: Revision | 'none'): Promise<Revision> {
    const [newest] = await this.#read(stream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 })
    const before = expected === 'none' ? -1 : expected
    const current = newest?.revision ?? -1
    if (current === before) return current
    throw new RevisionConflictError(`stream ${stream} is at ${current === -1 ? 'none' : current}, not at ${expected}`)
  }

  async read(stream: string, { from = 0, limit = Number.MAX_SAFE_INTEGER }: Range = {}): Promise<StoredEvent[]> {
    checkStreamName(stream)
    const fromRevision = from === 0 ? 'start' : BigInt(from)
    // Asked even when nothing is wanted, so that a closed store says so.
    const events = await this.#read(stream, { direction: 'forwards', fromRevision, maxCount: Math.max(limit, 1) })
    return limit <= 0 ? [] : events
  }

  #read(stream: string, options: ReadStreamOptions): Promise<StoredEvent[]> {
    return this.#connection.run(async (client, alive) => {
      const events: StoredEvent[] = []
      try {
        for await (const resolved of client.readStream(stream, { ...options, ...this.#connection.call })) {
          alive()
          const event = fromResolved(resolved)
          if (event !== undefined) events.push(event)
        }
      } catch (error) {
        if (isNotFound(error)) return []
        throw error
      }
      return events
    })
  }

  async readAll({
    after,
    limit,
  }: {
    readonly after: Position | undefined
    readonly limit: number
  }): Promise<StoredEvent[]> {
    return this.#all.read(after, limit)
  }

  async waitForNews({
    after,
    signal,
  }: {
    readonly after: Position | undefined
    readonly signal: AbortSignal
  }): Promise<void> {
    const ends = AbortSignal.any([signal, this.#closing.signal])
    if (!ends.aborted) await waitForNews(this.#connection, this.#all, { after, signal: ends })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#connection.close()
  }
}
