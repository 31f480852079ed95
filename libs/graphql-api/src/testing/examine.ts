/** What MySQL says that it will do for a statement, and the rows that it then read for it. */
import type { Value, ViewReader, ViewStore } from '@trunkline/ports'

/** A line of EXPLAIN, in the columns that MySQL and MariaDB share. */
export interface PlanStep {
  readonly table: string | null
  readonly type: string | null
  readonly key: string | null
  readonly rows: string | number | null
  readonly Extra: string | null
}

export interface Examined {
  readonly sql: string
  readonly parameters: readonly Value[]
  readonly steps: readonly PlanStep[]
  /** Rows and entries of indexes that the engine handed over, those of temporary tables included. */
  readonly read: number
}

/** The session's own counters: https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html#statvar_Handler_read_first */
const READS = `SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_first', 'Handler_read_key', 'Handler_read_last',
  'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd', 'Handler_read_rnd_next')`

/** A reader that tells of each statement that passes it. */
export function examining(store: ViewStore, tell: (examined: Examined) => void): ViewReader {
  const reader: ViewReader = {
    dialect: store.dialect,
    all: (sql, parameters = []) => store.snapshot((one) => examine(one, { sql, parameters, tell })),
    snapshot: (work) => work(reader),
  }
  return reader
}

async function examine<R>(
  session: ViewReader,
  { sql, parameters, tell }: Pick<Examined, 'sql' | 'parameters'> & { readonly tell: (examined: Examined) => void },
): Promise<R[]> {
  const reads = async () => {
    const rows = await session.all<{ Value: string | number }>(READS)
    return rows.reduce((sum, row) => sum + Number(row.Value), 0)
  }
  const steps = await session.all<PlanStep>(`EXPLAIN ${sql}`, parameters)
  // looking at the counters moves them too
  const idle = await reads()
  const before = await reads()
  const rows = await session.all<R>(sql, parameters)
  const read = (await reads()) - before - (before - idle)
  tell({ sql, parameters, steps, read })
  return rows
}
