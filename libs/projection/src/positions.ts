import type { EventLogReader, Position, ViewStore } from '@trunkline/ports'
import type { Projection } from './projection.js'

/** Where each projection stands in one partition. */
export type PartitionPositions = Map<string, Position | undefined>

/** Projections that go on together from the same place. */
export interface Group {
  readonly from: Position | undefined
  readonly projections: readonly Projection[]
  /** The next place where another projection stands: this group must stop there and join it. */
  readonly ceiling: Position | undefined
}

export async function readPositions(
  store: ViewStore,
  projections: readonly Projection[],
  partition: number,
): Promise<PartitionPositions> {
  const positions: PartitionPositions = new Map()
  for (const { id } of projections) positions.set(id, await store.checkpoint(id, partition))
  return positions
}

/** Less than any position. */
const BEGINNING = ''

/** Those that lag most go first, alone, until they have caught up with the next ones. */
export function furthestBehind(projections: readonly Projection[], positions: PartitionPositions): Group {
  const places = [...new Set(projections.map(({ id }) => positions.get(id) ?? BEGINNING))].sort()
  const [lowest = BEGINNING, ceiling] = places
  return {
    from: lowest === BEGINNING ? undefined : lowest,
    projections: projections.filter(({ id }) => (positions.get(id) ?? BEGINNING) === lowest),
    ceiling,
  }
}

/** The log ends before a checkpoint: it was lost or replaced, and going on would skip events without a word. */
export class LogBehindViewsError extends Error {
  readonly code = 'LOG_BEHIND_VIEWS'
  readonly retryable = false
}

/** Throws {@link LogBehindViewsError}. `position` must have been read before this is called. */
export async function assertLogHolds(
  log: EventLogReader,
  place: { stream: string; partition: number; position: Position },
): Promise<void> {
  const { stream, partition, position } = place
  const end = await log.end(stream, partition)
  if (end !== undefined && end >= position) return
  throw new LogBehindViewsError(
    `the views have read ${stream}/${partition} up to ${position}, but the log ends at ${end ?? 'its beginning'}: ` +
      'the log was lost or replaced. Restore it, or let the views go on with this one: docs/operations.md, "Back up and restore".',
  )
}
