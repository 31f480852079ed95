import type { EventLogReader, ViewStore } from '@trunkline/ports'
import type { PartitionLag } from './lag.js'
import type { Projection } from './projection.js'

/** The part of a logger that projections need; pino has it. */
export interface ProjectionLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a projector tells those who measure it. None may throw. */
export interface ProjectorHooks {
  /** A batch is durable: number of records, ms it took, number of events put into the outbox. */
  committed?(batch: { readonly records: number; readonly tookMs: number; readonly events: number }): void
  parked?(parked: { readonly projection: string; readonly type: string; readonly reason: string }): void
  /** A batch failed and will be tried again. */
  retried?(failure: { readonly reason: string; readonly failures: number }): void
  /** Another projector was faster with a batch; what was done of it is undone. */
  conflicted?(): void
  /** Retention removed records before these projections read them. */
  skipped?(skipped: SkippedRecords): void
  /** Time of the newest applied record, µs since 1970, by the switch's clock. */
  reached?(timeUs: number): void
}

export interface SkippedRecords {
  readonly partition: number
  readonly projections: readonly string[]
  readonly records: number
}

export interface ProjectorOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  readonly projections: readonly Projection[]
  readonly logger: ProjectionLogger
  /** `trunkline.switch` by default. */
  readonly stream?: string
  /** Those who join the same group share the partitions; `projector` by default. */
  readonly group?: string
  /** Most records in one transaction; 500 by default. */
  readonly batchSize?: number
  readonly hooks?: ProjectorHooks
  /** ms since 1970. */
  readonly now?: () => number
  /** 0 to 1, for the jitter of waits. */
  readonly random?: () => number
}

export interface ProjectorStatus {
  readonly state: 'running' | 'retrying' | 'stopped'
  /** Why the last batch failed; undefined when it did not. */
  readonly problem: string | undefined
  /** Batches in a row that failed. */
  readonly failures: number
  /** Batches since start that another projector was faster with. */
  readonly conflicts: number
  /** Records parked since start. */
  readonly parked: number
  /** Records parked within the last five minutes. */
  readonly parkedLately: number
  /** Records applied since start. */
  readonly records: number
  /** Records since start that retention removed before they were read. */
  readonly skipped: number
  /** Time of the newest applied record, µs. */
  readonly reachedUs: number | undefined
  /** Whether all that the log held at the last look, in the partitions held, is applied. */
  readonly caughtUp: boolean
  /** Partitions that are this projector's to read. */
  readonly partitions: readonly number[]
  /** Partition → projection → position, of the partitions held. */
  readonly positions: Readonly<Record<number, Readonly<Record<string, string | undefined>>>>
}

export interface Projector {
  /**
   * Resolves when everything the log holds now is applied, by whichever projector holds each partition; rejects when
   * the projector is closed before.
   */
  caughtUp(): Promise<void>
  status(): ProjectorStatus
  /** How far each projection is behind, in the partitions held. Asks the log where it ends. */
  lag(): Promise<PartitionLag[]>
  /** Ends after the batch in hand, and leaves the group. */
  close(): Promise<void>
}
