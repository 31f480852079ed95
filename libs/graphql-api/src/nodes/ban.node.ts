import type { Database } from '../sql/database.js'

export const banNode = (row: Database['bans'], now: number) => ({
  id: row.id,
  switch: row.switch,
  source: row.source,
  user: row.user === '' ? null : row.user,
  reason: row.reason,
  attempts: row.attempts,
  setAt: row.set_at,
  expiresAt: row.expires_at,
  liftedAt: row.lifted_at,
  liftedBy: row.lifted_by,
  active: row.lifted_at === null && row.expires_at > now,
})
