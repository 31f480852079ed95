import type { EventLogReader, ViewStore } from '@trunkline/ports'
import { ensureOutbox } from './outbox.js'
import type { Projection } from './projection.js'
import { projectionStatesTable, raiseGeneration, readProjectionStates } from './projection-states.js'
import type { ProjectionLogger } from './projector-options.js'
import { rebuildView } from './rebuild.js'
import { parkedRecordsTable } from './tables/node-tables.js'

export interface PrepareOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  readonly projections: readonly Projection[]
  readonly stream: string
  readonly logger: ProjectionLogger
}

/** Creates what is missing, and rebuilds the views whose rows an older version of the code has made. */
export async function prepareViews(options: PrepareOptions): Promise<void> {
  const { log, store, projections, logger } = options
  await ensureOutbox(store, log)
  await store.createTables([projectionStatesTable, parkedRecordsTable])
  const stored = await readProjectionStates(store)
  // Tables of an older version may lack columns that today's indexes name: the rebuild makes them anew.
  const isOld = ({ id, version }: Projection) => (stored.get(id)?.version ?? version) < version
  const current = projections.filter((projection) => !isOld(projection))
  await store.createTables(current.flatMap(({ tables }) => tables))
  for (const projection of projections.filter(isOld)) {
    logger.warn(
      { view: projection.id, version: projection.version },
      'this view has a new version and is rebuilt first',
    )
    await rebuildView({ ...options, projection })
    projection.reset?.()
  }
  await store.transaction(async (tx) => {
    const known = await readProjectionStates(tx)
    for (const { id, version } of projections) if (!known.has(id)) await raiseGeneration(tx, id, version)
  })
}
