/** One FreeSWITCH event in, one fact out. Nothing is decided here; what a call is, libs/domain says. */
import type { ChannelFactType, Fact } from '@trunkline/domain'
import { channelData } from './channel-data.js'
import { integer, text, type SwitchEvent } from './event.js'
import { identify, type EventIdentity } from './identity.js'
import { registrationFact } from './registration-facts.js'

const CHANNEL_EVENTS: Readonly<Record<string, ChannelFactType>> = {
  CHANNEL_CREATE: 'channel.created',
  CHANNEL_ORIGINATE: 'channel.originated',
  CHANNEL_OUTGOING: 'channel.originated',
  CHANNEL_PROGRESS: 'channel.progressed',
  CHANNEL_PROGRESS_MEDIA: 'channel.early_media',
  CHANNEL_ANSWER: 'channel.answered',
  CHANNEL_BRIDGE: 'channel.bridged',
  CHANNEL_UNBRIDGE: 'channel.unbridged',
  CHANNEL_HOLD: 'channel.held',
  CHANNEL_UNHOLD: 'channel.resumed',
  CHANNEL_EXECUTE: 'channel.executed',
  CHANNEL_EXECUTE_COMPLETE: 'channel.application_ended',
  CHANNEL_PARK: 'channel.parked',
  CHANNEL_UNPARK: 'channel.unparked',
  CALL_UPDATE: 'channel.updated',
  CHANNEL_UUID: 'channel.renamed',
  CHANNEL_HANGUP: 'channel.hungup',
  CHANNEL_HANGUP_COMPLETE: 'channel.completed',
  CHANNEL_DESTROY: 'channel.destroyed',
  DTMF: 'channel.dtmf',
  RECORD_START: 'recording.started',
  RECORD_STOP: 'recording.stopped',
}

const MODULE_EVENTS = {
  'callcenter::info': 'queue.changed',
  'fifo::info': 'fifo.changed',
  'conference::maintenance': 'conference.changed',
  'valet_parking::info': 'parking.changed',
  'vm::maintenance': 'voicemail.changed',
} as const

/** Names for `event json …`: everything that {@link translate} turns into a fact. */
export const SUBSCRIBED_EVENTS: readonly string[] = [
  ...Object.keys(CHANNEL_EVENTS).filter((name) => name !== 'CHANNEL_EXECUTE_COMPLETE'),
  'HEARTBEAT',
  'STARTUP',
  'SHUTDOWN',
  'BACKGROUND_JOB',
  'MESSAGE',
  'MESSAGE_WAITING',
]
/** Subclasses for `event json CUSTOM …`. */
export const SUBSCRIBED_SUBCLASSES: readonly string[] = [
  ...Object.keys(MODULE_EVENTS),
  'sofia::register',
  'sofia::unregister',
  'sofia::expire',
  'sofia::register_failure',
  'sofia::gateway_state',
  'sofia::gateway_add',
  'sofia::gateway_del',
]

/** The fact that an event tells, or undefined when Trunkline has no use for the event or it cannot be identified. */
export function translate(event: SwitchEvent, switchName: string): Fact | undefined {
  const name = text(event, 'Event-Name')
  if (name === undefined) return undefined
  const identity = identify(event, switchName)
  if (identity === undefined) return undefined
  const type = CHANNEL_EVENTS[name]
  if (type !== undefined) return channelFact(event, identity, type)
  switch (name) {
    case 'CUSTOM':
      return customFact(event, identity)
    case 'HEARTBEAT':
      return heartbeat(event, identity)
    case 'STARTUP':
      return { ...identity.fact, type: 'switch.started', data: { core: identity.core, seq: identity.seq } }
    case 'SHUTDOWN':
      return { ...identity.fact, type: 'switch.stopped', data: { core: identity.core, seq: identity.seq } }
    case 'BACKGROUND_JOB':
      return job(event, identity)
    case 'MESSAGE':
      return message(event, identity)
    case 'MESSAGE_WAITING':
      return moduleFact(event, identity, 'mailbox.changed')
    default:
      return undefined
  }
}

