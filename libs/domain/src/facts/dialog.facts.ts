/** Facts about SIP dialogs seen by a proxy (Kamailio's dialog module). One dialog is one call attempt at the proxy. */
import * as s from '../schema/schema.js'
import { declareEvent, type FactFrom } from './declaration.js'

const dialogData = s.named(
  'Dialog',
  s.object({
    core: s.string('boot id'),
    seq: s.optional(s.integer()),
    dialog: s.string('h_entry:h_id of the dialog at this boot'),
    callId: s.string('SIP Call-ID'),
    fromTag: s.optional(s.string()),
    toTag: s.optional(s.string()),
    from: s.optional(s.string('user@domain of From')),
    fromName: s.optional(s.string()),
    authUser: s.optional(s.string('authenticated user@domain')),
    to: s.optional(s.string('user@domain as dialled (Request-URI)')),
    target: s.optional(s.string('where it was sent after routing')),
    source: s.optional(s.string('ip:port of the caller')),
    trunk: s.optional(s.string('gateway the call came from or went to')),
    direction: s.optional(s.oneOf(['internal', 'inbound', 'outbound'])),
    userAgent: s.optional(s.string()),
    status: s.optional(s.integer('SIP status')),
    reason: s.optional(s.string()),
    by: s.optional(s.oneOf(['caller', 'callee', 'system'])),
    startedAt: s.optional(s.micros('start as the proxy knows it, whole seconds')),
  }),
)
export type DialogData = s.Static<typeof dialogData>

const dialogEvent = <const T extends string>(type: T, description: string) =>
  declareEvent(type, 1, description, dialogData)

export const dialogFacts = [
  dialogEvent('dialog.started', 'An INVITE arrived'),
  dialogEvent('dialog.progressed', 'A provisional reply passed'),
  dialogEvent('dialog.answered', 'A 200 OK passed'),
  dialogEvent('dialog.confirmed', 'The ACK passed'),
  dialogEvent('dialog.ended', 'The dialog ended after answer'),
  dialogEvent('dialog.failed', 'The call attempt failed'),
  declareEvent(
    'dialog.snapshot',
    1,
    'Dialogs that the proxy listed; a failed query gives no snapshot',
    s.object({
      core: s.string(),
      reason: s.string(),
      dialogs: s.array(
        s.object({
          dialog: s.string(),
          callId: s.string(),
          state: s.integer(),
          startedAt: s.optional(s.micros()),
          from: s.optional(s.string()),
          to: s.optional(s.string()),
        }),
      ),
    }),
  ),
] as const

export type DialogFact = FactFrom<(typeof dialogFacts)[number]>
