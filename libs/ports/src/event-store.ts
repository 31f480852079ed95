/**
 * Event store: the streams of the aggregates. One stream is the history of one aggregate; an append names the
 * revision that it was decided at, so that two decisions on one state cannot both stand.
 */
import type { Position } from './event-log.js'

/** Number of an event in its stream: 0 for the first, without holes. */
export type Revision = number

export interface NewEvent {
  /** A UUID in lower case, new for each event. The same event appended again with the same id, at the same place, is taken as done. */
  readonly id: string
  /** Must not begin with `$`. */
  readonly type: string
  /** Version of the shape of `data`, from 1. */
  readonly version: number
  /** When it was decided, µs since 1970-01-01 UTC. */
  readonly time: number
  /** Anything that JSON can hold. */
  readonly data: unknown
  /** commandId, correlationId, causationId, actor, tenant, traceparent … */
  readonly meta?: Readonly<Record<string, string>>
}

export interface StoredEvent extends NewEvent {
  readonly stream: string
  readonly revision: Revision
  /** Place among the events of all streams; later events have greater positions (plain string comparison). */
  readonly position: Position
}

export interface EventStoreWriter {
  /**
   * Appends all events or none to a stream whose newest event has the revision `expected` (`none`: the stream does not
   * exist). Gives the revision of the last event.
   *
   * An append that is repeated with the same event ids succeeds again and changes nothing, also when the stream has
   * moved on since: what counts is that the events after `expected` are these, in this order. Ids are compared at that
   * place only; that an id is new to the store is for the caller to see to. An append of nothing gives `expected` when
   * the stream is there (-1 for `none`).
   *
   * Throws {@link RevisionConflictError} when the stream is elsewhere, or a retryable {@link EventStoreUnavailableError},
   * after which it is not known whether the events stand: append them again with the same ids. Throws `TypeError` for
   * what no store takes: see {@link checkAppend}.
   */
  append(stream: string, expected: Revision | 'none', events: readonly NewEvent[]): Promise<Revision>
}

export interface EventStoreReader {
  /** Events of a stream from `from` (0 by default) in order, at most `limit` (all by default); none when it does not exist. */
  read(stream: string, range?: { readonly from?: Revision; readonly limit?: number }): Promise<StoredEvent[]>
  /**
   * Up to `limit` events of all streams after a position (from the first when undefined), in order. Never waits. Fewer
   * than `limit` do not mean that there are no more; none does. Events that others wrote into a shared database
   * are among them, with version 0.
   */
  readAll(request: { readonly after: Position | undefined; readonly limit: number }): Promise<StoredEvent[]>
  /** Resolves soon after an event newer than `after` may exist, or when the signal aborts or the store is closed; never rejects. */
  waitForNews(request: { readonly after: Position | undefined; readonly signal: AbortSignal }): Promise<void>
}

export interface EventStore extends EventStoreWriter, EventStoreReader {
  close(): Promise<void>
}

/** The stream has moved on since the decision was made: read it and decide again. */
export class RevisionConflictError extends Error {
  readonly code = 'REVISION_CONFLICT'
  readonly retryable = true
}

/** The store cannot be reached; the same append may succeed later, and may have succeeded already. */
export class EventStoreUnavailableError extends Error {
  readonly code = 'EVENT_STORE_UNAVAILABLE'
  readonly retryable = true
}
