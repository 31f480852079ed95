/** One Kamailio event → the fact it tells. Nothing is decided here. */
import type { Fact, FactType } from '@trunkline/domain'
import { contactData, expiryOf, removedContactData } from './contact-data.js'
import { dialogData, failedDialogData } from './dialog-data.js'
import { EventReader } from './event-reader.js'
import { parseKamailioEvent, UnknownEventError, UnreadableEventError, type KamailioEvent } from './kamailio-event.js'
import { addressOf, domainOf, gatewayOf } from './sip-text.js'

type DataOf<T extends FactType> = Extract<Fact, { type: T }>['data']

/** Events that tell nothing of their own: what they stand for comes as another event. */
const SILENT: ReadonlySet<string> = new Set(['hello', 'bench', 'local.reply', 'tcp.closed', 'tcp.reset', 'tcp.timeout'])

/**
 * The fact that one entry of the stream tells, undefined when it tells none. What cannot be read, or is of an unknown
 * kind, is handed to `onTrouble` and never skipped in silence.
 */
export function translateKamailioEvent(
  json: string,
  node: string,
  onTrouble?: (error: UnreadableEventError | UnknownEventError) => void,
): Fact | undefined {
  try {
    return translateEvent(parseKamailioEvent(json), node)
  } catch (error) {
    if (!(error instanceof UnreadableEventError || error instanceof UnknownEventError)) throw error
    onTrouble?.(error)
    return undefined
  }
}

/** The same of a parsed event. Throws {@link UnknownEventError}. */
export function translateEvent(event: KamailioEvent, node: string): Fact | undefined {
  const origin = { core: event.boot, seq: event.seq }
  const fields = new EventReader(event)
  const fact = <T extends FactType>(type: T, data: DataOf<T>): Fact =>
    ({ id: `${event.boot}/${event.seq}`, type, version: 1, key: node, time: event.timeUs, data }) as unknown as Fact
  switch (event.name) {
    case 'kam.start':
      return fact('switch.started', origin)
    case 'reg.new':
      return fact('registration.added', { ...contactData(event), expiresAt: expiryOf(event) })
    case 'reg.refresh':
      return fact('registration.refreshed', { ...contactData(event), expiresAt: expiryOf(event) })
    case 'reg.del':
      return fact('registration.removed', { ...removedContactData(event), reason: 'unregistered' })
    case 'reg.purged':
      // un-registered before, or its TCP connection is lost
      return fact('registration.removed', { ...contactData(event), reason: fields.text('reason') ?? 'purged' })
    case 'reg.expired':
      return fact('registration.expired', { ...contactData(event), reason: fields.text('reason') ?? 'expired' })
    case 'auth.fail':
    case 'auth.error':
      return fact('authentication.failed', refusal(event))
    case 'ban.set':
      return fact('security.source_banned', banned(event))
    case 'ban.lifted':
      return fact('security.ban_lifted', {
        ...ban(event),
        reason: fields.text('reason') === 'operator' ? 'operator' : 'expired',
      })
    case 'pike.block':
      return fact('flood.detected', { ...origin, source: fields.source() ?? '', method: fields.text('method') })
    case 'call.start':
      return fact('dialog.started', dialogData(event))
    case 'call.progress':
      return fact('dialog.progressed', dialogData(event))
    case 'call.answered':
      return fact('dialog.answered', dialogData(event))
    case 'call.confirmed':
      return fact('dialog.confirmed', dialogData(event))
    case 'call.end':
      return fact('dialog.ended', dialogData(event))
    case 'call.failed':
      return fact('dialog.failed', failedDialogData(event))
    case 'sms.received':
      return fact('message.changed', message(event, 'received'))
    case 'sms.offline_delivery':
      return fact('message.changed', message(event, 'sent'))
    case 'sms.delivered':
      return fact('message.changed', message(event, 'delivered'))
    case 'sms.stored':
      return fact('message.changed', message(event, 'stored'))
    case 'sms.failed':
      return fact('message.changed', message(event, 'failed'))
    case 'gw.down':
    case 'gw.up':
      return fact('gateway.changed', {
        ...origin,
        gateway: gatewayOf(fields.text('ruri', 'uri') ?? ''),
        // as dispatcher.list names it: inactive or active, probed by OPTIONS
        state: event.name === 'gw.up' ? 'AP' : 'IP',
        up: event.name === 'gw.up',
        status: fields.integer('code'),
      })
    default:
      if (SILENT.has(event.name)) return undefined
      throw new UnknownEventError(event.name)
  }
}

function refusal(event: KamailioEvent): DataOf<'authentication.failed'> {
  const fields = new EventReader(event)
  const from = fields.text('from')
  return {
    core: event.boot,
    seq: event.seq,
    user: fields.text('user') ?? '',
    domain: fields.text('domain') ?? (from === undefined ? undefined : domainOf(addressOf(from))),
    source: fields.source() ?? '',
    reason: event.name === 'auth.error' ? 'error' : refusalOf(fields.integer('code')),
    method: fields.text('method'),
    userAgent: fields.text('ua'),
    credential: fields.text('credential'),
  }
}

function ban(event: KamailioEvent) {
  const fields = new EventReader(event)
  return { core: event.boot, seq: event.seq, source: fields.text('source') ?? '', user: fields.text('user') }
}

function banned(event: KamailioEvent): DataOf<'security.source_banned'> {
  const fields = new EventReader(event)
  const until = fields.integer('until')
  return {
    ...ban(event),
    reason: fields.text('reason') === 'scan' ? 'scan' : 'password',
    count: fields.integer('count'),
    until: until === undefined ? event.timeUs : until * 1_000_000,
  }
}

/** Codes of `auth_check` (module auth_db). -1 is also a database that is down: no evidence against anybody. */
function refusalOf(code: number | undefined): DataOf<'authentication.failed'>['reason'] {
  switch (code) {
    case -2:
      return 'wrong_password'
    case -3:
      return 'unknown_user'
    case -8:
      return 'mismatch'
    default:
      return 'error'
  }
}

function message(event: KamailioEvent, state: DataOf<'message.changed'>['state']): DataOf<'message.changed'> {
  const fields = new EventReader(event)
  const cseq = fields.text('cseq')
  return {
    core: event.boot,
    seq: event.seq,
    // phones send many MESSAGEs with one Call-ID; its CSeq tells them apart
    message: `${fields.text('callid') ?? ''}${cseq === undefined ? '' : `/${cseq}`}`,
    state,
    from: addressOf(fields.text('from') ?? ''),
    to: addressOf(fields.text('to') ?? ''),
    contentType: fields.text('ctype'),
    body: fields.text('body'),
    status: fields.integer('code'),
    source: fields.source(),
  }
}
