import type { EventLog, LogRecord } from '@trunkline/ports'

/** All records of a stream, partition by partition. */
export async function readStream(log: EventLog, stream: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let partition = 0; partition < (await log.partitions(stream)); partition++) {
    records.push(...(await readPartition(log, stream, partition)))
  }
  return records
}

export async function readPartition(log: EventLog, stream: string, partition: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const more = await log.read({ stream, partition, after: records.at(-1)?.position, limit: 1000 })
    if (more.length === 0) return records
    records.push(...more)
  }
}
