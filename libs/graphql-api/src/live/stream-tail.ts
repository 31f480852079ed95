import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventLogReader, LogRecord, Position } from '@trunkline/ports'
import type { Logger } from 'pino'
import { ApiError } from '../errors/index.js'
import type { LiveCursor, Place } from './live-cursor.js'
import { RecordRing, type LiveRecord } from './record-ring.js'

export interface TailOptions {
  readonly log: EventLogReader
  readonly stream: string
  readonly logger: Logger
  readonly ringRecords: number
  /** Gets fresh records of one partition, in order; the next are read when it has finished. */
  readonly deliver: (records: readonly LiveRecord[], commit: () => void) => Promise<void>
}

const BATCH = 64
const CATCH_UP_BATCH = 500
const RETRY_MS = 1000
/** Retention is never shorter, so a cursor this young from an empty partition has lost nothing. */
const SHORTEST_RETENTION_MS = 3_600_000

/** The one reader of a stream in this process: follows all partitions and keeps the newest records. */
export class StreamTail {
  private readonly stopping = new AbortController()
  private rings: RecordRing[] = []
  private current: Place[] = []
  private running: Promise<void> | undefined

  constructor(private readonly options: TailOptions) {}

  /** Places up to which records have been delivered, one per partition. */
  get places(): readonly Place[] {
    return this.current
  }

  /** `publishedSeq`: no record after this start with such a `seq` or a smaller one is news. */
  async start(publishedSeq: number): Promise<void> {
    const { log, stream, ringRecords } = this.options
    const count = await log.partitions(stream)
    for (let partition = 0; partition < count; partition++) {
      const position = await log.end(stream, partition)
      this.rings.push(new RecordRing(position, ringRecords))
      this.current.push({ seq: publishedSeq, position })
    }
    this.running = this.follow()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  /** Throws CURSOR_EXPIRED when records after the cursor may be gone, or it belongs to another log. */
  async checkKept(cursor: LiveCursor): Promise<void> {
    if (cursor.places.length !== this.current.length) throw new ApiError('CURSOR_EXPIRED')
    for (const [partition, place] of cursor.places.entries()) {
      if (!(await this.isKept(partition, place, cursor.at))) throw new ApiError('CURSOR_EXPIRED')
    }
  }

  private async isKept(partition: number, { seq, position }: Place, at: number): Promise<boolean> {
    const { log, stream } = this.options
    const here = this.current[partition]!.position
    if (position !== undefined && (here === undefined || position > here)) {
      const end = await log.end(stream, partition)
      if (end === undefined || position > end) return false
    }
    if (this.rings[partition]!.covers(position)) return true
    const [oldest] = await log.read({ stream, partition, after: undefined, limit: 1 })
    if (oldest === undefined) return false
    if (position !== undefined) return position >= oldest.position
    return seqOf(oldest) <= seq || Date.now() - at < SHORTEST_RETENTION_MS
  }

  /**
   * Records after a position, up to where the tail stands; an empty list when there is none. From memory when it can,
   * else from the log.
   */
  async after(partition: number, position: Position | undefined): Promise<LiveRecord[]> {
    const ring = this.rings[partition]!
    if (ring.covers(position)) return ring.after(position, CATCH_UP_BATCH)
    const { log, stream } = this.options
    const records = await log.read({ stream, partition, after: position, limit: CATCH_UP_BATCH })
    const end = this.current[partition]!.position
    const kept = records.filter((record) => end !== undefined && record.position <= end)
    if (kept.length === 0 && !this.isCaughtUp(partition, position)) throw new ApiError('CURSOR_EXPIRED')
    return kept.map((record) => toLive(record, seqOf(record)))
  }

  /** True when nothing that was delivered lies after this position. */
  isCaughtUp(partition: number, position: Position | undefined): boolean {
    const ring = this.rings[partition]!
    return ring.covers(position) && ring.after(position, 1).length === 0
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping
    const { logger, stream } = this.options
    while (!signal.aborted) {
      try {
        let news = 0
        for (let partition = 0; partition < this.current.length && !signal.aborted; partition++) {
          news += await this.step(partition)
        }
        if (news === 0) await this.wait(signal)
        else await nextTurn()
      } catch (error) {
        if (signal.aborted) return
        logger.error({ err: error, stream }, 'reading the stream for live pushes failed; trying again')
        await pause(RETRY_MS, signal)
      }
    }
  }

  private async step(partition: number): Promise<number> {
    const { log, stream, deliver, logger } = this.options
    const place = this.current[partition]!
    const records = await log.read({ stream, partition, after: place.position, limit: BATCH })
    if (records.length === 0) return 0
    let last = place.seq
    const fresh: LiveRecord[] = []
    for (const record of records) {
      const seq = seqOf(record)
      if (Number.isNaN(seq)) logger.error({ stream, id: record.id, type: record.type }, 'record without seq: left out')
      // The relay publishes again what it could not mark as published.
      else if (seq > last) fresh.push(toLive(record, (last = seq)))
    }
    const commit = () => {
      for (const record of fresh) this.rings[partition]!.push(record)
      this.current[partition] = { seq: last, position: records.at(-1)!.position }
    }
    if (fresh.length === 0) commit()
    else await deliver(fresh, commit)
    return records.length
  }

  /** Waits for news in any partition. */
  private async wait(signal: AbortSignal): Promise<void> {
    const { log, stream } = this.options
    const done = new AbortController()
    const any = AbortSignal.any([signal, done.signal])
    const waits = this.current.map(({ position }, partition) =>
      log.waitForNews({ stream, partition, after: position, signal: any }),
    )
    await Promise.race(waits)
    done.abort()
  }
}

function seqOf(record: LogRecord): number {
  return Number(record.meta?.['seq'] ?? NaN)
}

function toLive({ partition, position, id, type, data }: LogRecord, seq: number): LiveRecord {
  return { partition, position, seq, id, type, data }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
