/**
 * View store: tables that projections write, with the checkpoint of each projection moved by
 * compare-and-set in the same transaction as the rows it stands for.
 */
import type { Position } from './event-log.js'

/** `json` is stored as text and comes back as text; `boolean` as 0/1; times are integers (ms since 1970, UTC). */
export type ColumnType = 'text' | 'longtext' | 'integer' | 'real' | 'boolean' | 'json'

export interface TableDefinition {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /**
   * Columns of the primary key, in order: `text` or `integer`. Longer text than an index takes (`textLimit`) is kept
   * shortened, in keys and indexes.
   */
  readonly key: readonly string[]
  /** Index name → columns, in order. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>
  /** Indexes that the table is to get later: not made yet, and its columns are such that they can be. */
  readonly later?: Readonly<Record<string, readonly string[]>>
}

export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

export interface ViewReader {
  readonly dialect: 'sqlite' | 'mysql'
  /** Runs a query with `?` parameters. */
  all<R = Row>(sql: string, parameters?: readonly Value[]): Promise<R[]>
  /** Runs `work` with a reader that sees one consistent state of all tables. */
  snapshot<T>(work: (reader: ViewReader) => Promise<T>): Promise<T>
}

export interface ViewTransaction extends Omit<ViewReader, 'snapshot'> {
  /** Inserts whole rows, replacing rows of the same key. Every row holds every column. */
  upsert(table: TableDefinition, rows: readonly Row[]): Promise<void>
  /** Deletes rows by key; rows that are not there do not matter. */
  remove(table: TableDefinition, keys: readonly Row[]): Promise<void>
  run(sql: string, parameters?: readonly Value[]): Promise<void>
  /**
   * Moves the checkpoint of a projection from exactly `from` (undefined: none yet) to `to`.
   * Throws {@link CheckpointConflictError}, and so rolls the transaction back, when it stands elsewhere.
   */
  moveCheckpoint(projection: string, move: CheckpointMove): Promise<void>
}

export interface CheckpointMove {
  readonly partition: number
  readonly from: Position | undefined
  readonly to: Position
}

/** One change of the tables that no rebuild makes anew. Each step may be run again after a kill in its middle. */
export type MigrationStep =
  | { readonly createTable: TableDefinition }
  | { readonly addColumn: { readonly table: string; readonly column: string; readonly type: ColumnType } }
  | { readonly dropTable: string }
  /** A statement that does no harm when it runs twice. */
  | { readonly run: string }

export interface Migration {
  /** 1, 2, 3 … without holes; what was released never changes. */
  readonly version: number
  readonly name: string
  readonly steps: readonly MigrationStep[]
}

/** The database was made by a newer version of the code. */
export class StoreTooNewError extends Error {
  readonly code = 'STORE_TOO_NEW'
  readonly retryable = false
}

/** Names of a table and of the one that is to replace it. */
export interface TablePair {
  readonly live: string
  readonly shadow: string
}

export interface ViewStore extends ViewReader {
  /**
   * Brings the database forward to the newest of these migrations, in order, each noted when it is done; those done
   * already are left out. Safe to run twice, by two processes at once, and after a kill. Throws {@link StoreTooNewError}.
   */
  migrate(migrations: readonly Migration[]): Promise<void>
  /** Creates tables and indexes that are missing. Safe to run twice and by two processes at once. */
  createTables(tables: readonly TableDefinition[]): Promise<void>
  /**
   * Puts each shadow table into the place of the live one, which is gone then; all at once for readers. Pairs whose
   * shadow does not exist (any more) are left alone: safe to run again, and by two processes at once. Not inside a
   * transaction.
   */
  replaceTables(pairs: readonly TablePair[]): Promise<void>
  /** Drops tables; those that are not there do not matter. Not inside a transaction. */
  dropTables(names: readonly string[]): Promise<void>
  transaction<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T>
  checkpoint(projection: string, partition: number): Promise<Position | undefined>
  close(): Promise<void>
}

/** Another instance moved this checkpoint; drop what is cached and read it again. */
export class CheckpointConflictError extends Error {
  readonly code = 'CHECKPOINT_CONFLICT'
  readonly retryable = true
}

/** The store cannot be reached or is busy; the same work may succeed later. */
export class ViewStoreUnavailableError extends Error {
  readonly code = 'VIEW_STORE_UNAVAILABLE'
  readonly retryable = true
}
