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
/** Of ids and types, which strangers may have made as long as they liked. */
const NAME_LENGTH = 255
/** Most characters of a record that is set aside with its data: a larger statement may be more than the store takes. */
const RECORD_LENGTH = 1_000_000

export function parkedRow({ record, projection, reason, parkedAtMs }: Parking): Row {
  return {
    stream: record.stream,
    partition_no: record.partition,
    position: record.position,
    projection,
    record_id: record.id.slice(0, NAME_LENGTH),
    type: record.type.slice(0, NAME_LENGTH),
    reason: reason.slice(0, REASON_LENGTH),
    record: textOf(record),
    parked_at: parkedAtMs,
  }
}

/**
 * Data that is too large, or nested deeper than the stack and so can be read and not be written again, stays where it was,
 * in the log.
 */
function textOf(record: LogRecord): string {
  const { stream, partition, position, time, version } = record
  const place = { stream, partition, position, id: '', type: '', key: '', time, version, data: null }
  return textWithin(record) ?? textWithin({ ...record, data: null }) ?? JSON.stringify(place)
}

function textWithin(record: LogRecord): string | undefined {
  try {
    const text = JSON.stringify(record)
    return text.length > RECORD_LENGTH ? undefined : text
  } catch {
    return undefined
  }
}

/** How many records wait to be replayed. */
export async function countParked(reader: Pick<ViewReader, 'all'>): Promise<number> {
  const [row] = await reader.all<{ n: number }>('SELECT count(*) AS n FROM parked_records')
  return row?.n ?? 0
}
