/** The `switches` view: state and last signs of life of each switch, and every gap in what was heard of it. */
import { factDeclarations, type Fact } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import type { Projection, ProjectionContext } from '../projection.js'
import { gapsTable, switchesTable } from '../tables/node-tables.js'
import { chunks, marks } from './chunks.js'
import { keyText } from './key-text.js'
import { SwitchState, type SwitchRow } from './switch-row.js'

export class SwitchesProjection implements Projection {
  readonly id = 'switches'
  readonly version = 1
  readonly tables = [switchesTable, gapsTable]
  readonly lookups: ReadonlySet<string> = new Set(['gaps_switch'])
  readonly handles: ReadonlySet<string> = new Set(factDeclarations.map(({ type }) => type))

  async apply(batch: readonly Fact[], context: ProjectionContext): Promise<void> {
    const gaps = batch.map(gapRow).filter((row) => row !== undefined)
    if (gaps.length > 0) await context.tx.upsert(context.table(gapsTable), gaps)
    const counts = await countGaps(new Set(gaps.map((row) => String(row['switch']))), context)
    const stored = await readSwitches(new Set(batch.map(({ key }) => key)), context)
    const states = new Map<string, SwitchState>()
    for (const fact of batch) {
      let state = states.get(fact.key)
      if (state === undefined) states.set(fact.key, (state = new SwitchState(fact.key, stored.get(fact.key))))
      state.take(fact)
    }
    const rows: Row[] = []
    for (const [name, state] of states) {
      const row = state.row(counts.get(name))
      if (!same(stored.get(name), row)) rows.push({ ...row })
    }
    if (rows.length > 0) await context.tx.upsert(context.table(switchesTable), rows)
  }
}

async function readSwitches(names: ReadonlySet<string>, context: ProjectionContext): Promise<Map<string, SwitchRow>> {
  const rows = new Map<string, SwitchRow>()
  for (const some of chunks([...names])) {
    const sql = `SELECT * FROM ${context.table(switchesTable).name} WHERE switch IN (${marks(some)})`
    for (const row of await context.tx.all<SwitchRow>(sql, some)) rows.set(row.switch, row)
  }
  return rows
}

/** The number of gaps is that of their rows, so a gap told twice counts once. */
async function countGaps(names: ReadonlySet<string>, context: ProjectionContext): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const some of chunks([...names])) {
    const table = context.table(gapsTable).name
    const sql = `SELECT switch, count(*) AS gaps FROM ${table} WHERE switch IN (${marks(some)}) GROUP BY switch`
    for (const row of await context.tx.all<{ switch: string; gaps: number }>(sql, some))
      counts.set(row.switch, row.gaps)
  }
  return counts
}

function gapRow(fact: Fact): Row | undefined {
  if (fact.type !== 'switch.gap') return undefined
  const { core, reason, from, to, missed } = fact.data
  return {
    id: keyText(fact.id),
    switch: fact.key,
    core: core ?? null,
    reason,
    from_at: from === undefined ? null : Math.floor(from / 1000),
    to_at: Math.floor(to / 1000),
    missed: missed ?? null,
  }
}

function same(stored: SwitchRow | undefined, row: SwitchRow): boolean {
  return stored !== undefined && (Object.keys(row) as (keyof SwitchRow)[]).every((name) => stored[name] === row[name])
}
