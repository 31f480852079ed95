/** Turns a fact about a channel into evidence on its leg. */
import type { ChannelData, ChannelFact, ChannelFactType } from '../facts/channel.facts.js'
import { addMark, keepFirst, keepLast, variable, type LegState, type Mark, type MarkKind } from './leg-state.js'

const KINDS: Readonly<Record<ChannelFactType, MarkKind>> = {
  'channel.created': 'created',
  'channel.originated': 'originated',
  'channel.progressed': 'progressed',
  'channel.early_media': 'early_media',
  'channel.answered': 'answered',
  'channel.bridged': 'bridged',
  'channel.unbridged': 'unbridged',
  'channel.held': 'held',
  'channel.resumed': 'resumed',
  'channel.executed': 'executed',
  'channel.application_ended': 'updated',
  'channel.parked': 'parked',
  'channel.unparked': 'unparked',
  'channel.updated': 'updated',
  'channel.renamed': 'renamed',
  'channel.hungup': 'hungup',
  'channel.completed': 'completed',
  'channel.destroyed': 'destroyed',
  'channel.recorded': 'recorded',
  'channel.dtmf': 'dtmf',
  'recording.started': 'recording_started',
  'recording.stopped': 'recording_stopped',
}

/** How good a view of the end is: final statistics come with HANGUP_COMPLETE and, the same, with DESTROY. */
const LAST_RANK: Partial<Record<MarkKind, number>> = { completed: 4, destroyed: 3, recorded: 2, hungup: 1 }
const FIRST_RANK: Partial<Record<MarkKind, number>> = { created: 3, originated: 2 }

/** Applications that only set variables say nothing about the call. */
const QUIET_APPLICATIONS = new Set([
  'set',
  'export',
  'multiset',
  'unset',
  'log',
  'info',
  'hash',
  'db',
  'limit',
  'sched_hangup',
])

/** False when the evidence was there already. */
export function addChannelFact(leg: LegState, fact: ChannelFact): boolean {
  const data = fact.data
  const kind = KINDS[fact.type]
  if (kind === 'executed' && QUIET_APPLICATIONS.has(data.application ?? '')) return false
  if (!addMark(leg, channelMark(fact, kind))) return false
  if (leg.core === '' || fact.time >= (leg.last?.t ?? 0)) leg.core = data.core
  keepFirst(leg, { rank: FIRST_RANK[kind] ?? 1, t: fact.time, s: data.seq, data: identityOf(data) })
  keepLast(leg, { rank: LAST_RANK[kind] ?? 0, t: fact.time, s: data.seq, data })
  return true
}

function channelMark(fact: ChannelFact, kind: MarkKind): Mark {
  const data = fact.data
  const mark = { id: fact.id, t: fact.time, s: data.seq, k: kind }
  switch (kind) {
    case 'bridged':
    case 'unbridged':
      return { ...mark, a: data.bridgeA ?? data.channel, b: data.bridgeB ?? data.otherLeg }
    case 'executed':
      return { ...mark, a: data.application, b: data.applicationData?.slice(0, 200) }
    case 'dtmf':
      return { ...mark, a: data.digit, b: data.digitSource }
    case 'recording_started':
      return { ...mark, a: data.path }
    case 'recording_stopped':
      return { ...mark, a: data.path, h: claims(data) }
    case 'hungup':
      return { ...mark, a: data.cause }
    default:
      return mark
  }
}

/** What the switch claims of a recording when it stops. */
function claims(data: ChannelData): Record<string, string> {
  const claim: Record<string, string> = {}
  for (const name of ['record_ms', 'record_file_size', 'record_completion_cause', 'record_samples']) {
    const value = variable(data, name)
    if (value !== null) claim[name] = value
  }
  return claim
}

const IDENTITY_VARIABLES = [
  'user_name',
  'domain_name',
  'dialed_user',
  'dialed_domain',
  'presence_id',
  'sip_call_id',
  'sip_gateway_name',
  'sip_from_user',
  'sip_from_host',
  'sip_to_user',
  'sip_to_host',
  'sip_req_user',
  'sip_req_host',
  'sip_auth_username',
  'sip_h_X-Trunkline-User',
  'loopback_leg',
  'other_loopback_leg_uuid',
  'cc_member_session_uuid',
  'originator',
  'sip_user_agent',
]

/** The first view keeps who and where only; the rest is in the last one. */
function identityOf(data: ChannelData): ChannelData {
  const vars: Record<string, string | readonly string[]> = {}
  for (const name of IDENTITY_VARIABLES) {
    const value = data.vars[name]
    if (value !== undefined) vars[name] = value
  }
  return { ...data, vars }
}
