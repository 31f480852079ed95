import { ApiError } from '../errors/index.js'
import type { Place } from './live-cursor.js'
import type { Encoded, LiveGroup } from './live-group.js'
import { LatestRecords } from './live-messages.js'
import type { LiveRecord } from './record-ring.js'

/** Where the messages of one subscription go. Knows the socket; the live side does not. */
export interface Sink {
  /** Takes the encoded payload of a `next` message. */
  next(payload: Buffer): void
  /** Bytes that wait for the client. */
  pending(): number
  /** Resolves when little or nothing waits any more, or the client is gone. */
  drained(): Promise<void>
  /** Ends the subscription for a reason of {@link ApiError}. */
  fail(error: ApiError): void
}

export interface SubscriberLimits {
  readonly conflateAboveBytes: number
  readonly closeAboveBytes: number
}

/** Calls or users that may wait, merged, for one slow client. */
const MAXIMUM_MERGED = 10_000

/** One subscription: what it has seen, and what waits for it. */
export class LiveSubscriber {
  /** `seq` up to which it has everything, by partition. */
  readonly seen: number[] = []
  closed = false
  private merged: LatestRecords | undefined
  private mergedPlaces: readonly Place[] = []

  constructor(
    readonly group: LiveGroup,
    readonly sink: Sink,
    private readonly limits: SubscriberLimits,
  ) {}

  /** Takes messages about records of one partition; what it has seen already is left out. */
  deliver(
    partition: number,
    encoded: readonly Encoded[],
    batch: { records: readonly LiveRecord[]; places: readonly Place[] },
  ): void {
    const last = batch.records.at(-1)!.seq
    const seen = this.seen[partition] ?? 0
    if (this.closed || seen >= last) return
    this.seen[partition] = last
    if (encoded.length === 0) return
    const waiting = this.sink.pending()
    if (this.group.conflates) {
      if (this.merged !== undefined || waiting > this.limits.conflateAboveBytes) return this.merge(batch)
    } else if (waiting > this.limits.closeAboveBytes) return this.fail(new ApiError('SLOW_CONSUMER'))
    for (const one of encoded) if (one.seq > seen) this.sink.next(one.payload)
  }

  fail(error: ApiError): void {
    if (this.closed) return
    this.closed = true
    this.sink.fail(error)
  }

  /** Keeps only the newest state of each call or user until the client has read what waits for it. */
  private merge({ records, places }: { records: readonly LiveRecord[]; places: readonly Place[] }): void {
    const { kind } = this.group.operation.request
    const first = this.merged === undefined
    this.merged ??= new LatestRecords(kind)
    for (const record of records) if (this.group.matches(record)) this.merged.add(record)
    this.mergedPlaces = places
    if (this.merged.size > MAXIMUM_MERGED) return this.fail(new ApiError('SLOW_CONSUMER'))
    if (first) void this.sendWhenDrained()
  }

  private async sendWhenDrained(): Promise<void> {
    try {
      await this.sink.drained()
      while (!this.closed && this.merged !== undefined && this.merged.size > 0) {
        const records = this.merged.values()
        const places = this.mergedPlaces
        this.merged = new LatestRecords(this.group.operation.request.kind)
        const payload = await this.group.encodeChanges(records, places)
        if (this.closed) return
        this.sink.next(payload)
        await this.sink.drained()
      }
      this.merged = undefined
    } catch {
      this.fail(new ApiError('INTERNAL'))
    }
  }
}
