/**
 * Event log: a durable, partitioned, append-only log. Records of one key stay in order; delivery is at
 * least once, so readers drop what they have seen (by record id, or by a sequence inside the record).
 */

/** Opaque position in one partition. Later records have greater positions (plain string comparison). */
export type Position = string

export interface NewRecord {
  /** Unique for the fact it tells; the same fact published twice has the same id. */
  readonly id: string
  readonly type: string
  readonly version: number
  /** Records of one key keep their order. */
  readonly key: string
  /** When it happened by the source's own clock, µs since 1970-01-01 UTC. */
  readonly time: number
  readonly data: unknown
  /** commandId, correlationId, causationId, actor, tenant, traceparent, `seq` … */
  readonly meta?: Readonly<Record<string, string>>
}

export interface LogRecord extends NewRecord {
  readonly stream: string
  readonly partition: number
  readonly position: Position
}

export interface EventLogWriter {
  /**
   * Appends all records or none, in order; resolves when they are durable.
   * Rejects with a retryable {@link LogUnavailableError} when the log cannot be reached.
   */
  append(stream: string, records: readonly NewRecord[]): Promise<void>
}

export interface EventLogReader {
  /** Number of partitions of a stream (at least 1). Partition numbers run from 0. */
  partitions(stream: string): Promise<number>
  /** Up to `limit` records after `after` (from the oldest kept one when undefined), in order. Never waits. */
  read(request: ReadRequest): Promise<LogRecord[]>
  /** Position of the newest record of a partition, undefined when it is empty. */
  end(stream: string, partition: number): Promise<Position | undefined>
  /** Resolves soon after a record newer than `after` may exist, or when the signal aborts; never rejects. */
  waitForNews(request: Omit<ReadRequest, 'limit'> & { readonly signal: AbortSignal }): Promise<void>
}

export interface ReadRequest {
  readonly stream: string
  readonly partition: number
  readonly after: Position | undefined
  readonly limit: number
}

export interface EventLog extends EventLogWriter, EventLogReader {
  close(): Promise<void>
}

/** The log cannot be reached or written now; the same append may succeed later. */
export class LogUnavailableError extends Error {
  readonly code = 'LOG_UNAVAILABLE'
  readonly retryable = true
}

/** Names of the streams; in Kafka they are topics. */
export const STREAMS = {
  /** Facts from switches, key = switch name. */
  switch: 'trunkline.switch',
  /** Conversation events, key = call id. */
  calls: 'trunkline.calls',
  /** Presence and registration changes, key = user@domain. */
  presence: 'trunkline.presence',
  /** Events of the provisioning aggregates. */
  provisioning: 'trunkline.provisioning',
} as const
