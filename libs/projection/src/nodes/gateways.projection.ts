/** The `gateways` view: the newest state of each gateway and trunk registration. */
import type { Fact, RegistrationFact } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { gatewaysTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { keyText } from './key-text.js'

type GatewayFact = Extract<RegistrationFact, { type: 'gateway.changed' }>
interface GatewayRow {
  readonly switch: string
  readonly gateway: string
  readonly profile: string | null
  readonly state: string
  readonly up: number
  readonly sip_status: number | null
  readonly reason: string | null
  readonly changed_at_us: number
  readonly changed_seq: number
}

export class GatewaysProjection implements Projection {
  readonly id = 'gateways'
  readonly version = 1
  readonly tables = [gatewaysTable]
  readonly handles: ReadonlySet<string> = new Set(['gateway.changed'])

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const news = batch.flatMap((fact) => (fact.type === 'gateway.changed' ? [rowOf(fact)] : []))
    const table = context.table(gatewaysTable)
    const stored = new Map<string, GatewayRow>()
    for (const some of chunks([...new Set(news.map((row) => row.switch))])) {
      const sql = `SELECT * FROM ${table.name} WHERE switch IN (${marks(some)})`
      for (const row of await context.tx.all<GatewayRow>(sql, some)) stored.set(keyOf(row), row)
    }
    const changed = new Map<string, GatewayRow>()
    for (const row of news) {
      const key = keyOf(row)
      const before = changed.get(key) ?? stored.get(key)
      if (before === undefined || isNewer(row, before))
        changed.set(key, { ...row, profile: row.profile ?? before?.profile ?? null })
    }
    if (changed.size > 0)
      await context.tx.upsert(
        table,
        [...changed.values()].map((row): Row => ({ ...row })),
      )
  }
}

function rowOf({ key, time, data }: GatewayFact): GatewayRow {
  return {
    switch: key,
    gateway: keyText(data.gateway),
    profile: data.profile ?? null,
    state: data.state,
    up: data.up ? 1 : 0,
    sip_status: data.status ?? null,
    reason: data.reason ?? null,
    changed_at_us: time,
    changed_seq: data.seq ?? -1,
  }
}

function keyOf(row: GatewayRow): string {
  return `${row.switch}\n${row.gateway}`
}

function isNewer(row: GatewayRow, before: GatewayRow): boolean {
  return (
    row.changed_at_us > before.changed_at_us ||
    (row.changed_at_us === before.changed_at_us && row.changed_seq > before.changed_seq)
  )
}
