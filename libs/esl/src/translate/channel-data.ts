import type { ChannelData } from '@trunkline/domain'
import { integer, text, type SwitchEvent } from './event.js'
import { KEPT_VARIABLES } from './kept-variables.js'

const HEADERS = {
  name: 'Channel-Name',
  otherLeg: 'Other-Leg-Unique-ID',
  otherType: 'Other-Type',
  callerNumber: 'Caller-Caller-ID-Number',
  callerName: 'Caller-Caller-ID-Name',
  destination: 'Caller-Destination-Number',
  calleeNumber: 'Caller-Callee-ID-Number',
  calleeName: 'Caller-Callee-ID-Name',
  username: 'Caller-Username',
  rdnis: 'Caller-RDNIS',
  context: 'Caller-Context',
  networkAddress: 'Caller-Network-Addr',
  presenceId: 'Channel-Presence-ID',
  state: 'Channel-State',
  callState: 'Channel-Call-State',
  answerState: 'Answer-State',
  cause: 'Hangup-Cause',
  codec: 'Channel-Read-Codec-Name',
  application: 'Application',
  applicationData: 'Application-Data',
  bridgeA: 'Bridge-A-Unique-ID',
  bridgeB: 'Bridge-B-Unique-ID',
  oldChannel: 'Old-Unique-ID',
  digit: 'DTMF-Digit',
  digitSource: 'DTMF-Source',
  path: 'Record-File-Path',
} as const
const HEADER_ENTRIES = Object.entries(HEADERS)

const TIMES = {
  created: 'Caller-Channel-Created-Time',
  progress: 'Caller-Channel-Progress-Time',
  progressMedia: 'Caller-Channel-Progress-Media-Time',
  answered: 'Caller-Channel-Answered-Time',
  bridged: 'Caller-Channel-Bridged-Time',
  hangup: 'Caller-Channel-Hangup-Time',
  transfer: 'Caller-Channel-Transfer-Time',
} as const
const TIME_ENTRIES = Object.entries(TIMES)

const VARIABLES = KEPT_VARIABLES.map((name) => [name, `variable_${name}`] as const)

/** What a channel event says of its channel, cut down to what records are made of. */
export function channelData(event: SwitchEvent, id: { core: string; seq: number; channel: string }): ChannelData {
  const data: Record<string, unknown> = { core: id.core, seq: id.seq, channel: id.channel }
  const direction = text(event, 'Call-Direction')
  if (direction === 'inbound' || direction === 'outbound') data['direction'] = direction
  for (const [field, header] of HEADER_ENTRIES) {
    const value = text(event, header)
    if (value !== undefined) data[field] = value
  }
  const codecRate = integer(event, 'Channel-Read-Codec-Rate')
  if (codecRate !== undefined) data['codecRate'] = codecRate
  const digitTicks = integer(event, 'DTMF-Duration')
  // RFC 4733 counts in samples of 8 kHz
  if (digitTicks !== undefined) data['digitMs'] = Math.round(digitTicks / 8)
  const times: Record<string, number> = {}
  for (const [field, header] of TIME_ENTRIES) {
    const value = integer(event, header)
    if (value !== undefined && value > 0) times[field] = value
  }
  data['times'] = times
  data['vars'] = keptVariables(event)
  return data as unknown as ChannelData
}

function keptVariables(event: SwitchEvent): Record<string, string | readonly string[]> {
  const vars: Record<string, string | readonly string[]> = {}
  for (const [name, header] of VARIABLES) {
    const value = event[header]
    if (value !== undefined && value !== '') vars[name] = value
  }
  return vars
}
