import { newRow, type ChannelRow } from './channel-row.js'
import type { ChannelChange } from './event-summary.js'

/** The channels that are open by what has been played so far, oldest first. */
export class ChannelTable {
  readonly #rows = new Map<string, ChannelRow>()
  #created = 0

  get size(): number {
    return this.#rows.size
  }

  /** Channels created since the switch started (`Session-Since-Startup`). */
  get created(): number {
    return this.#created
  }

  apply(change: ChannelChange): void {
    switch (change.kind) {
      case 'created':
        this.#created += 1
        this.#rows.set(change.uuid, newRow(change.row))
        return
      case 'changed': {
        const row = this.#rows.get(change.uuid)
        if (row !== undefined) Object.assign(row, change.row)
        return
      }
      case 'renamed': {
        const row = this.#rows.get(change.oldUuid)
        if (row === undefined) return
        this.#rows.delete(change.oldUuid)
        this.#rows.set(change.uuid, { ...row, uuid: change.uuid })
        return
      }
      case 'destroyed':
        this.#rows.delete(change.uuid)
        return
      default:
        change satisfies never
    }
  }

  /** Puts a channel in of which no creation was played (what came to be while nobody listened). */
  put(row: ChannelRow): void {
    if (!this.#rows.has(row.uuid)) this.#created += 1
    this.#rows.set(row.uuid, row)
  }

  remove(uuid: string): void {
    this.#rows.delete(uuid)
  }

  has(uuid: string): boolean {
    return this.#rows.has(uuid)
  }

  uuids(): string[] {
    return [...this.#rows.keys()]
  }

  rows(): ChannelRow[] {
    return [...this.#rows.values()].map((row) => ({ ...row }))
  }

  /** What a killed process remembers: nothing. */
  forget(): void {
    this.#rows.clear()
    this.#created = 0
  }
}
