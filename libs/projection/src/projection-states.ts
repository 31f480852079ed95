/**
 * Beside the checkpoint of each projection: the version of the code that made its rows, and a generation that
 * is raised when rows change behind the back of a running projector (rebuild, replay of parked records).
 */
import type { TableDefinition, ViewReader, ViewTransaction } from '@trunkline/ports'

export const projectionStatesTable = {
  name: 'projection_states',
  key: ['id'],
  columns: { id: 'text', version: 'integer', generation: 'integer' },
  indexes: {},
} as const satisfies TableDefinition

export interface ProjectionState {
  readonly version: number
  readonly generation: number
}

/** All projections that were ever run on this store, by id. */
export async function readProjectionStates(reader: Pick<ViewReader, 'all'>): Promise<Map<string, ProjectionState>> {
  const rows = await reader.all<ProjectionState & { id: string }>(
    'SELECT id, version, generation FROM projection_states',
  )
  return new Map(rows.map(({ id, version, generation }) => [id, { version, generation }]))
}

/** Tells running projectors to drop what they cached of this projection. */
export async function raiseGeneration(tx: ViewTransaction, id: string, version: number): Promise<void> {
  const known = (await readProjectionStates(tx)).get(id)
  await tx.upsert(projectionStatesTable, [{ id, version, generation: (known?.generation ?? 0) + 1 }])
}