function channelFact(event: SwitchEvent, identity: EventIdentity, type: ChannelFactType): Fact | undefined {
  const channel = text(event, 'Unique-ID') ?? text(event, 'Caller-Unique-ID')
  if (channel === undefined) return undefined
  return { ...identity.fact, type, data: channelData(event, { core: identity.core, seq: identity.seq, channel }) }
}

function customFact(event: SwitchEvent, identity: EventIdentity): Fact | undefined {
  const subclass = text(event, 'Event-Subclass') ?? ''
  if (subclass in MODULE_EVENTS)
    return moduleFact(event, identity, MODULE_EVENTS[subclass as keyof typeof MODULE_EVENTS])
  return registrationFact(event, identity, subclass)
}

/** Who talks in a conference changes several times a second and says nothing about the call. */
const CHATTER = new Set([
  'start-talking',
  'stop-talking',
  'floor-change',
  'energy-level',
  'play-file',
  'play-file-done',
])
const COMMON_HEADER =
  /^(?:variable_|Event-|Core-|FreeSWITCH-|Other-Leg-|Channel-|Caller-(?!Caller-ID)|Presence-|Answer-)/

function moduleFact(
  event: SwitchEvent,
  identity: EventIdentity,
  type: (typeof MODULE_EVENTS)[keyof typeof MODULE_EVENTS] | 'mailbox.changed',
): Fact | undefined {
  const action =
    text(event, 'CC-Action') ??
    text(event, 'FIFO-Action') ??
    text(event, 'VM-Action') ??
    text(event, 'Action') ??
    text(event, 'Update-Reason') ??
    ''
  if (CHATTER.has(action)) return undefined
  const headers: Record<string, string> = {}
  for (const name of Object.keys(event)) {
    if (COMMON_HEADER.test(name)) continue
    const value = text(event, name)
    if (value !== undefined) headers[name] = value
  }
  return {
    ...identity.fact,
    type,
    data: { core: identity.core, seq: identity.seq, channel: text(event, 'Unique-ID'), action, headers },
  }
}

function heartbeat(event: SwitchEvent, identity: EventIdentity): Fact {
  const idle = Number(text(event, 'Idle-CPU'))
  return {
    ...identity.fact,
    type: 'switch.heartbeat',
    data: {
      core: identity.core,
      seq: identity.seq,
      sessionCount: integer(event, 'Session-Count') ?? 0,
      sessionsSinceStartup: integer(event, 'Session-Since-Startup') ?? 0,
      sessionPerSecond: integer(event, 'Session-Per-Sec-Last'),
      idleCpu: Number.isFinite(idle) ? idle : undefined,
      upMs: integer(event, 'Uptime-msec') ?? 0,
      hostname: text(event, 'FreeSWITCH-Hostname'),
      version: text(event, 'FreeSWITCH-Version'),
    },
  }
}

function job(event: SwitchEvent, identity: EventIdentity): Fact {
  const body = text(event, '_body') ?? ''
  return {
    ...identity.fact,
    type: 'job.completed',
    data: {
      core: identity.core,
      seq: identity.seq,
      job: text(event, 'Job-UUID') ?? '',
      command: text(event, 'Job-Command') ?? '',
      argument: text(event, 'Job-Command-Arg'),
      ok: body.startsWith('+OK'),
      body: body.slice(0, 4096),
    },
  }
}

function message(event: SwitchEvent, identity: EventIdentity): Fact {
  const address = (side: 'from' | 'to') =>
    text(event, `${side}_user`) !== undefined
      ? `${text(event, `${side}_user`)}@${text(event, `${side}_host`) ?? ''}`
      : (text(event, side) ?? '')
  return {
    ...identity.fact,
    type: 'message.changed',
    data: {
      core: identity.core,
      seq: identity.seq,
      message: identity.fact.id,
      state: 'received',
      from: address('from'),
      to: address('to'),
      contentType: text(event, 'type'),
      body: text(event, '_body'),
      source: text(event, 'from_sip_ip'),
    },
  }
}
