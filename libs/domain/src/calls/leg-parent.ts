/** Which leg brought a leg about. `Channel-Call-UUID` is wrong now and then, so it counts least. */
import type { ChannelFact } from '../facts/channel.facts.js'
import { variable } from './leg-state.js'

export interface Parent {
  readonly id: string
  readonly rank: number
}

const CALL_UUID = 1
const ORIGINATOR = 2
/** By an application `intercept`, which picks up nothing when the call is over already. */
export const PICKUP = 3

export function parentFromSnapshot(channel: string, callUuid: string | undefined): Parent | null {
  return callUuid === undefined || callUuid === '' || callUuid === channel ? null : { id: callUuid, rank: CALL_UUID }
}

export function parentOf(fact: ChannelFact): Parent | null {
  const data = fact.data
  if (fact.type === 'channel.executed' && data.application === 'intercept') {
    // who picks up a ringing call joins that call
    const target = data.applicationData?.trim().split(/\s+/).at(-1)
    return target === undefined || target === '' ? null : { id: target, rank: PICKUP }
  }
  // a standby agent waits on a channel of its own, and serves one member after the other on it
  const member = variable(data, 'cc_agent_type') === 'uuid-standby' ? null : variable(data, 'cc_member_session_uuid')
  if (member !== null && member !== data.channel) return { id: member, rank: ORIGINATOR }
  const other = variable(data, 'other_loopback_leg_uuid')
  if (variable(data, 'loopback_leg') === 'B' && other !== null) return { id: other, rank: ORIGINATOR }
  if (data.direction === 'inbound') return null
  const creator = variable(data, 'originating_leg_uuid') ?? variable(data, 'originator')
  if (creator !== null && creator !== data.channel) return { id: creator, rank: ORIGINATOR }
  // `a:_:b` and the phones of a fifo are called by threads of their own, which name the caller in this way only
  const rungFor = isBirth(fact)
    ? (variable(data, 'ent_originate_aleg_uuid') ?? variable(data, 'fifo_bridge_uuid'))
    : null
  if (rungFor !== null && rungFor !== data.channel) return { id: rungFor, rank: ORIGINATOR }
  if (
    isBirth(fact) &&
    data.otherType === 'originator' &&
    data.otherLeg !== undefined &&
    data.otherLeg !== data.channel
  ) {
    return { id: data.otherLeg, rank: ORIGINATOR }
  }
  return null
}

function isBirth(fact: ChannelFact): boolean {
  return fact.type === 'channel.created' || fact.type === 'channel.originated'
}
