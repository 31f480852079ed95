import type { ViewStore } from '@trunkline/ports'
import { raiseGeneration } from './projection-states.js'
import { readRebuild, swappingViews, writeRebuild } from './rebuild-state.js'

/**
 * Puts the rebuilt tables of a view into the place of the live ones, when the mark says that they are ready. Until the
 * mark is gone nobody writes the view, and whoever finds it may finish: each step can be done again, and the names of
 * shadow tables are never used twice, so that one who slept meanwhile finds nothing to replace. Tells whether the mark
 * was there.
 */
export async function completeSwap(store: ViewStore, view: string): Promise<boolean> {
  const marked = await readRebuild(store, view)
  if (marked?.state !== 'swapping') return false
  await store.replaceTables(marked.pairs)
  await store.transaction(async (tx) => {
    const now = await readRebuild(tx, view)
    if (now?.state !== 'swapping' || now.claim !== marked.claim) return
    await raiseGeneration(tx, view, now.version)
    await writeRebuild(tx, view, { ...now, state: 'done', cleared: now.claim })
  })
  return true
}

/** Finishes what a rebuild that died in the middle of its swap has left. */
export async function completeSwaps(store: ViewStore): Promise<void> {
  for (const view of await swappingViews(store)) await completeSwap(store, view)
}
