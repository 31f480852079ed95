import type { EventLogReader, ViewStore } from '@trunkline/ports'
import { ensureOutbox } from './outbox.js'
import type { Projection } from './projection.js'
import { raiseGeneration, readProjectionStates } from './projection-states.js'
import type { ProjectionLogger } from './projector-options.js'
import { rebuildOrWait } from './rebuild-turn.js'
import { completeSwaps } from './swap.js'
import { createSystemTables } from './system-tables.js'

export interface PrepareOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  readonly projections: readonly Projection[]
  readonly stream: string
  readonly logger: ProjectionLogger
}

/**
 * Creates what is missing, finishes swaps that were cut short, and rebuilds the views whose rows an older version of
 * the code has made. Of several processes that start at once one rebuilds and the others wait for it.
 */
export async function prepareViews(options: PrepareOptions): Promise<void> {
  await createSystemTables(options.store)
  await ensureOutbox(options.store, options.log)
  await prepareTables(options)
}

/** The same for views that tell nothing to the outbox. */
export async function prepareTables(options: PrepareOptions): Promise<void> {
  const { store, projections } = options
  await createSystemTables(store)
  await completeSwaps(store)
  const stored = await readProjectionStates(store)
  // Tables of an older version may lack columns that today's indexes name: the rebuild makes them anew.
  const isOld = ({ id, version }: Projection) => (stored.get(id)?.version ?? version) < version
  const current = projections.filter((projection) => !isOld(projection))
  await store.createTables(current.flatMap(({ tables }) => tables))
  for (const projection of projections.filter(isOld)) await rebuildOrWait({ ...options, projection })
  await store.transaction(async (tx) => {
    const known = await readProjectionStates(tx)
    for (const { id, version } of projections) if (!known.has(id)) await raiseGeneration(tx, id, version)
  })
}
