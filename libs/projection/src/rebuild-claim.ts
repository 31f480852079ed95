import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import type { Projection } from './projection.js'
import { readProjectionStates } from './projection-states.js'
import { lastUntracked, readRebuild, writeRebuild } from './rebuild-state.js'
import { shadowName, shadowTables, type ShadowTable } from './rebuild-tables.js'
import { ProjectionOutdatedError, ViewSwappingError } from './view-guard.js'

/** Another rebuild of the same view began; this one has lost its tables. */
export class RebuildReplacedError extends Error {
  readonly code = 'REBUILD_REPLACED'
  readonly retryable = false
}

const BEAT_MS = 3000
const BUILDING: ReadonlySet<string> = new Set(['building', 'indexing'])

/** The right to rebuild a view: the newest claim has it. Those who wait for it see it live. */
export class RebuildClaim {
  readonly tables: readonly ShadowTable[]
  readonly #store: ViewStore
  readonly #view: string
  readonly #number: number
  readonly #beating: NodeJS.Timeout

  private constructor(store: ViewStore, projection: Projection, number: number) {
    this.#store = store
    this.#view = projection.id
    this.#number = number
    this.tables = shadowTables(projection.tables, { claim: number, lookups: projection.lookups })
    this.#beating = setInterval(() => void this.#beat(), BEAT_MS)
    this.#beating.unref()
  }

  /**
   * Takes the right from whoever has it, and drops the tables that those before have left. Throws
   * {@link ProjectionOutdatedError} when newer code made the view, and {@link RebuildReplacedError} when it is to be
   * rebuilt only if older code made it, and that is not so any more.
   */
  static async take(store: ViewStore, projection: Projection, { onlyIfOld = false } = {}): Promise<RebuildClaim> {
    const { id: view, version, tables } = projection
    const { claim, cleared } = await store.transaction(async (tx) => {
      const stored = (await readProjectionStates(tx)).get(view)
      if (stored !== undefined && stored.version > version) {
        throw new ProjectionOutdatedError(
          `view ${view} was made by version ${stored.version}; this code has ${version}`,
        )
      }
      if (onlyIfOld && stored?.version === version) throw new RebuildReplacedError(`view ${view} is up to date`)
      const before = await readRebuild(tx, view)
      if (before?.state === 'swapping') throw new ViewSwappingError(`the tables of view ${view} are being replaced`)
      const last = before?.claim ?? (await lastUntracked(tx, view))
      const pairs = tables.map((table) => ({ live: table.name, shadow: shadowName(table, last + 1) }))
      const state = {
        claim: last + 1,
        beat: 0,
        state: 'building',
        version,
        pairs,
        cleared: before?.cleared ?? last,
      } as const
      await writeRebuild(tx, view, state)
      return state
    })
    const left = Array.from({ length: claim - 1 - cleared }, (_, index) => cleared + 1 + index)
    await store.dropTables([
      ...left.flatMap((number) => tables.map((table) => shadowName(table, number))),
      // before tables carried numbers
      ...tables.map(({ name }) => `${name}__rebuild`),
    ])
    await store.transaction((tx) =>
      tx.run('UPDATE rebuilds SET cleared = ? WHERE id = ? AND claim = ?', [claim - 1, view, claim]),
    )
    return new RebuildClaim(store, projection, claim)
  }

  /** Throws {@link RebuildReplacedError} when the claim is not ours any more. */
  async assert(tx: ViewTransaction): Promise<void> {
    const now = await readRebuild(tx, this.#view)
    if (now?.claim !== this.#number || !BUILDING.has(now.state)) {
      throw new RebuildReplacedError(`another rebuild of view ${this.#view} has begun`)
    }
  }

  /** Notes what is done now: an index of a large table takes long, and nothing else is done meanwhile. */
  async enter(state: 'building' | 'indexing'): Promise<void> {
    await this.#store.transaction(async (tx) => {
      await this.assert(tx)
      await tx.run('UPDATE rebuilds SET state = ? WHERE id = ?', [state, this.#view])
    })
  }

  /** From the end of this transaction on nobody writes the view until its tables are replaced. */
  async mark(tx: ViewTransaction): Promise<void> {
    await tx.run("UPDATE rebuilds SET state = 'swapping' WHERE id = ? AND claim = ?", [this.#view, this.#number])
  }

  async isMarked(): Promise<boolean> {
    const now = await readRebuild(this.#store, this.#view)
    return now?.claim === this.#number && now.state === 'swapping'
  }

  stop(): void {
    clearInterval(this.#beating)
  }

  async #beat(): Promise<void> {
    const sql = 'UPDATE rebuilds SET beat = beat + 1 WHERE id = ? AND claim = ?'
    // whoever waits takes a missed beat for death only after several
    await this.#store.transaction((tx) => tx.run(sql, [this.#view, this.#number])).catch(() => undefined)
  }
}
