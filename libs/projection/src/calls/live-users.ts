/**
 * Live calls of each user, derived from the set of live calls; never counted up and down. The set is a table, since
 * calls of other switches may be another projector's.
 */
import type { CallRecord } from '@trunkline/domain'
import type { Row } from '@trunkline/ports'
import { chunks, marks } from '../nodes/chunks.js'
import type { ProjectionContext } from '../projection.js'
import { livePartiesTable } from '../tables/call-tables.js'
import { partyRows } from './call-rows.js'

export interface UserCalls {
  readonly activity: 'idle' | 'ringing' | 'busy'
  readonly liveCalls: number
}

export const NO_CALLS: UserCalls = { activity: 'idle', liveCalls: 0 }

/** Our users who are in a live call now: rows of `live_parties`. */
export function livePartyRows(call: CallRecord): Row[] {
  if (call.state === 'ended' || call.kind === 'hop') return []
  const open = new Set(call.legs.filter((leg) => leg.endedAt === null).map((leg) => leg.user))
  return partyRows(call)
    .map((row) => String(row['user']))
    .filter((user) => open.has(user))
    .map((user) => ({ user, call_id: call.id, busy: isBusy(call, user) ? 1 : 0 }))
}

/** Users whose live calls a change may have changed: also those of a call that began and ended within one batch. */
export function affectedUsers(before: CallRecord | null, after: CallRecord | null): Set<string> {
  const rows = [before, after].flatMap((call) => (call === null ? [] : partyRows(call)))
  return new Set(rows.map((row) => String(row['user'])))
}

/** Reads what these users do now. Those who have no live call are not in the map. */
export async function readLiveUsers(
  users: readonly string[],
  context: ProjectionContext,
): Promise<Map<string, UserCalls>> {
  const found = new Map<string, UserCalls>()
  const table = context.table(livePartiesTable).name
  for (const some of chunks(users)) {
    const sql = `SELECT user, count(*) AS live_calls, max(busy) AS busy FROM ${table}
      WHERE user IN (${marks(some)}) GROUP BY user`
    for (const row of await context.tx.all<{ user: string; live_calls: number; busy: number }>(sql, some))
      found.set(row.user, { activity: row.busy === 1 ? 'busy' : 'ringing', liveCalls: row.live_calls })
  }
  return found
}

/** Who calls is busy from the start; who is rung, from the answer. */
function isBusy(call: CallRecord, user: string): boolean {
  return (
    call.from.user === user ||
    call.legs.some((leg) => leg.user === user && leg.endedAt === null && leg.answeredAt !== null)
  )
}
