import { AccessError, type Access, type Viewer } from '@trunkline/access'
import type { ViewReader } from '@trunkline/ports'
import { SESSION_PREFIX } from './sessions.js'

export interface SessionAccessOptions {
  /** Checks the token itself. */
  readonly access: Access
  readonly store: Pick<ViewReader, 'all'>
  readonly clock?: () => number
  /** So long what was read of a session counts, ms. */
  readonly cacheMs?: number
}

interface Known {
  readonly until: number
  readonly lasts: Promise<boolean>
}

const CACHE_MS = 2000
const MOST_KNOWN = 10_000

/**
 * Checks tokens, and that the login they come from has not ended: a session that is ended anywhere is refused everywhere
 * within two seconds. Tokens that come from no login here are checked as before. While the store is away they get
 * `SESSIONS_UNAVAILABLE`.
 */
export function sessionAccess({ access, store, clock = Date.now, cacheMs = CACHE_MS }: SessionAccessOptions): Access {
  const known = new Map<string, Known>()

  function lasts(session: string): Promise<boolean> {
    const now = clock()
    const before = known.get(session)
    // a clock that was set back must not make an old answer last
    if (before !== undefined && before.until > now && before.until <= now + cacheMs) return before.lasts
    known.delete(session)
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
    const asked = read(store, session)
    known.set(session, { until: now + cacheMs, lasts: asked })
    asked.catch(() => known.delete(session))
    return asked
  }

  return {
    async verifyToken(token): Promise<Viewer> {
      const viewer = await access.verifyToken(token)
      if (viewer.session === undefined || !viewer.session.startsWith(SESSION_PREFIX)) return viewer
      let isGood: boolean
      try {
        isGood = await lasts(viewer.session)
      } catch (cause) {
        throw new AccessError('SESSIONS_UNAVAILABLE', { cause })
      }
      if (!isGood) throw new AccessError('SESSION_ENDED')
      return viewer
    },
  }
}

async function read(store: Pick<ViewReader, 'all'>, session: string): Promise<boolean> {
  const rows = await store.all<{ ended_at: number | null }>('SELECT ended_at FROM account_sessions WHERE id = ?', [
    session,
  ])
  return rows.length === 1 && rows[0]!.ended_at === null
}
