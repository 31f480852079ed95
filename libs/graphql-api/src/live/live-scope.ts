import type { Viewer } from '@trunkline/access'
import type { CallEventData, CallRecord } from '@trunkline/domain'
import { partyRows } from '@trunkline/projection'
import type { CallEventsFilter } from '../inputs/feed-filters.input.js'
import { scopeOf } from '../queries/scope.js'
import type { PresenceNode } from '../nodes/other.nodes.js'
import type { LiveRequest } from './live-request.js'
import type { LiveRecord } from './record-ring.js'

export type Matcher = (record: LiveRecord) => boolean

export const callOf = (record: LiveRecord): CallRecord => (record.data as CallEventData).call
export const presenceOf = (record: LiveRecord): PresenceNode => record.data as PresenceNode

/** Which records a viewer may see and a subscription wants. The scope is the same as that of queries. */
export function matcher(request: LiveRequest, viewer: Viewer): Matcher {
  const { tenant, ownUser } = scopeOf(viewer)
  if (request.kind === 'presence') {
    const users = request.users === undefined ? undefined : new Set(request.users)
    return (record) => {
      const presence = presenceOf(record)
      return (tenant === undefined || presence.tenant === tenant) && (users === undefined || users.has(presence.user))
    }
  }
  const wanted = request.kind === 'callEvents' ? eventMatcher(request.filter) : undefined
  return (record) => {
    const call = callOf(record)
    if (tenant !== undefined && call.tenant !== tenant) return false
    if (ownUser !== undefined && !takesPart(call, ownUser)) return false
    return wanted === undefined || wanted(record)
  }
}

function eventMatcher(filter: CallEventsFilter): Matcher {
  const { types, user, callId, trunk, direction, queue, includeHops } = filter
  return (record) => {
    const call = callOf(record)
    return (
      (includeHops === true || call.kind !== 'hop') &&
      (types == null || types.includes(record.type)) &&
      (callId == null || call.id === callId) &&
      (trunk == null || call.trunk === trunk) &&
      (direction == null || call.direction === direction) &&
      (queue == null || call.queue?.name === queue) &&
      (user == null || takesPart(call, user))
    )
  }
}

const parties = new WeakMap<CallRecord, ReadonlySet<unknown>>()

/** The same users as the rows of `call_parties` name. */
function takesPart(call: CallRecord, user: string): boolean {
  let users = parties.get(call)
  if (users === undefined) parties.set(call, (users = new Set(partyRows(call).map((row) => row['user']))))
  return users.has(user)
}
