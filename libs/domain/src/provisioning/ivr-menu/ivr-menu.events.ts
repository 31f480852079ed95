import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { targetSchema } from '../core/target.js'

/** What a menu can do by itself, as FreeSWITCH's menu-sub, menu-back, menu-top, menu-exit have it. */
export const MENU_MOVES = ['repeat', 'back', 'top', 'hang_up'] as const

const menu = {
  id: s.string('id of the menu'),
  tenant: s.string('SIP domain'),
  number: s.string('what is dialled to enter'),
}

const action = s.named('MenuAction', s.either(targetSchema, s.object({ kind: s.oneOf(MENU_MOVES) })))
export type MenuAction = s.Static<typeof action>

const settings = s.named(
  'MenuSettings',
  s.object({
    name: s.string('for people'),
    greeting: s.string('sound file at the switch, without folder'),
    shortGreeting: s.nullable(s.string('sound file for each repetition; null for the same')),
    entries: s.array(s.object({ digits: s.string('1 to 4 of 0-9 * #'), action })),
    timeoutSeconds: s.integer('wait for the first digit, s'),
    interDigitMs: s.integer('wait for each further digit, ms'),
    maxInvalid: s.integer('wrong inputs before onInvalid'),
    maxTimeouts: s.integer('waits in vain before onTimeout'),
    onInvalid: action,
    onTimeout: action,
  }),
)
export type MenuSettings = s.Static<typeof settings>

export const ivrMenuEventDeclarations = [
  declareEvent(
    'ivr_menu.created',
    1,
    'A voice menu was created',
    s.object({ ...menu, settings, claimId: s.string('command that reserved the number') }),
  ),
  declareEvent('ivr_menu.updated', 1, 'A voice menu was changed', s.object({ ...menu, settings })),
  declareEvent(
    'ivr_menu.removed',
    1,
    'A voice menu is gone for good',
    s.object({ ...menu, claimId: s.string('command that had reserved the number') }),
  ),
] as const

export type IvrMenuEvent = EventFrom<(typeof ivrMenuEventDeclarations)[number]>
export const ivrMenuEvent = eventMaker(ivrMenuEventDeclarations)
