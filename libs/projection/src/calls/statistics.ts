/**
 * Sums per hour and dimension. What a call counts for is a function of its record; a changed record takes back what the
 * old one counted and adds what the new one counts, in the transaction of the call's row, so the sums are those of the
 * set of calls at every moment.
 */
import type { CallRecord, Disposition } from '@trunkline/domain'
import { fitRow, type Row, type TableDefinition, type ViewTransaction } from '@trunkline/ports'
import { callStatisticsTable } from '../tables/call-tables.js'

const HOUR_MS = 3_600_000
const KEY = callStatisticsTable.key
const SUMS = [
  'attempts',
  'answered',
  'effective',
  'talk_ms',
  'ring_ms',
  'pdd_ms',
  'pdd_count',
  'mos_sum',
  'mos_count',
] as const

/** The network did its part (ITU-T E.425): the user was reached, or it was the user's side that refused or gave up. */
const EFFECTIVE: ReadonlySet<Disposition> = new Set([
  'answered',
  'busy',
  'no_answer',
  'rejected',
  'cancelled',
  'voicemail',
  'abandoned',
])

export class StatisticsChanges {
  private readonly rows = new Map<string, Record<string, string | number>>()

  add(before: CallRecord | null, after: CallRecord | null): void {
    if (before !== null) this.count(before, -1)
    if (after !== null) this.count(after, 1)
  }

  private count(call: CallRecord, sign: 1 | -1): void {
    if (call.state !== 'ended' || call.kind === 'hop') return
    const contribution = fitRow(callStatisticsTable, contributionOf(call)) as Record<string, string | number>
    const id = JSON.stringify(KEY.map((column) => contribution[column]))
    let row = this.rows.get(id)
    if (row === undefined) {
      row = { ...contribution }
      for (const sum of SUMS) row[sum] = 0
      this.rows.set(id, row)
    }
    for (const sum of SUMS) row[sum] = Number(row[sum]) + sign * Number(contribution[sum])
  }

  /** Adds the changes to the stored sums; rows that no call counts for any more are removed. */
  async write(tx: ViewTransaction, table: TableDefinition): Promise<void> {
    const changed = [...this.rows.values()].filter((row) => SUMS.some((sum) => row[sum] !== 0))
    const where = `(${KEY.map((column) => `${column} = ?`).join(' AND ')})`
    const upserts: Row[] = []
    const removals: Row[] = []
    for (let at = 0; at < changed.length; at += 100) {
      const some = changed.slice(at, at + 100)
      const sql = `SELECT * FROM ${table.name} WHERE ${some.map(() => where).join(' OR ')}`
      const stored = await tx.all<Record<string, string | number>>(
        sql,
        some.flatMap((row) => KEY.map((column) => row[column]!)),
      )
      const known = new Map(stored.map((row) => [JSON.stringify(KEY.map((column) => row[column])), row]))
      for (const row of some) {
        const old = known.get(JSON.stringify(KEY.map((column) => row[column])))
        const sums = Object.fromEntries(SUMS.map((sum) => [sum, rounded(Number(row[sum]) + Number(old?.[sum] ?? 0))]))
        ;(sums['attempts'] === 0 ? removals : upserts).push({ ...row, ...sums })
      }
    }
    await tx.upsert(table, upserts)
    await tx.remove(table, removals)
  }
}

function contributionOf(call: CallRecord): Record<string, string | number> {
  const mos = call.quality?.mos ?? null
  return {
    hour: Math.floor(call.startedAt / HOUR_MS) * HOUR_MS,
    tenant: call.tenant,
    direction: call.direction,
    trunk: call.trunk ?? '',
    user: (call.direction === 'inbound' ? call.to.user : call.from.user) ?? '',
    cause: call.cause ?? '',
    attempts: 1,
    answered: call.answeredAt === null ? 0 : 1,
    effective: call.disposition !== null && EFFECTIVE.has(call.disposition) ? 1 : 0,
    talk_ms: call.talkMs ?? 0,
    ring_ms: call.ringMs ?? 0,
    pdd_ms: call.pddMs ?? 0,
    pdd_count: call.pddMs === null ? 0 : 1,
    mos_sum: mos ?? 0,
    mos_count: mos === null ? 0 : 1,
  }
}

/** Opinion scores have two decimals; sums of them must not gather the rounding errors of binary fractions. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
