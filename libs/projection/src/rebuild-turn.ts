import type { EventLogReader, ViewStore } from '@trunkline/ports'
import { breathe, pause } from './pause.js'
import type { Projection } from './projection.js'
import { readProjectionStates } from './projection-states.js'
import type { ProjectionLogger } from './projector-options.js'
import { readRebuild } from './rebuild-state.js'
import { RebuildReplacedError, rebuildView } from './rebuild.js'
import { completeSwap } from './swap.js'

export interface RebuildTurnOptions {
  readonly log: EventLogReader
  readonly store: ViewStore
  readonly projection: Projection
  readonly stream: string
  readonly logger: ProjectionLogger
  /** A rebuild that gave no sign for so long is taken for dead; ms, 15 s by default. */
  readonly leaseMs?: number
  /** How often the rebuild of another is looked at; ms, 500 by default. */
  readonly lookMs?: number
}

/** The same for one that makes an index: an operator who knows better begins a rebuild by the command. */
const INDEXING_LEASE_MS = 15 * 60_000

const never = new AbortController().signal

/** Rebuilds a view whose rows are those of an older version; or waits, while another process does. */
export async function rebuildOrWait(options: RebuildTurnOptions): Promise<void> {
  const { store, projection, logger, leaseMs = 15_000, lookMs = 500 } = options
  const view = projection.id
  let sign = ''
  let sinceMs = performance.now()
  let told = false
  for (;;) {
    const stored = (await readProjectionStates(store)).get(view)
    if (stored === undefined || stored.version >= projection.version) return
    const other = await readRebuild(store, view)
    if (other?.state === 'building' || other?.state === 'indexing') {
      const lease = other.state === 'indexing' ? Math.max(leaseMs, INDEXING_LEASE_MS) : leaseMs
      const now = `${other.claim}/${other.beat}/${other.state}`
      if (now !== sign) {
        sign = now
        sinceMs = performance.now()
      }
      if (performance.now() - sinceMs < lease) {
        if (!told) logger.info({ view }, 'another process rebuilds this view; waiting for it')
        told = true
        await pause(lookMs, never)
        continue
      }
    }
    if (await completeSwap(store, view)) continue
    const { version } = projection
    logger.warn({ view, version }, 'this view has a new version and is rebuilt first')
    try {
      await rebuildView({ ...options, onlyIfOld: true })
    } catch (error) {
      if (!(error instanceof RebuildReplacedError)) throw error
      logger.info({ view }, 'another process takes care of this rebuild')
    }
    projection.reset?.()
    await breathe()
  }
}
