/**
 * The events of `trunkline.calls` as declarations, beside the interfaces of call-record.ts that the code reads. The
 * proof at the end keeps the two from drifting apart: this file does not compile when they differ.
 */
import { declareEvent } from '../facts/declaration.js'
import * as s from '../schema/schema.js'
import type { CallEventData, CallEventType } from './call-events.js'
import type { CallRecord } from './call-record.js'

const at = (description: string) => s.integer(`${description}, ms since 1970-01-01 UTC by the switch's clock`)
const ms = (description: string) => s.integer(`${description}, ms`)
const text = s.nullable(s.string())

const party = s.named(
  'Party',
  s.object({
    number: s.nullable(s.string('as dialled or shown; null when withheld')),
    name: text,
    user: s.nullable(s.string('user@domain when the party is one of our users')),
  }),
)

const answerer = s.named(
  'Answerer',
  s.object({
    kind: s.oneOf(['user', 'external', 'agent', 'queue', 'fifo', 'conference', 'voicemail', 'ivr', 'application']),
    number: text,
    name: text,
    user: text,
    legId: text,
  }),
)

const relatedCall = s.named(
  'RelatedCall',
  s.object({
    callId: s.string(),
    relation: s.oneOf([
      'consultation',
      'attended_transfer',
      'park_retrieval',
      'pickup',
      'eavesdrop',
      'queue',
      'bridged',
      'same_dialog',
    ]),
  }),
)

const transfer = s.named(
  'Transfer',
  s.object({
    type: s.oneOf(['blind', 'attended', 'api']),
    at: at('when'),
    by: s.nullable(s.string('number of who transferred; null when a command did')),
    transferee: text,
    target: text,
  }),
)

const hold = s.named(
  'Hold',
  s.object({
    by: s.nullable(s.string('number of who held')),
    legId: s.string(),
    from: at('begin'),
    to: s.nullable(at('end')),
  }),
)

const queueVisit = s.named(
  'QueueVisit',
  s.object({
    name: s.string(),
    kind: s.oneOf(['callcenter', 'fifo']),
    joinedAt: at('begin of the wait'),
    leftAt: s.nullable(at('end of the visit')),
    answeredAt: s.nullable(at('an agent was bridged')),
    waitMs: s.nullable(ms('time waited')),
    agent: text,
    outcome: s.oneOf(['waiting', 'answered', 'abandoned', 'timeout', 'failed']),
    role: s.oneOf(['caller', 'consumer'], 'what this call is in the queue: who waits, or who serves'),
  }),
)

const conferenceVisit = s.named(
  'ConferenceVisit',
  s.object({
    name: s.string(),
    memberId: text,
    joinedAt: at('joined'),
    leftAt: s.nullable(at('left')),
    kicked: s.boolean(),
  }),
)

const parking = s.named(
  'Parking',
  s.object({
    lot: s.string(),
    slot: s.string(),
    by: s.nullable(s.string('number of who parked')),
    parkedAt: at('parked'),
    retrievedAt: s.nullable(at('retrieved')),
    retrievedBy: s.nullable(s.string('number of who took it')),
  }),
)

const recording = s.named(
  'Recording',
  s.object({
    id: s.string(),
    callId: text,
    legId: text,
    conference: text,
    path: s.string('where the switch wrote it'),
    state: s.oneOf(['recording', 'completed', 'damaged']),
    startedAt: at('begin of the audio'),
    stoppedAt: s.nullable(at('end')),
    durationMs: s.nullable(s.number('as the switch claims, ms; null when it did not say')),
    reason: s.nullable(s.string('why it is damaged')),
  }),
)

const quality = s.named(
  'Quality',
  s.object({
    mos: s.nullable(s.number('mean opinion score, 1 to 5')),
    jitterMs: s.nullable(s.number('ms')),
    lossPercent: s.nullable(s.number('percent')),
    packetsReceived: s.nullable(s.number()),
  }),
)

const leg = s.named(
  'Leg',
  s.object({
    id: s.string(
      'Unique-ID of the channel (FreeSWITCH); dialog/node/Call-ID of a proxy, with /callee for the far side',
    ),
    role: s.oneOf([
      'caller',
      'callee',
      'fork',
      'transfer_target',
      'agent',
      'consultation',
      'retriever',
      'parked',
      'interceptor',
      'eavesdropper',
      'peer',
      'loopback',
    ]),
    direction: s.oneOf(['inbound', 'outbound'], 'seen from the switch'),
    number: text,
    name: text,
    user: text,
    sipCallId: text,
    gateway: text,
    networkAddress: text,
    userAgent: text,
    startedAt: at('created'),
    ringingAt: s.nullable(at('ringing or early media')),
    answeredAt: s.nullable(at('answered')),
    endedAt: s.nullable(at('hung up')),
    talkMs: ms('answer to end; 0 while open'),
    cause: s.nullable(s.string('hangup cause, Q.850 name')),
    sipStatus: s.nullable(s.integer('final SIP status')),
    hungUpBy: s.nullable(s.oneOf(['peer', 'switch'])),
    codec: text,
    quality: s.nullable(quality),
    how: s.oneOf(['observed', 'inferred'], 'how its end is known'),
  }),
)

