/** The `bans` view: each ban once, active or past. A switch that starts anew has forgotten those of before. */
import type { Fact } from '@trunkline/domain'
import { fitText } from '@trunkline/ports'
import type { Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { bansTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { keyText } from './key-text.js'

interface BanRow {
  readonly switch: string
  readonly source: string
  readonly user: string
  readonly set_at_us: number
  readonly id: string
  readonly tenant: string | null
  readonly reason: string
  readonly attempts: number | null
  readonly set_at: number
  readonly expires_at: number
  readonly lifted_at: number | null
  readonly lifted_by: string | null
}

export class BansProjection implements Projection {
  readonly id = 'bans'
  readonly version = 1
  readonly tables = [bansTable]
  readonly lookups: ReadonlySet<string> = new Set(['bans_source', 'bans_open'])
  readonly handles: ReadonlySet<string> = new Set(['security.source_banned', 'security.ban_lifted', 'switch.started'])

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const bans = new BanBook(await stored(batch, context))
    for (const fact of batch) bans.take(fact)
    const rows = bans.changed()
    if (rows.length > 0) await context.tx.upsert(context.table(bansTable), rows)
  }
}

class BanBook {
  readonly #rows: Map<string, BanRow>
  readonly #changed = new Set<string>()

  constructor(rows: readonly BanRow[]) {
    this.#rows = new Map(rows.map((row) => [keyOf(row), row]))
  }

  take(fact: Fact): void {
    const at = Math.floor(fact.time / 1000)
    if (fact.type === 'security.source_banned') {
      const row = rowOf(fact)
      // told twice: it may have ended since
      if (this.#rows.has(keyOf(row))) return
      this.#end((other) => samePlace(other, row) && other.set_at_us < row.set_at_us, at, 'renewed')
      this.#put(row)
    } else if (fact.type === 'security.ban_lifted') {
      const place = { switch: fact.key, source: keyText(fact.data.source), user: keyText(fact.data.user ?? '') }
      this.#end((row) => samePlace(row, place) && row.set_at_us <= fact.time, at, fact.data.reason)
    } else if (fact.type === 'switch.started') {
      this.#end((row) => row.switch === fact.key && row.set_at_us < fact.time, at, 'restarted')
    }
  }

  changed(): Row[] {
    return [...this.#changed].map((key) => ({ ...this.#rows.get(key)! }))
  }

  #end(which: (row: BanRow) => boolean, at: number, by: string): void {
    for (const row of this.#rows.values()) {
      if (row.lifted_at === null && which(row)) this.#put({ ...row, lifted_at: at, lifted_by: by })
    }
  }

  #put(row: BanRow): void {
    this.#rows.set(keyOf(row), row)
    this.#changed.add(keyOf(row))
  }
}

/** All bans of the sources in the batch, and the open ones of switches that started. */
async function stored(batch: readonly Fact[], context: ProjectionContext): Promise<BanRow[]> {
  const sources = new Set<string>()
  const started = new Set<string>()
  for (const fact of batch) {
    if (fact.type === 'switch.started') started.add(fact.key)
    else if (fact.type === 'security.source_banned' || fact.type === 'security.ban_lifted')
      sources.add(keyText(fact.data.source))
  }
  const { name } = context.table(bansTable)
  const rows: BanRow[] = []
  for (const some of chunks([...sources])) {
    rows.push(...(await context.tx.all<BanRow>(`SELECT * FROM ${name} WHERE source IN (${marks(some)})`, some)))
  }
  for (const some of chunks([...started])) {
    const sql = `SELECT * FROM ${name} WHERE lifted_at IS NULL AND switch IN (${marks(some)})`
    rows.push(...(await context.tx.all<BanRow>(sql, some)))
  }
  return rows
}

function rowOf({ id, key, time, data }: Extract<Fact, { type: 'security.source_banned' }>): BanRow {
  const user = keyText(data.user ?? '')
  const at = user.lastIndexOf('@')
  return {
    switch: key,
    source: keyText(data.source),
    user,
    set_at_us: time,
    id: keyText(id),
    tenant: at < 0 ? null : fitText(user.slice(at + 1).toLowerCase(), 191),
    reason: data.reason,
    attempts: data.count ?? null,
    set_at: Math.floor(time / 1000),
    expires_at: Math.floor(data.until / 1000),
    lifted_at: null,
    lifted_by: null,
  }
}

function samePlace(row: BanRow, other: Pick<BanRow, 'switch' | 'source' | 'user'>): boolean {
  return row.switch === other.switch && row.source === other.source && row.user === other.user
}

function keyOf(row: BanRow): string {
  return JSON.stringify([row.switch, row.source, row.user, row.set_at_us])
}
