import type { ViewReader } from '@trunkline/ports'
import { callStatisticsTable } from '@trunkline/projection'
import { sql } from 'kysely'
import { ApiError } from '../errors/index.js'
import { builderFor, run } from '../sql/query-builder.js'
import { fitted } from './fitted.js'

const HOUR = 3_600_000
const MAXIMUM_DAYS = 400
const SUMS = ['attempts', 'answered', 'effective', 'talk_ms', 'pdd_ms', 'pdd_count', 'mos_sum', 'mos_count'] as const

export interface FiguresRange {
  /** ms; rounded down to its hour. `to` is not included. */
  readonly from: number
  readonly to: number
}

/** Whose calls: by what call views know them as. */
export interface FiguresOf {
  readonly by: 'user' | 'trunk'
  readonly tenant: string
  /** All names that one thing has in call views. */
  readonly names: readonly string[]
}

type Sums = { [K in (typeof SUMS)[number]]: number }
type Found = Sums & { readonly name: string; readonly tenant: string }
export type Figures = ReturnType<typeof figuresOf>

/** Throws BAD_USER_INPUT. */
export function checkFiguresRange({ from, to }: FiguresRange): void {
  if (to <= from) throw new ApiError('BAD_USER_INPUT', '`to` must lie after `from`')
  if (to - from > MAXIMUM_DAYS * 24 * HOUR) {
    throw new ApiError('BAD_USER_INPUT', `at most ${MAXIMUM_DAYS} days at a time`)
  }
}

/** The figures of each, in order; all zero where there were no calls. One query for all. */
export async function readFigures(
  reader: ViewReader,
  asked: readonly FiguresOf[],
  { by, from, to }: FiguresRange & Pick<FiguresOf, 'by'>,
): Promise<Figures[]> {
  const fit = (name: string) => fitted(callStatisticsTable, name)
  const names = [...new Set(asked.flatMap((one) => one.names.map(fit)))]
  const query = builderFor(reader)
    .selectFrom('call_statistics')
    .select([sql.ref<string>(by).as('name'), 'tenant'])
    .select((eb) => SUMS.map((sum) => eb.fn.sum<number>(sum).as(sum)))
    .where(by, 'in', names)
    .where('hour', '>=', from - (from % HOUR))
    .where('hour', '<', to)
    .groupBy([by, 'tenant'])
  const rows = (await run(reader, query)) as unknown as Found[]
  return asked.map(({ names: all, tenant }) => {
    const own = new Set(all.map(fit))
    return figuresOf(rows.filter((row) => own.has(row.name) && (by === 'user' || row.tenant === tenant)))
  })
}

function figuresOf(rows: readonly Found[]) {
  const sum = (name: (typeof SUMS)[number]) => rows.reduce((all, row) => all + Number(row[name]), 0)
  const ratio = (above: number, below: number) => (below === 0 ? null : above / below)
  const [attempts, answered, talkMs] = [sum('attempts'), sum('answered'), sum('talk_ms')]
  return {
    volume: attempts,
    answered,
    asr: ratio(answered, attempts),
    ner: ratio(sum('effective'), attempts),
    talkMs,
    acdMs: ratio(talkMs, answered),
    pddMs: ratio(sum('pdd_ms'), sum('pdd_count')),
    mos: ratio(sum('mos_sum'), sum('mos_count')),
  }
}
