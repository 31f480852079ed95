import type { Position } from '@trunkline/ports'

export interface PartitionLag {
  readonly partition: number
  readonly projection: string
  /** Records between the projection's position and the end of the partition. */
  readonly records: number
}

/**
 * Records from one position to another. Positions of both logs are numbers that count records, padded with zeros; the
 * first record of all has number 0 or 1, so that without a position the result may be one too small.
 */
export function recordsBetween(from: Position | undefined, to: Position | undefined): number {
  if (to === undefined) return 0
  return Math.max(0, Number(to) - Number(from ?? 0))
}
