import type { Position } from '@trunkline/ports'

/** A record of a stream as the live side needs it. */
export interface LiveRecord {
  readonly partition: number
  readonly position: Position
  readonly seq: number
  readonly id: string
  readonly type: string
  readonly data: unknown
}

/** The newest records of one partition, for clients that come back. */
export class RecordRing {
  private entries: LiveRecord[] = []
  private start = 0

  /** `base`: the position after which every record is kept here; undefined when the partition was empty. */
  constructor(
    private base: Position | undefined,
    private readonly size: number,
  ) {}

  push(record: LiveRecord): void {
    this.entries.push(record)
    if (this.entries.length - this.start <= this.size) return
    this.base = this.entries[this.start]!.position
    this.start++
    if (this.start < this.size) return
    this.entries = this.entries.slice(this.start)
    this.start = 0
  }

  /** True when nothing after `position` is missing here. */
  covers(position: Position | undefined): boolean {
    return this.base === undefined || (position !== undefined && position >= this.base)
  }

  /** Records after a position that is covered, oldest first, at most `limit`. */
  after(position: Position | undefined, limit: number): LiveRecord[] {
    if (position === undefined) return this.entries.slice(this.start, this.start + limit)
    let low = this.start
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.entries[middle]!.position > position) high = middle
      else low = middle + 1
    }
    return this.entries.slice(low, low + limit)
  }
}
