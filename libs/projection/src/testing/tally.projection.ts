/** A small projection for tests: counts facts per channel, and keeps the counts in memory as real ones do. */
import type { Fact } from '@trunkline/domain'
import { STREAMS, type NewRecord, type TableDefinition } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'

export const talliesTable = {
  name: 'tallies',
  key: ['channel'],
  columns: { channel: 'text', facts: 'integer', last: 'text' },
  indexes: { tallies_facts: ['facts', 'channel'], tallies_last: ['last'] },
} as const satisfies TableDefinition

export class TallyProjection implements Projection {
  readonly tables: readonly TableDefinition[] = [talliesTable]
  readonly handles: ReadonlySet<string> = new Set(['channel.created', 'channel.answered'])
  readonly lookups: ReadonlySet<string> = new Set()
  readonly #cache = new Map<string, number>()
  /** Channel names that make it throw. */
  poison = new Set<string>()

  constructor(
    readonly id = 'tally',
    readonly version = 1,
  ) {}

  reset(): void {
    this.#cache.clear()
  }

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const table = context.table(talliesTable)
    for (const fact of batch) {
      const { channel } = fact.data as { channel: string }
      let facts = this.#cache.get(channel)
      if (facts === undefined) {
        const sql = `SELECT facts FROM ${table.name} WHERE channel = ?`
        facts = (await context.tx.all<{ facts: number }>(sql, [channel]))[0]?.facts ?? 0
      }
      facts += 1
      this.#cache.set(channel, facts)
      if (this.poison.has(channel)) throw new RangeError(`cannot count ${channel}`)
      await context.tx.upsert(table, [{ channel, facts, last: fact.id }])
      context.emit({
        stream: STREAMS.calls,
        key: channel,
        id: `tally/${fact.id}`,
        type: 'tally.counted',
        version: 1,
        timeUs: fact.time,
        data: { channel, facts },
      })
    }
  }
}

/** A record of the switch stream about a channel. */
export function channelRecord(seq: number, channel: string, more: Partial<NewRecord> = {}): NewRecord {
  return {
    id: `core/${seq}`,
    type: seq % 2 === 0 ? 'channel.created' : 'channel.answered',
    version: 1,
    key: 'pbx1',
    time: 1_780_000_000_000_000 + seq,
    data: { core: 'core', seq, channel, vars: {} },
    ...more,
  }
}

export function channelRecords(from: number, count: number, channels = 7): NewRecord[] {
  return Array.from({ length: count }, (_, index) => channelRecord(from + index, `c${(from + index) % channels}`))
}
