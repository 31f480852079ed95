/** What a view is made by: a set of tables, and a function from facts to rows. */
import type { Fact } from '@trunkline/domain'
import type { LogRecord, TableDefinition, ViewTransaction } from '@trunkline/ports'

/** An event for the world, written to the outbox in the transaction of the rows it speaks of. */
export interface OutboxEvent {
  readonly stream: string
  readonly key: string
  readonly id: string
  readonly type: string
  readonly version: number
  /** µs since 1970 by the switch's clock. */
  readonly timeUs: number
  readonly data: unknown
}

export interface ProjectionContext {
  readonly tx: ViewTransaction
  /** The table to write: the live one, or its shadow while a view is rebuilt. Always ask. */
  table(definition: TableDefinition): TableDefinition
  /** Tells the world; ignored while rebuilding. */
  emit(event: OutboxEvent): void
}

export interface Projection<Item extends { readonly type: string } = Fact> {
  readonly id: string
  /** Raise it when rows change their meaning: the view is then rebuilt. */
  readonly version: number
  readonly tables: readonly TableDefinition[]
  /** Types of the facts it wants. */
  readonly handles: ReadonlySet<string>
  /**
   * Names of the indexes that `apply` itself reads by. While the view is rebuilt only these are kept up from the
   * start; the others are made after loading. All, when undefined.
   */
  readonly lookups?: ReadonlySet<string>
  /** Makes of a record what `apply` takes; throws for one that is none. The codec of facts, when undefined. */
  decode?(record: LogRecord): Item
  /** Takes a whole batch, in order. Rows must not depend on where batches end, nor on facts coming twice. */
  apply(batch: readonly Item[], context: ProjectionContext): Promise<void>
  /** Drops what is cached, after a transaction was rolled back or another instance moved on. */
  reset?(): void
  /** Called when the transaction is durable. */
  afterCommit?(): void
}
