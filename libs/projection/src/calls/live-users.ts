/** Live calls of each user, derived from the set of live calls; never counted up and down. */
import type { CallRecord } from '@trunkline/domain'
import { partyRows } from './call-rows.js'

export interface UserCalls {
  readonly user: string
  readonly activity: 'idle' | 'ringing' | 'busy'
  readonly liveCalls: number
}

export class LiveUsers {
  private readonly calls = new Map<string, Map<string, CallRecord>>()

  clear(): void {
    this.calls.clear()
  }

  /** Takes a call's change in; returns the users whose live calls it may have changed. */
  change(before: CallRecord | null, after: CallRecord | null): string[] {
    // also who took part in a call that began and ended within one batch: its rows are the same then
    const affected = new Set(
      [before, after].flatMap((call) => (call === null ? [] : partyRows(call).map((row) => String(row['user'])))),
    )
    for (const user of usersOf(before)) {
      this.calls.get(user)?.delete(before!.id)
      if (this.calls.get(user)?.size === 0) this.calls.delete(user)
    }
    for (const user of usersOf(after)) {
      const mine = this.calls.get(user) ?? new Map<string, CallRecord>()
      mine.set(after!.id, after!)
      this.calls.set(user, mine)
    }
    return [...affected]
  }

  of(user: string): UserCalls {
    const mine = [...(this.calls.get(user)?.values() ?? [])]
    const busy = mine.some((call) => isBusy(call, user))
    return { user, activity: mine.length === 0 ? 'idle' : busy ? 'busy' : 'ringing', liveCalls: mine.length }
  }
}

function usersOf(call: CallRecord | null): string[] {
  if (call === null || call.state === 'ended' || call.kind === 'hop') return []
  const open = new Set(call.legs.filter((leg) => leg.endedAt === null).map((leg) => leg.user))
  return partyRows(call)
    .map((row) => String(row['user']))
    .filter((user) => open.has(user))
}

/** Who calls is busy from the start; who is rung, from the answer. */
function isBusy(call: CallRecord, user: string): boolean {
  return (
    call.from.user === user ||
    call.legs.some((leg) => leg.user === user && leg.endedAt === null && leg.answeredAt !== null)
  )
}
