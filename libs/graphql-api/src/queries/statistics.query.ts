import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { scopeOf } from './scope.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MAXIMUM_DAYS = 400
/** More buckets than this are refused: fewer dimensions, longer intervals or a shorter time are needed. */
const MAXIMUM_BUCKETS = 10_000

export type Dimension = 'direction' | 'trunk' | 'user' | 'cause'
export interface StatisticsRequest {
  readonly interval: 'HOUR' | 'DAY'
  readonly dimensions: readonly Dimension[]
  /** ms; rounded down to its hour. `to` is not included. */
  readonly from: number
  readonly to: number
}

interface Sums {
  at: number
  direction?: string
  trunk?: string
  user?: string
  cause?: string
  attempts: number
  answered: number
  effective: number
  talk_ms: number
  pdd_ms: number
  pdd_count: number
  mos_sum: number
  mos_count: number
}
const SUMS = ['attempts', 'answered', 'effective', 'talk_ms', 'pdd_ms', 'pdd_count', 'mos_sum', 'mos_count'] as const

/** Sums of the hours, grouped; every average is computed from sums and counts, never from averages. */
export async function findStatistics(context: ApiContext, request: StatisticsRequest) {
  const { from, to } = request
  if (to <= from) throw new ApiError('BAD_USER_INPUT', '`to` must lie after `from`')
  if (to - from > MAXIMUM_DAYS * DAY) throw new ApiError('BAD_USER_INPUT', `at most ${MAXIMUM_DAYS} days at a time`)
  const { tenant } = scopeOf(context.viewer)
  const dimensions = [...new Set(request.dimensions)]
  const length = request.interval === 'HOUR' ? HOUR : DAY
  let query = builderFor(context.reader)
    .selectFrom('call_statistics')
    .select(sql<number>`hour - hour % ${sql.lit(length)}`.as('at'))
    .select(dimensions)
    .select((eb) => SUMS.map((name) => eb.fn.sum<number>(name).as(name)))
    .where('hour', '>=', from - (from % HOUR))
    .where('hour', '<', to)
    .groupBy('at')
    .groupBy(dimensions)
    .orderBy('at')
    .limit(MAXIMUM_BUCKETS + 1)
  for (const dimension of dimensions) query = query.orderBy(dimension)
  if (tenant !== undefined) query = query.where('tenant', '=', tenant)
  const rows = (await run(context.reader, query)) as unknown as Sums[]
  if (rows.length > MAXIMUM_BUCKETS) throw new ApiError('TOO_COMPLEX', `more than ${MAXIMUM_BUCKETS} intervals`)
  return rows.map(bucket)
}

function bucket(row: Sums) {
  return {
    at: row.at,
    direction: row.direction ?? null,
    trunk: row.trunk ?? null,
    user: row.user ?? null,
    cause: row.cause ?? null,
    volume: Number(row.attempts),
    answered: Number(row.answered),
    asr: ratio(row.answered, row.attempts),
    ner: ratio(row.effective, row.attempts),
    acdMs: ratio(row.talk_ms, row.answered),
    pddMs: ratio(row.pdd_ms, row.pdd_count),
    mos: ratio(row.mos_sum, row.mos_count),
    talkMs: Number(row.talk_ms),
  }
}

function ratio(sum: number, count: number): number | null {
  return Number(count) === 0 ? null : Number(sum) / Number(count)
}
