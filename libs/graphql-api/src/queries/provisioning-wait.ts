import { setTimeout as wait } from 'node:timers/promises'
import { ApiError } from '../errors/index.js'

/** How long one read waits for the views, and how long it pauses between two looks, ms. */
export const PATIENCE = { ms: 5000, shortest: 5, longest: 200 }

/**
 * Reads again until what it reads is at least of this revision; at once when none is asked for. Throws VIEWS_BEHIND after
 * {@link PATIENCE}, also for what is not there, or not in the tenant of the viewer.
 */
export async function atRevision<T extends { readonly revision: number }>(
  read: () => Promise<T | undefined>,
  revision: number | null | undefined,
): Promise<T | undefined> {
  const deadline = performance.now() + PATIENCE.ms
  for (let pause = PATIENCE.shortest; ; pause = Math.min(2 * pause, PATIENCE.longest)) {
    const found = await read()
    if (revision == null || (found !== undefined && found.revision >= revision)) return found
    if (performance.now() >= deadline)
      throw new ApiError('VIEWS_BEHIND', 'the view does not know this revision yet; try again')
    await wait(pause)
  }
}
