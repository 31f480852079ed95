/** What call.* events say of a dialog. */
import type { DialogData } from '@trunkline/domain'
import { EventReader } from './event-reader.js'
import type { KamailioEvent } from './kamailio-event.js'
import { addressOf, displayName, gatewayOf } from './sip-text.js'

export function dialogData(event: KamailioEvent): DialogData {
  const fields = new EventReader(event)
  const read = (names: readonly string[], by: (value: string) => string) => {
    const value = fields.text(...names)
    return value === undefined ? undefined : by(value)
  }
  const entry = fields.text('dlg_entry')
  const start = fields.integer('start_ts', 'start') ?? 0
  const trunk = read(['trunk'], gatewayOf)
  const authUser = authenticated(fields)
  return {
    core: event.boot,
    seq: event.seq,
    dialog: fields.text('dlg') ?? (entry === undefined ? '' : `${entry}:${fields.text('dlg_id') ?? ''}`),
    callId: fields.text('callid') ?? '',
    fromTag: fields.text('from_tag', 'fromTag'),
    toTag: fields.text('to_tag', 'toTag', 'msg_tt'),
    from: read(['from'], addressOf),
    fromName: read(['from_name', 'fromName'], displayName),
    authUser,
    // the header To may say anything: the Request-URI is what was dialled
    to: read(['ruri', 'to'], addressOf),
    target: read(['target'], addressOf),
    source: fields.source(),
    trunk,
    direction: directionOf(fields.text('dir'), { trunk, authUser }),
    userAgent: fields.text('ua'),
    status: fields.integer('fcode') ?? fields.integer('code'),
    reason: fields.text('reason'),
    by: partyOf(fields.text('by')),
    startedAt: start > 0 ? start * 1_000_000 : undefined,
  }
}

/** 487 is the caller who gave up; a reply of the far end is the callee's; without one it was a timer or our own answer. */
export function failedDialogData(event: KamailioEvent): DialogData {
  const fields = new EventReader(event)
  const data = dialogData(event)
  const cancelled = fields.text('fcancel') === '1' || data.status === 487
  const replied = fields.text('fcode') !== undefined && fields.text('code') !== undefined
  return { ...data, by: data.by ?? (cancelled ? 'caller' : replied ? 'callee' : 'system') }
}

/** user@domain whose credentials were good: as told, or From when the event names the subscriber's row. */
function authenticated(fields: EventReader): string | undefined {
  const told = fields.text('auth')
  if (told !== undefined) return addressOf(told)
  const from = fields.text('from')
  return fields.text('uid') === undefined || from === undefined ? undefined : addressOf(from)
}

function directionOf(
  told: string | undefined,
  { trunk, authUser }: { trunk: string | undefined; authUser: string | undefined },
): DialogData['direction'] {
  switch (told) {
    case 'internal':
    case 'inbound':
    case 'outbound':
      return told
    // meant for a gateway, but none was up
    case 'none':
      return 'outbound'
    default:
      // a gateway is at one end of it; who has credentials is one of ours
      return trunk === undefined ? undefined : authUser === undefined ? 'inbound' : 'outbound'
  }
}

function partyOf(text: string | undefined): DialogData['by'] {
  switch (text) {
    case 'caller':
    case 'callee':
    case 'system':
      return text
    // a time limit, or an order by RPC
    case 'server':
      return 'system'
    default:
      return undefined
  }
}
