import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { targetSchema } from '../core/target.js'

const number = {
  id: s.string('id of the number'),
  tenant: s.string('SIP domain'),
  number: s.string('E.164, with +'),
}

export const numberEventDeclarations = [
  declareEvent(
    'number.added',
    1,
    'A telephone number (DID) came to a tenant; calls to it lead nowhere yet',
    s.object({ ...number, claimId: s.string('command that reserved it') }),
  ),
  declareEvent(
    'number.assigned',
    1,
    'Calls to the number lead to a target from here on',
    s.object({ ...number, target: targetSchema }),
  ),
  declareEvent(
    'number.released',
    1,
    'Calls to the number lead nowhere any more; the tenant keeps it',
    s.object({ ...number, formerTarget: targetSchema }),
  ),
  declareEvent(
    'number.removed',
    1,
    'The tenant gave the number up',
    s.object({ ...number, claimId: s.string('command that had reserved it') }),
  ),
] as const

export type NumberEvent = EventFrom<(typeof numberEventDeclarations)[number]>
export const numberEvent = eventMaker(numberEventDeclarations)
