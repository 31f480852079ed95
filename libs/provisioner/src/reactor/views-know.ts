import type { EventStoreReader, Position } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'

/** The views lack what was decided: they are being made anew, or nobody makes them. */
export class ViewsBehindError extends Error {
  readonly code = 'VIEWS_BEHIND'
  readonly retryable = true
}

export interface ViewsKnowParts {
  readonly eventStore: Pick<EventStoreReader, 'readAll'>
  readonly things: Pick<Things, 'position' | 'caughtUp'>
  readonly signal: AbortSignal
}

const BATCH = 1000
const WAIT_MS = 30_000
const STEP_MS = 500

/**
 * Waits until the views know all that was decided by now. What they do not know yet is no surplus at a target: whoever
 * compared while they are made anew would take everything away. False when nothing was ever decided here. Throws
 * {@link ViewsBehindError}.
 */
export async function viewsKnow({ eventStore, things, signal }: ViewsKnowParts): Promise<boolean> {
  const known = await things.position()
  let newest: Position | undefined
  for (let after = known; ; after = newest) {
    signal.throwIfAborted()
    const last = (await eventStore.readAll({ after, limit: BATCH })).at(-1)
    if (last === undefined) break
    newest = last.position
  }
  if (newest === undefined) return known !== undefined
  for (let waited = 0; waited < WAIT_MS; waited += STEP_MS) {
    signal.throwIfAborted()
    if (await things.caughtUp(newest, STEP_MS)) return true
  }
  throw new ViewsBehindError('the views do not know yet all that was decided: does a projector run?')
}
