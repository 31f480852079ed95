/** Who rebuilds which view, how far that is, and which tables replace which. */
import type { Row, TableDefinition, TablePair, ViewReader, ViewTransaction } from '@trunkline/ports'
import { readProjectionStates } from './projection-states.js'

export const rebuildsTable = {
  name: 'rebuilds',
  key: ['id'],
  columns: {
    /** The view. */
    id: 'text',
    /** Number of the rebuild; its tables and indexes carry it in their names. */
    claim: 'integer',
    /** Raised while the rebuild lives. */
    beat: 'integer',
    /** 'building', 'indexing' (gives no sign for long), 'swapping' (nobody writes the view) or 'done'. */
    state: 'text',
    /** Version of the projection that rebuilds. */
    version: 'integer',
    /** Pairs of live and shadow tables, as JSON: any code can finish the swap. */
    pairs: 'longtext',
    /** Tables of rebuilds up to this one are gone. */
    cleared: 'integer',
  },
  indexes: {},
} as const satisfies TableDefinition

export interface RebuildState {
  readonly claim: number
  readonly beat: number
  readonly state: 'building' | 'indexing' | 'swapping' | 'done'
  readonly version: number
  readonly pairs: readonly TablePair[]
  readonly cleared: number
}

type Reader = Pick<ViewReader, 'all'>

export async function readRebuild(reader: Reader, view: string): Promise<RebuildState | undefined> {
  const [row] = await reader.all<Omit<RebuildState, 'pairs'> & { pairs: string }>(
    'SELECT claim, beat, state, version, pairs, cleared FROM rebuilds WHERE id = ?',
    [view],
  )
  return row === undefined ? undefined : { ...row, pairs: JSON.parse(row.pairs) as TablePair[] }
}

export async function writeRebuild(tx: ViewTransaction, view: string, state: RebuildState): Promise<void> {
  await tx.upsert(rebuildsTable, [{ id: view, ...state, pairs: JSON.stringify(state.pairs) } as Row])
}

/** Views whose tables are being replaced now, or were when somebody died. */
export async function swappingViews(reader: Reader): Promise<string[]> {
  const rows = await reader.all<{ id: string }>("SELECT id FROM rebuilds WHERE state = 'swapping'")
  return rows.map(({ id }) => id)
}

/** Number of the last rebuild that left no trace here: before this table was, numbers stood among the states. */
export async function lastUntracked(reader: Reader, view: string): Promise<number> {
  return (await readProjectionStates(reader)).get(`${view}__rebuild`)?.generation ?? 0
}
