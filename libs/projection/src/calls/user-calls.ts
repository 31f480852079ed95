/** Rows of `user_calls`, and the presence events that tell of them. */
import type { CallChange, CallRecord } from '@trunkline/domain'
import { STREAMS, type Row } from '@trunkline/ports'
import { chunks, marks } from '../nodes/chunks.js'
import type { OutboxEvent, ProjectionContext } from '../projection.js'
import { userCallsTable } from '../tables/call-tables.js'
import { presenceTable } from '../tables/node-tables.js'
import { domainOf } from './call-rows.js'
import { affectedUsers, NO_CALLS, readLiveUsers, type UserCalls } from './live-users.js'

interface StoredUser {
  readonly user: string
  readonly activity: string
  readonly live_calls: number
}

interface StoredPresence {
  readonly user: string
  readonly online: number
  readonly contacts: number
}

/** Writes what the users of these calls do now; after the rows of the calls themselves. */
export async function writeUsers(changes: readonly CallChange[], context: ProjectionContext): Promise<void> {
  const touched = new Map<string, CallRecord>()
  for (const { before, after } of changes)
    for (const user of affectedUsers(before, after)) touched.set(user, (after ?? before)!)
  if (touched.size === 0) return
  const users = [...touched.keys()]
  const table = context.table(userCallsTable)
  const live = await readLiveUsers(users, context)
  const stored = await byUser<StoredUser>(`SELECT user, activity, live_calls FROM ${table.name}`, users, context)
  const changed = [...touched].flatMap(([user, call]) => {
    const now = live.get(user) ?? NO_CALLS
    const old = stored.get(user)
    return old?.activity === now.activity && old.live_calls === now.liveCalls ? [] : [{ user, call, now }]
  })
  if (changed.length === 0) return
  const rows = changed.map(({ user, now }): Row => {
    return { user, tenant: domainOf(user), activity: now.activity, live_calls: now.liveCalls }
  })
  await context.tx.upsert(table, rows)
  const presence = `SELECT user, online, contacts FROM ${presenceTable.name}`
  const names = changed.map(({ user }) => user)
  const online = await byUser<StoredPresence>(presence, names, context)
  for (const { user, call, now } of changed) context.emit(presenceEvent(call, { user, now, online: online.get(user) }))
}

async function byUser<R extends { readonly user: string }>(
  select: string,
  users: readonly string[],
  { tx }: ProjectionContext,
): Promise<Map<string, R>> {
  const rows = new Map<string, R>()
  for (const some of chunks(users))
    for (const row of await tx.all<R>(`${select} WHERE user IN (${marks(some)})`, some)) rows.set(row.user, row)
  return rows
}

function presenceEvent(
  call: CallRecord,
  { user, now, online }: { user: string; now: UserCalls; online: StoredPresence | undefined },
): OutboxEvent {
  const changedAt = call.endedAt ?? call.answeredAt ?? call.ringingAt ?? call.startedAt
  return {
    stream: STREAMS.presence,
    key: user,
    // one revision may change a user more than once: a leg of another call counts there
    id: `${call.id}/${call.revision}/${user}/${now.activity}/${now.liveCalls}`,
    type: 'presence.changed',
    version: 1,
    timeUs: changedAt * 1000,
    data: {
      user,
      tenant: domainOf(user),
      online: online?.online === 1,
      contacts: online?.contacts ?? 0,
      activity: now.activity,
      liveCalls: now.liveCalls,
      changedAt,
    },
  }
}
