/** Facts about a switch as a whole, and what its modules say (queues, conferences, parking, gateways …). */
import * as s from '../schema/schema.js'
import { declareEvent, type FactFrom } from './declaration.js'

const core = s.string('Core-UUID (FreeSWITCH) or boot id (Kamailio)')
const seq = s.integer('Event-Sequence')

/** One row of `show channels as json`. */
export const snapshotChannel = s.object({
  channel: s.string(),
  createdAt: s.micros(),
  direction: s.optional(s.string()),
  name: s.optional(s.string()),
  state: s.optional(s.string()),
  callState: s.optional(s.string()),
  callerNumber: s.optional(s.string()),
  callerName: s.optional(s.string()),
  destination: s.optional(s.string()),
  callUuid: s.optional(s.string()),
  presenceId: s.optional(s.string()),
  application: s.optional(s.string()),
  applicationData: s.optional(s.string()),
})

/** Free headers of a module's own event: every header that is not part of the common channel block. */
const moduleEvent = s.object({
  core,
  seq,
  channel: s.optional(s.string('Unique-ID, when the event belongs to a channel')),
  action: s.string(),
  headers: s.record(s.string()),
})

export const switchFacts = [
  declareEvent(
    'switch.connected',
    1,
    'A listener is connected and subscribed',
    s.object({
      core,
      listener: s.string(),
      kind: s.optional(s.oneOf(['freeswitch', 'kamailio'])),
      hostname: s.optional(s.string()),
      version: s.optional(s.string()),
      upSince: s.optional(s.micros('start of the switch process')),
    }),
  ),
  declareEvent(
    'switch.disconnected',
    1,
    'A listener lost its connection: a gap begins',
    s.object({
      core: s.optional(core),
      listener: s.string(),
      reason: s.string(),
      lastEventAt: s.optional(s.micros('time of the last event that was seen')),
    }),
  ),
  declareEvent(
    'switch.gap',
    1,
    'Events may have been lost between two moments',
    s.object({
      core: s.optional(core),
      listener: s.string(),
      reason: s.string(),
      from: s.optional(s.micros()),
      to: s.micros(),
      missed: s.optional(s.integer('number of sessions that were missed, when known')),
    }),
  ),
  declareEvent(
    'switch.snapshot',
    1,
    'Channels that the switch listed; a failed query gives no snapshot',
    s.object({
      core,
      listener: s.string(),
      reason: s.string('connected, periodic or gap'),
      channels: s.array(snapshotChannel),
      absent: s.array(s.string(), 'channels thought open, not listed, and denied by uuid_exists'),
    }),
  ),
  declareEvent(
    'switch.heartbeat',
    1,
    'Sign of life with counters [HEARTBEAT]',
    s.object({
      core,
      seq,
      sessionCount: s.integer(),
      sessionsSinceStartup: s.integer(),
      sessionPerSecond: s.optional(s.number()),
      idleCpu: s.optional(s.number('percent')),
      upMs: s.integer('since start of the switch process, ms'),
      hostname: s.optional(s.string()),
      version: s.optional(s.string()),
    }),
  ),
  declareEvent('switch.started', 1, 'The switch process started [STARTUP]', s.object({ core, seq: s.optional(seq) })),
  declareEvent(
    'switch.stopped',
    1,
    'The switch process is going down [SHUTDOWN]',
    s.object({ core, seq: s.optional(seq) }),
  ),
  declareEvent('queue.changed', 1, 'mod_callcenter said something [callcenter::info]', moduleEvent),
  declareEvent('fifo.changed', 1, 'mod_fifo said something [fifo::info]', moduleEvent),
  declareEvent('conference.changed', 1, 'mod_conference said something [conference::maintenance]', moduleEvent),
  declareEvent('parking.changed', 1, 'mod_valet_parking said something [valet_parking::info]', moduleEvent),
  declareEvent('voicemail.changed', 1, 'mod_voicemail said something [vm::maintenance]', moduleEvent),
  declareEvent('mailbox.changed', 1, 'Messages waiting in a mailbox [MESSAGE_WAITING]', moduleEvent),
  declareEvent(
    'job.completed',
    1,
    'A background job answered [BACKGROUND_JOB]',
    s.object({
      core,
      seq,
      job: s.string(),
      command: s.string(),
      argument: s.optional(s.string()),
      ok: s.boolean(),
      body: s.string(),
    }),
  ),
] as const

export type SwitchFact = FactFrom<(typeof switchFacts)[number]>
