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
   * Appends records in order; resolves when all are durable. A record that cannot be encoded rejects the call with
   * nothing appended. Rejects with a retryable {@link LogUnavailableError} when the log cannot be reached: then none, some
   * of the first, or all may stand, and the same records are to be appended again.
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
  /**
   * Joins those who share the reading of a stream. Only who reads which partition is shared: positions are the reader's
   * own, and while partitions change hands two members may hold one for a moment.
   */
  join(stream: string, group: string): Promise<GroupMember>
}

export interface GroupMember {
  /** Partitions that are this member's to read now; none while the group has not decided. */
  partitions(): readonly number[]
  /** Resolves when `partitions()` may have changed since the call, or when the signal aborts; never rejects. */
  changed(signal: AbortSignal): Promise<void>
  /** Leaves the group, so that others take over at once. */
  close(): Promise<void>
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
