import type { LogRecord, Row, ViewReader } from '@trunkline/ports'

/** Stands in the column `projection` when no projection could read the record. */
export const ALL_PROJECTIONS = '*'

export interface Parking {
  readonly record: LogRecord
  /** Id of the projection that could not take it, or {@link ALL_PROJECTIONS}. */
  readonly projection: string
  readonly reason: string
  readonly parkedAtMs: number
}

const REASON_LENGTH = 1000

export function parkedRow({ record, projection, reason, parkedAtMs }: Parking): Row {
  return {
    stream: record.stream,
    partition_no: record.partition,
    position: record.position,
    projection,
    record_id: record.id,
    type: record.type,
    reason: reason.slice(0, REASON_LENGTH),
    record: textOf(record),
    parked_at: parkedAtMs,
  }
}

/** Data that is nested deeper than the stack can be read and not be written again: it stays where it was, in the log. */
function textOf(record: LogRecord): string {
  try {
    return JSON.stringify(record)
  } catch {
    return JSON.stringify({ ...record, data: null })
  }
}

/** How many records wait to be replayed. */
export async function countParked(reader: Pick<ViewReader, 'all'>): Promise<number> {
  const [row] = await reader.all<{ n: number }>('SELECT count(*) AS n FROM parked_records')
  return row?.n ?? 0
}