const knowledge = s.named(
  'Knowledge',
  s.object({
    how: s.oneOf(['observed', 'inferred'], 'how the end is known: seen, or concluded within bounds'),
    notBefore: s.nullable(at('lower bound of an inferred end')),
    notAfter: s.nullable(at('upper bound of an inferred end')),
    reason: text,
  }),
)

const timelineEntry = s.named(
  'TimelineEntry',
  s.object({ at: at('when'), what: s.string(), legId: text, detail: text }),
)

/** The whole record of a call, as every event of it carries it. */
export const callRecordSchema = s.named(
  'Call',
  s.object({
    id: s.string(),
    conversationId: s.string('calls that touch share it'),
    kind: s.oneOf(['call', 'hop'], "hop: a proxy's dialog that a switch's call tells of already"),
    related: s.array(relatedCall),
    switch: s.string('name of the switch'),
    tenant: s.string("SIP domain; '' when none is known"),
    direction: s.oneOf(['internal', 'inbound', 'outbound']),
    from: party,
    to: party,
    state: s.oneOf(['started', 'ringing', 'answered', 'held', 'unknown', 'ended']),
    lifecycle: s.oneOf(['live', 'final', 'amended']),
    disposition: s.nullable(
      s.oneOf([
        'answered',
        'no_answer',
        'busy',
        'rejected',
        'cancelled',
        'failed',
        'abandoned',
        'voicemail',
        'unknown',
      ]),
    ),
    startedAt: at('begin'),
    ringingAt: s.nullable(at('first ringing or early media')),
    answeredAt: s.nullable(at('the caller was answered')),
    endedAt: s.nullable(at('end of the last leg')),
    ringMs: s.nullable(ms('ringing to answer or end')),
    talkMs: s.nullable(ms('answer to end; 0 when not answered, null while it goes on')),
    holdMs: ms('time with at least one leg on hold, of holds that are over'),
    pddMs: s.nullable(ms('post-dial delay: begin to ringing')),
    cause: s.nullable(s.string('hangup cause, Q.850 name')),
    sipStatus: s.nullable(s.integer('final SIP status')),
    hungUpBy: s.nullable(
      s.oneOf([
        'caller',
        'callee',
        'transfer_target',
        'agent',
        'consumer',
        'retriever',
        'interceptor',
        'system',
        'unknown',
      ]),
    ),
    answeredBy: s.nullable(answerer),
    trunk: s.nullable(s.string("gateway, or the trunk's address; null for internal calls")),
    did: s.nullable(s.string('the number that an outside caller dialled')),
    routedTo: s.nullable(s.string('where the dialplan sent the caller, when not to the dialled number')),
    queue: s.nullable(queueVisit),
    queueVisits: s.array(queueVisit),
    conference: s.nullable(conferenceVisit),
    conferenceVisits: s.array(conferenceVisit),
    parking: s.nullable(parking),
    voicemail: s.nullable(s.named('Voicemail', s.object({ box: s.string('user@domain'), leftMessage: s.boolean() }))),
    transfers: s.array(transfer),
    holds: s.array(hold),
    recordings: s.array(recording),
    quality: s.nullable(quality),
    known: knowledge,
    legs: s.array(leg),
    timeline: s.array(timelineEntry),
    revision: s.integer('pieces of evidence on the own legs and links'),
  }),
)

const step = { at: at('when it happened'), call: callRecordSchema }
const callEventData = s.object(step)
const callMergedData = s.object({
  ...step,
  mergedInto: s.string('id of the call that `call` turned out to be a part of; `call` is to be taken away'),
})

const callEvent = <const T extends CallEventType>(type: T, description: string) =>
  declareEvent(type, 1, description, callEventData)

export const callEventDeclarations = [
  callEvent('call.started', 'A call began'),
  callEvent('call.ringing', 'The far end rings, or early media came'),
  callEvent('call.answered', 'The caller was answered, by a person or by an application'),
  callEvent('call.held', 'A side put the call on hold'),
  callEvent('call.resumed', 'A hold is over'),
  callEvent('call.transferred', 'A party was transferred'),
  callEvent('call.recording_started', 'Recording began'),
  callEvent('call.recording_stopped', 'A recording is complete, as far as the switch claims'),
  callEvent('call.recording_damaged', 'A recording holds no audio or was never stopped'),
  callEvent('call.ended', 'The last leg is over, seen or inferred'),
  callEvent('call.amended', 'The record changed in a way that is none of the other events, also after the end'),
  declareEvent('call.merged', 1, 'The call turned out to be a part of another one', callMergedData),
] as const

type Assignable<From extends To, To> = [From, To]
type Declared = s.Static<typeof callRecordSchema>
type Step = s.Static<typeof callEventData>
type CallSteps = Omit<CallEventData, 'mergedInto'>

/** Proof, by the compiler alone, that schemas and interfaces describe the same values, and that no type is left out. */
export type CallEventsAgree = [
  Assignable<Declared, CallRecord>,
  Assignable<CallRecord, Declared>,
  Assignable<Step, CallSteps>,
  Assignable<CallSteps, Step>,
  Assignable<s.Static<typeof callMergedData>, Required<CallEventData>>,
  Assignable<CallEventType, (typeof callEventDeclarations)[number]['type']>,
]
