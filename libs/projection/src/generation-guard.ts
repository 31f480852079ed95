import { CheckpointConflictError, type ViewTransaction } from '@trunkline/ports'
import type { Projection } from './projection.js'
import { readProjectionStates, type ProjectionState } from './projection-states.js'

/** The rows were made by newer code: this one must not write into them. */
export class ProjectionOutdatedError extends Error {
  readonly code = 'PROJECTION_OUTDATED'
  readonly retryable = false
}

/** Notices, inside each transaction, that the rows of a projection were changed behind its back. */
export class GenerationGuard {
  readonly #projections: readonly Projection[]
  #known: Map<string, ProjectionState> | undefined

  constructor(projections: readonly Projection[]) {
    this.#projections = projections
  }

  /** Call it together with `reset()` of the projections. */
  forget(): void {
    this.#known = undefined
  }

  /** Throws `CheckpointConflictError` when a view was swapped, {@link ProjectionOutdatedError} when by newer code. */
  async check(tx: ViewTransaction): Promise<void> {
    const stored = await readProjectionStates(tx)
    const known = (this.#known ??= stored)
    for (const { id, version } of this.#projections) {
      const state = stored.get(id)
      if (state !== undefined && state.version > version) {
        throw new ProjectionOutdatedError(`view ${id} was made by version ${state.version}; this code has ${version}`)
      }
      if (state?.generation !== known.get(id)?.generation) throw new CheckpointConflictError(`view ${id} was swapped`)
    }
  }
}
