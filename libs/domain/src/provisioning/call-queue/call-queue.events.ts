import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { targetSchema } from '../core/target.js'

/** Those of FreeSWITCH's mod_callcenter. */
export const QUEUE_STRATEGIES = [
  'ring-all',
  'longest-idle-agent',
  'round-robin',
  'top-down',
  'agent-with-least-talk-time',
  'agent-with-fewest-calls',
  'sequentially-by-agent-order',
  'random',
] as const

const queue = {
  id: s.string('id of the queue'),
  tenant: s.string('SIP domain'),
  number: s.string('what is dialled to enter'),
}

const settings = s.named(
  'QueueSettings',
  s.object({
    name: s.string('for people'),
    strategy: s.oneOf(QUEUE_STRATEGIES),
    music: s.string('name of a stream of music on hold at the switch'),
    recording: s.boolean(),
    maxWaitSeconds: s.nullable(s.integer('longest wait, s; null for ever')),
    maxWaitWithNoAgentSeconds: s.nullable(s.integer('longest wait while no agent is logged on, s; null for ever')),
    ringSeconds: s.integer('how long one agent is rung, s'),
    wrapUpSeconds: s.integer('rest of an agent after a call, s'),
    tierWaitSeconds: s.integer('wait before the agents of the next tier are rung too, s; 0 rings all tiers at once'),
    abandonedResumeSeconds: s.nullable(s.integer('time to come back to the old place, s; null for never')),
    overflow: s.nullable(targetSchema),
  }),
)
export type QueueSettings = s.Static<typeof settings>

const agent = s.named(
  'QueueAgent',
  s.object({
    userId: s.string(),
    tier: s.integer('1 is rung first'),
    position: s.integer('order within the tier, from 1'),
  }),
)
export type QueueAgent = s.Static<typeof agent>

export const callQueueEventDeclarations = [
  declareEvent(
    'call_queue.created',
    1,
    'A call queue was created; nobody serves it yet',
    s.object({ ...queue, settings, claimId: s.string('command that reserved the number') }),
  ),
  declareEvent('call_queue.updated', 1, 'Settings of a call queue were changed', s.object({ ...queue, settings })),
  declareEvent('call_queue.agent_added', 1, 'A user serves the queue from here on', s.object({ ...queue, agent })),
  declareEvent('call_queue.agent_changed', 1, 'An agent has another place in the queue', s.object({ ...queue, agent })),
  declareEvent(
    'call_queue.agent_removed',
    1,
    'A user serves the queue no more',
    s.object({ ...queue, userId: s.string() }),
  ),
  declareEvent(
    'call_queue.removed',
    1,
    'A call queue is gone for good',
    s.object({ ...queue, claimId: s.string('command that had reserved the number') }),
  ),
] as const

export type CallQueueEvent = EventFrom<(typeof callQueueEventDeclarations)[number]>
export const callQueueEvent = eventMaker(callQueueEventDeclarations)
