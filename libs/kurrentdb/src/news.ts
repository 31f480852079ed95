import type { Position } from '@trunkline/ports'
import type { AllReader } from './all-reader.js'
import type { KurrentConnection } from './kurrent-connection.js'
import { subscribe, type Listener, type NewsSubscription } from './news-subscription.js'

/** Pauses between attempts to subscribe, ms. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000

/**
 * Waits until an event after a position exists, by subscriptions that are made anew when one is dropped. Resolves also when
 * the signal aborts, or the connection is closed. Never rejects.
 */
export async function waitForNews(
  connection: KurrentConnection,
  reader: AllReader,
  { after, signal }: { readonly after: Position | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const over = Promise.withResolvers<void>()
  let done = false
  const finish = () => {
    done = true
    over.resolve()
  }
  signal.addEventListener('abort', finish, { once: true })
  // What comes after the news is no longer nothing.
  const onNothing: Listener['onNothing'] = (until) => (done ? undefined : reader.skip(after, until))
  try {
    for (let pause = FIRST_PAUSE_MS; !done && !signal.aborted && !connection.closed;) {
      const subscription = tryToSubscribe(connection, reader, { after, listener: { onNews: finish, onNothing } })
      // The reader meets the trouble when it reads; it must not spin until then.
      if (subscription === undefined) return await pauseOf(pause)
      const confirmed = await Promise.race([
        subscription.confirmed.then(() => true),
        Promise.race([over.promise, subscription.ended, pauseOf(connection.deadlineMs)]).then(() => false),
      ])
      if (confirmed) {
        pause = FIRST_PAUSE_MS
        await Promise.race([over.promise, subscription.ended])
      }
      subscription.stop()
      if (!done) await Promise.race([over.promise, pauseOf(pause)])
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  } finally {
    signal.removeEventListener('abort', finish)
  }
}

interface Wanted {
  readonly after: Position | undefined
  readonly listener: Listener
}

function tryToSubscribe(
  connection: KurrentConnection,
  reader: AllReader,
  { after, listener }: Wanted,
): NewsSubscription | undefined {
  try {
    return subscribe(connection, reader.startOf(after), listener)
  } catch {
    // Closed meanwhile, or a client that cannot be made.
    return undefined
  }
}

function pauseOf(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
