/**
 * Facts about one FreeSWITCH channel. All share one data shape: what the event said of the channel at that
 * moment, cut down to what correlation and records need. Names of events in brackets are FreeSWITCH's.
 */
import * as s from '../schema/schema.js'
import { declareEvent, type FactFrom } from './declaration.js'

export const channelData = s.named(
  'Channel',
  s.object({
    core: s.string('Core-UUID of the switch process'),
    seq: s.integer('Event-Sequence of the switch process'),
    channel: s.string('Unique-ID of the channel'),
    name: s.optional(s.string('Channel-Name, such as sofia/internal/1001@example.org')),
    direction: s.optional(s.oneOf(['inbound', 'outbound'], 'seen from the switch')),
    otherLeg: s.optional(s.string('Other-Leg-Unique-ID')),
    otherType: s.optional(s.string('Other-Type: originator or originatee')),
    callerNumber: s.optional(s.string()),
    callerName: s.optional(s.string()),
    destination: s.optional(s.string('Caller-Destination-Number')),
    calleeNumber: s.optional(s.string()),
    calleeName: s.optional(s.string()),
    username: s.optional(s.string('Caller-Username')),
    rdnis: s.optional(s.string()),
    context: s.optional(s.string('dialplan context')),
    networkAddress: s.optional(s.string()),
    presenceId: s.optional(s.string('user@domain of the phone')),
    state: s.optional(s.string('Channel-State, CS_…')),
    callState: s.optional(s.string('Channel-Call-State')),
    answerState: s.optional(s.string()),
    cause: s.optional(s.string('Hangup-Cause')),
    codec: s.optional(s.string('read codec')),
    codecRate: s.optional(s.integer('Hz')),
    times: s.optional(s.record(s.micros(), 'created, progress, progressMedia, answered, bridged, hangup, transfer')),
    application: s.optional(s.string()),
    applicationData: s.optional(s.string()),
    bridgeA: s.optional(s.string('Bridge-A-Unique-ID')),
    bridgeB: s.optional(s.string('Bridge-B-Unique-ID')),
    oldChannel: s.optional(s.string('Old-Unique-ID, when a channel was renamed')),
    digit: s.optional(s.string('DTMF digit')),
    digitMs: s.optional(s.integer('DTMF duration, ms')),
    digitSource: s.optional(s.string('DTMF source: RTP, INFO, …')),
    path: s.optional(s.string('Record-File-Path')),
    vars: s.record(s.either(s.string(), s.array(s.string())), 'selected channel variables, without `variable_`'),
  }),
)
export type ChannelData = s.Static<typeof channelData>

const channelEvent = <const T extends string>(type: T, description: string) =>
  declareEvent(type, 1, description, channelData)

export const channelFacts = [
  channelEvent('channel.created', 'A channel came into being [CHANNEL_CREATE]'),
  channelEvent('channel.originated', 'The switch called out on a channel [CHANNEL_ORIGINATE, CHANNEL_OUTGOING]'),
  channelEvent('channel.progressed', 'The far end rings [CHANNEL_PROGRESS]'),
  channelEvent('channel.early_media', 'Media before answer [CHANNEL_PROGRESS_MEDIA]'),
  channelEvent('channel.answered', 'The channel was answered [CHANNEL_ANSWER]'),
  channelEvent('channel.bridged', 'Two channels were joined [CHANNEL_BRIDGE]'),
  channelEvent('channel.unbridged', 'Two channels were parted [CHANNEL_UNBRIDGE]'),
  channelEvent('channel.held', 'The phone put the other side on hold [CHANNEL_HOLD]'),
  channelEvent('channel.resumed', 'The phone took the other side back [CHANNEL_UNHOLD]'),
  channelEvent('channel.executed', 'A dialplan application starts [CHANNEL_EXECUTE]'),
  channelEvent('channel.application_ended', 'A dialplan application ended [CHANNEL_EXECUTE_COMPLETE]'),
  channelEvent('channel.parked', 'The channel was parked [CHANNEL_PARK]'),
  channelEvent('channel.unparked', 'The channel left the park [CHANNEL_UNPARK]'),
  channelEvent('channel.updated', 'Caller or callee id changed [CALL_UPDATE]'),
  channelEvent('channel.renamed', 'The channel got another Unique-ID [CHANNEL_UUID]'),
  channelEvent('channel.hungup', 'Hangup begins [CHANNEL_HANGUP]'),
  channelEvent('channel.completed', 'Hangup done, with final statistics [CHANNEL_HANGUP_COMPLETE]'),
  channelEvent('channel.destroyed', 'The channel is gone [CHANNEL_DESTROY]'),
  channelEvent('channel.recorded', 'mod_json_cdr wrote the record of the channel (backstop evidence)'),
  channelEvent('channel.dtmf', 'A digit was received [DTMF]'),
  channelEvent('recording.started', 'Recording started [RECORD_START]'),
  channelEvent('recording.stopped', 'Recording stopped; a claim until checked [RECORD_STOP]'),
] as const

export type ChannelFact = FactFrom<(typeof channelFacts)[number]>
export type ChannelFactType = ChannelFact['type']
