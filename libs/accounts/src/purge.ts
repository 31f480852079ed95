import type { AccountParts } from './account-parts.js'

const DAY_MS = 86_400_000

export const KEPT_MS = {
  /** Longer than any access token, whose session is looked up. */
  endedSession: DAY_MS,
  knownAddress: 90 * DAY_MS,
  audit: 400 * DAY_MS,
} as const

/** Deletes what nobody needs any more. Safe to run at any time and by several processes. */
export async function purge({ store, gate, now }: Pick<AccountParts, 'store' | 'gate' | 'now'>): Promise<void> {
  const at = now()
  await store.transaction(async (tx) => {
    const gone = 'SELECT id FROM account_sessions WHERE ends_at < ? OR ended_at < ?'
    const limits = [at - KEPT_MS.endedSession, at - KEPT_MS.endedSession]
    await tx.run(`DELETE FROM account_refresh_tokens WHERE session_id IN (${gone})`, limits)
    await tx.run('DELETE FROM account_sessions WHERE ends_at < ? OR ended_at < ?', limits)
    await tx.run('DELETE FROM account_limits WHERE updated_at < ?', [at - gate.fullAfterMs])
    await tx.run('DELETE FROM account_addresses WHERE seen_at < ?', [at - KEPT_MS.knownAddress])
    await tx.run('DELETE FROM account_audit WHERE at < ?', [at - KEPT_MS.audit])
  })
}
