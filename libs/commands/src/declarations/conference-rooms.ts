import { MODERATORS_MAX } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, integer, list, onThing, pin, uuid } from './fields.js'

const common = { group: 'Conference rooms', roles: ['operator'] } as const

const name = z.string().describe('for people')
const settings = {
  maxMembers: integer('most members at a time').optional(),
  recording: z.enum(['never', 'always', 'on_command']).optional(),
  pin: pin.nullable().optional().describe('null for an open room'),
  moderatorPin: pin.nullable().optional().describe('who enters with it moderates'),
  moderators: list(uuid('id of a user'), MODERATORS_MAX).optional().describe('users who moderate without a PIN'),
  waitForModerator: z.boolean().optional().describe('members hear music until a moderator comes'),
}

export const createConferenceRoom = declareCommand({
  ...common,
  name: 'createConferenceRoom',
  summary: 'Creates a conference room',
  method: 'POST',
  path: '/conference-rooms',
  input: commandInput({
    number: z.string().describe('what is dialled to enter; never changes'),
    settings: z
      .strictObject({ name, ...settings })
      .describe('Left out: 50 members, recorded on command, no PINs, no moderators, no waiting'),
  }),
})

export const updateConferenceRoom = declareCommand({
  ...common,
  name: 'updateConferenceRoom',
  summary: 'Changes settings of a conference room; parts that are left out stay',
  method: 'PATCH',
  path: '/conference-rooms/{id}',
  input: onThing('room', { settings: z.strictObject({ name: name.optional(), ...settings }) }),
})

export const removeConferenceRoom = declareCommand({
  ...common,
  name: 'removeConferenceRoom',
  summary: 'Removes a conference room for good; its number is free again',
  method: 'DELETE',
  path: '/conference-rooms/{id}',
  input: onThing('room', {}),
})
