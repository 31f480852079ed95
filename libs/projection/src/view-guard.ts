import { randomUUID } from 'node:crypto'
import type { Row, ViewTransaction } from '@trunkline/ports'
import type { Projection } from './projection.js'
import { projectionWritersTable } from './projection-states.js'

/** The rows were made by newer code: this one must not write into them. */
export class ProjectionOutdatedError extends Error {
  readonly code = 'PROJECTION_OUTDATED'
  readonly retryable = false
}

/** The tables of a view are being replaced by rebuilt ones: nobody writes until that is done. */
export class ViewSwappingError extends Error {
  readonly code = 'VIEW_SWAPPING'
  readonly retryable = true
}

interface ViewState {
  readonly id: string
  readonly version: number
  readonly generation: number
  readonly writer: string | null
  readonly rebuild: string | null
}

const STATES = `SELECT s.id AS id, s.version AS version, s.generation AS generation, w.writer AS writer, r.state AS rebuild
  FROM projection_states s LEFT JOIN projection_writers w ON w.id = s.id LEFT JOIN rebuilds r ON r.id = s.id`

/**
 * Comes first in every transaction that writes views. Write transactions are serial, between processes too: so what a
 * projection cached in the last one is true in this one, unless somebody else wrote in between. That is seen by the
 * name of the last writer and the generation of the tables.
 */
export class ViewGuard {
  readonly #writer = randomUUID()
  readonly #generations = new Map<string, number | undefined>()

  /**
   * Drops the caches of projections that another one wrote for, and notes that from now on it is us. Throws
   * {@link ViewSwappingError}, and {@link ProjectionOutdatedError} when newer code made the rows. When the transaction
   * is rolled back, caches must be dropped anyway.
   */
  async enter(tx: ViewTransaction, projections: readonly Projection[]): Promise<void> {
    const states = new Map((await tx.all<ViewState>(STATES)).map((state) => [state.id, state]))
    const taken: Row[] = []
    for (const projection of projections) {
      const { id, version } = projection
      const state = states.get(id)
      if (state?.rebuild === 'swapping') throw new ViewSwappingError(`the tables of view ${id} are being replaced`)
      if (state !== undefined && state.version > version) {
        throw new ProjectionOutdatedError(`view ${id} was made by version ${state.version}; this code has ${version}`)
      }
      const isOurs = state?.writer === this.#writer
      if (isOurs && this.#generations.get(id) === state.generation) continue
      projection.reset?.()
      this.#generations.set(id, state?.generation)
      if (!isOurs) taken.push({ id, writer: this.#writer })
    }
    if (taken.length > 0) await tx.upsert(projectionWritersTable, taken)
  }
}
