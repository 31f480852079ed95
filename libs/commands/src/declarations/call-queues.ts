import { QUEUE_STRATEGIES } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, integer, onThing, target, uuid } from './fields.js'

const common = { group: 'Call queues', roles: ['operator'] } as const

const name = z.string().describe('for people')
const seconds = (description: string) => integer(`${description}, s`).optional()
const orNever = (description: string) => integer(`${description}, s`).nullable().optional()

const settings = {
  strategy: z.enum(QUEUE_STRATEGIES).optional().describe("who is rung, as in FreeSWITCH's mod_callcenter"),
  music: z.string().optional().describe('name of a stream of music on hold at the switch'),
  recording: z.boolean().optional(),
  maxWaitSeconds: orNever('longest wait; null for ever'),
  maxWaitWithNoAgentSeconds: orNever('longest wait while no agent is logged on; null for ever'),
  ringSeconds: seconds('how long one agent is rung'),
  wrapUpSeconds: seconds('rest of an agent after a call'),
  tierWaitSeconds: seconds('wait before the agents of the next tier are rung too; 0 rings all tiers at once'),
  abandonedResumeSeconds: orNever('time to come back to the old place; null for never'),
  overflow: target.nullable().optional().describe('where a call goes that has waited in vain'),
}

export const createCallQueue = declareCommand({
  ...common,
  name: 'createCallQueue',
  summary: 'Creates a call queue; nobody serves it yet',
  method: 'POST',
  path: '/call-queues',
  input: commandInput({
    number: z.string().describe('what is dialled to enter; never changes'),
    settings: z
      .strictObject({ name, ...settings })
      .describe(
        'Left out: longest-idle-agent, music moh, no recording, waits of 600 s and without agents 60 s, ringing 20 s, rest 10 s, tiers after 30 s, no return to the old place, no overflow',
      ),
  }),
})

export const updateCallQueue = declareCommand({
  ...common,
  name: 'updateCallQueue',
  summary: 'Changes settings of a call queue; parts that are left out stay',
  method: 'PATCH',
  path: '/call-queues/{id}',
  input: onThing('queue', { settings: z.strictObject({ name: name.optional(), ...settings }) }),
})

export const removeCallQueue = declareCommand({
  ...common,
  name: 'removeCallQueue',
  summary: 'Removes a call queue for good; its number is free again',
  method: 'DELETE',
  path: '/call-queues/{id}',
  input: onThing('queue', {}),
})

export const putQueueAgent = declareCommand({
  ...common,
  name: 'putQueueAgent',
  summary: 'Lets a user serve a queue, or gives an agent another place in it',
  method: 'PUT',
  path: '/call-queues/{id}/agents/{userId}',
  input: onThing('queue', {
    userId: uuid('id of the user'),
    tier: integer('1, as when left out, is rung first').optional(),
    position: integer('order within the tier, from 1, as when left out').optional(),
  }),
})

export const removeQueueAgent = declareCommand({
  ...common,
  name: 'removeQueueAgent',
  summary: 'Takes a user off a queue',
  method: 'DELETE',
  path: '/call-queues/{id}/agents/{userId}',
  input: onThing('queue', { userId: uuid('id of the user') }),
})
