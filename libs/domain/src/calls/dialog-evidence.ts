/**
 * A proxy sees one dialog where a switch sees two channels. Its facts are told as two legs, one of the caller and one
 * of the callee, so that everything after this knows legs only. Leg ids: `dialog/<node>/<Call-ID>` and the same with
 * `/callee`; the call has the id of the first.
 */
import type { ChannelData, ChannelFact, ChannelFactType } from '../facts/channel.facts.js'
import type { DialogFact } from '../facts/dialog.facts.js'
import { shortText } from './short-text.js'
import type { SnapshotFact } from './snapshot-evidence.js'

type OneDialogFact = Exclude<DialogFact, { type: 'dialog.snapshot' }>

export function isDialogFact(fact: { readonly type: string }): fact is DialogFact {
  return fact.type.startsWith('dialog.')
}

export function dialogLegs(node: string, callId: string): { caller: string; callee: string } {
  const caller = `dialog/${node}/${shortText(callId)}`
  return { caller, callee: `${caller}/callee` }
}

/** True for legs that a proxy's dialog stands for. */
export function isDialogLeg(legId: string): boolean {
  return legId.startsWith('dialog/')
}

export function dialogEvidence(fact: OneDialogFact): ChannelFact[] {
  const legs = dialogLegs(fact.key, fact.data.callId)
  const caller = (type: ChannelFactType, more: Partial<ChannelData> = {}) =>
    legFact(fact, { type, channel: legs.caller, more })
  const callee = (type: ChannelFactType, more: Partial<ChannelData> = {}) =>
    legFact(fact, { type, channel: legs.callee, more })
  switch (fact.type) {
    case 'dialog.started':
      return [caller('channel.created'), callee('channel.created')]
    case 'dialog.progressed':
      return rings(fact.data.status) ? [callee('channel.progressed')] : []
    case 'dialog.answered':
      return [
        caller('channel.answered'),
        callee('channel.answered'),
        caller('channel.bridged', { bridgeA: legs.caller, bridgeB: legs.callee }),
      ]
    case 'dialog.confirmed':
      return []
    case 'dialog.ended':
      return [
        caller('channel.completed', ending('NORMAL_CLEARING', fact.data.by === 'caller' ? 'recv_bye' : 'send_bye')),
        callee('channel.completed', ending('NORMAL_CLEARING', fact.data.by === 'callee' ? 'recv_bye' : 'send_bye')),
      ]
    case 'dialog.failed': {
      const status = fact.data.status ?? 500
      const cause = CAUSES[status] ?? (status >= 600 ? 'CALL_REJECTED' : 'NORMAL_TEMPORARY_FAILURE')
      const cancelled = status === 487
      return [
        caller('channel.completed', ending(cause, cancelled ? 'recv_cancel' : 'send_refuse', status)),
        callee(
          'channel.completed',
          ending(cause, cancelled || fact.data.by === 'system' ? 'send_cancel' : 'recv_refuse', status),
        ),
      ]
    }
  }
}

/** 100 Trying comes from the next hop, not from a phone. */
function rings(status: number | undefined): boolean {
  return status !== undefined && status > 100 && status < 200
}

function ending(cause: string, disposition: string, status?: number): Partial<ChannelData> {
  const vars: Record<string, string> = { sip_hangup_disposition: disposition }
  // the proxy passed this very status on to the caller
  if (status !== undefined)
    Object.assign(vars, { sip_term_status: String(status), last_bridge_proto_specific_hangup_cause: `sip:${status}` })
  return { cause, vars }
}

/** Q.850 cause that a switch gives for a final SIP status (RFC 3398, section 8.2.6.1, as mod_sofia names them). */
const CAUSES: Readonly<Record<number, string>> = {
  403: 'CALL_REJECTED',
  404: 'UNALLOCATED_NUMBER',
  408: 'NO_ANSWER',
  410: 'NUMBER_CHANGED',
  480: 'NO_ANSWER',
  484: 'INVALID_NUMBER_FORMAT',
  486: 'USER_BUSY',
  487: 'ORIGINATOR_CANCEL',
  488: 'INCOMPATIBLE_DESTINATION',
  500: 'NORMAL_TEMPORARY_FAILURE',
  503: 'NORMAL_TEMPORARY_FAILURE',
  600: 'USER_BUSY',
  603: 'CALL_REJECTED',
  604: 'UNALLOCATED_NUMBER',
}

function legFact(
  fact: OneDialogFact,
  leg: { type: ChannelFactType; channel: string; more: Partial<ChannelData> },
): ChannelFact {
  const data = fact.data
  const legs = dialogLegs(fact.key, data.callId)
  const isCaller = leg.channel === legs.caller
  const user = isCaller ? data.authUser : internalTarget(data)
  const vars: Record<string, string> = { sip_call_id: data.callId }
  if (user !== undefined) Object.assign(vars, splitUser(user))
  if (data.userAgent !== undefined && isCaller) vars['sip_user_agent'] = data.userAgent
  if (data.trunk !== undefined && (data.direction === 'outbound') !== isCaller) vars['sip_gateway_name'] = data.trunk
  if (!isCaller) vars['originator'] = legs.caller
  return {
    id: `${fact.id}/${leg.type}/${isCaller ? 'caller' : 'callee'}`,
    type: leg.type,
    version: 1,
    key: fact.key,
    time: fact.time,
    data: {
      core: data.core,
      seq: data.seq ?? 0,
      channel: leg.channel,
      direction: isCaller ? 'inbound' : 'outbound',
      callerNumber: localPart(data.from),
      callerName: data.fromName,
      destination: localPart(data.to),
      networkAddress: isCaller ? data.source : undefined,
      presenceId: isCaller ? undefined : user,
      ...leg.more,
      vars: { ...vars, ...leg.more.vars },
    },
  }
}

function internalTarget(data: OneDialogFact['data']): string | undefined {
  return data.direction === 'outbound' ? undefined : data.to
}

function splitUser(user: string): Record<string, string> {
  const at = user.indexOf('@')
  return at < 0 ? { user_name: user } : { user_name: user.slice(0, at), domain_name: user.slice(at + 1) }
}

function localPart(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const at = address.indexOf('@')
  return at < 0 ? address : address.slice(0, at)
}

/** A proxy's list of dialogs as a list of legs. States 3 and 4 are confirmed ones; 5 stands for a dialog that is over. */
export function dialogSnapshot(fact: Extract<DialogFact, { type: 'dialog.snapshot' }>): SnapshotFact {
  const channels = fact.data.dialogs
    .filter((dialog) => dialog.state < 5)
    .flatMap((dialog) => {
      const legs = dialogLegs(fact.key, dialog.callId)
      const row = {
        createdAt: dialog.startedAt ?? fact.time,
        callerNumber: localPart(dialog.from),
        destination: localPart(dialog.to),
        callState: dialog.state >= 3 ? 'ACTIVE' : 'RINGING',
      }
      return [
        { ...row, channel: legs.caller, direction: 'inbound' },
        { ...row, channel: legs.callee, direction: 'outbound', callUuid: legs.caller },
      ]
    })
  const { id, version, key, time } = fact
  return {
    id,
    version,
    key,
    time,
    type: 'switch.snapshot',
    data: { core: fact.data.core, listener: 'dialog', reason: fact.data.reason, channels, absent: [] },
  }
}
