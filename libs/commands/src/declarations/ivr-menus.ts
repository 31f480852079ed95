import { ENTRIES_MAX, MENU_MOVES } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, dialTarget, integer, list, onThing, thingTarget } from './fields.js'

const common = { group: 'Voice menus', roles: ['operator'] } as const

const action = z
  .discriminatedUnion('kind', [thingTarget, dialTarget, z.strictObject({ kind: z.enum(MENU_MOVES) })])
  .describe('where the call goes, or a move of the menu itself')

const name = z.string().describe('for people')
const greeting = z.string().describe('sound file at the switch, without folder')
const entries = list(z.strictObject({ digits: z.string().describe('1 to 4 of 0-9 * #'), action }), ENTRIES_MAX, 1)
const settings = {
  shortGreeting: z.string().nullable().optional().describe('sound file for each repetition; null for the same'),
  timeoutSeconds: integer('wait for the first digit, s').optional(),
  interDigitMs: integer('wait for each further digit, ms').optional(),
  maxInvalid: integer('wrong inputs before onInvalid').optional(),
  maxTimeouts: integer('waits in vain before onTimeout').optional(),
  onInvalid: action.optional(),
  onTimeout: action.optional(),
}

export const createIvrMenu = declareCommand({
  ...common,
  name: 'createIvrMenu',
  summary: 'Creates a voice menu',
  method: 'POST',
  path: '/ivr-menus',
  input: commandInput({
    number: z.string().describe('what is dialled to enter; never changes'),
    settings: z
      .strictObject({ name, greeting, entries, ...settings })
      .describe(
        'Left out: the same greeting again, 5 s, 2000 ms, 3 wrong inputs, 3 waits in vain, then hang up in both cases',
      ),
  }),
})

export const updateIvrMenu = declareCommand({
  ...common,
  name: 'updateIvrMenu',
  summary: 'Changes a voice menu; parts that are left out stay',
  method: 'PATCH',
  path: '/ivr-menus/{id}',
  input: onThing('menu', {
    settings: z.strictObject({
      name: name.optional(),
      greeting: greeting.optional(),
      entries: entries.optional(),
      ...settings,
    }),
  }),
})

export const removeIvrMenu = declareCommand({
  ...common,
  name: 'removeIvrMenu',
  summary: 'Removes a voice menu for good; its number is free again',
  method: 'DELETE',
  path: '/ivr-menus/{id}',
  input: onThing('menu', {}),
})
