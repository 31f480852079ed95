/**
 * Beside the checkpoint of each projection: the version of the code that made its rows, a generation that is raised
 * when the tables of a view are replaced, and who wrote last. Whoever writes next and is somebody else drops what it
 * cached: rows may have changed behind its back.
 */
import type { TableDefinition, ViewReader, ViewTransaction } from '@trunkline/ports'

export const projectionStatesTable = {
  name: 'projection_states',
  key: ['id'],
  columns: { id: 'text', version: 'integer', generation: 'integer' },
  indexes: {},
} as const satisfies TableDefinition

/** Written only when the writer changes: a projector that is alone never does. */
export const projectionWritersTable = {
  name: 'projection_writers',
  key: ['id'],
  columns: { id: 'text', writer: 'text' },
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
