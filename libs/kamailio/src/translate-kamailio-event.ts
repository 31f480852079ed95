/** One Kamailio event → the facts it tells. Pure. */
import type { DialogData, Fact, FactType } from '@trunkline/domain'
import { UnreadableEventError, type KamailioEvent } from './kamailio-event.js'
import { addressOf, displayName, gatewayOf } from './sip-text.js'

type DataOf<T extends FactType> = Extract<Fact, { type: T }>['data']

/** Facts of one event of the node. Throws {@link UnreadableEventError} for a name that this version does not know. */
export function translateKamailioEvent(event: KamailioEvent, node: string): Fact[] {
  const origin = { core: event.boot, seq: event.seq }
  const { text, integer } = readersOf(event)
  const fact = <T extends FactType>(type: T, data: DataOf<T>): Fact[] => [
    { id: `${event.boot}/${event.seq}`, type, version: 1, key: node, time: event.timeUs, data } as unknown as Fact,
  ]
  const contact = () => ({
    ...origin,
    aor: text('aor') ?? '',
    contact: text('contact'),
    contactId: text('ruid') ?? '',
    instance: text('instance')?.replace(/^<|>$/g, ''),
    userAgent: text('ua'),
    source: text('src'),
    transport: text('proto'),
  })
  const expiresAt = (integer('expires') ?? 0) * 1_000_000
  switch (event.name) {
    case 'kam.start':
      return fact('switch.started', origin)
    case 'reg.new':
      return fact('registration.added', { ...contact(), expiresAt })
    case 'reg.refresh':
      return fact('registration.refreshed', { ...contact(), expiresAt })
    case 'reg.del':
      return fact('registration.removed', { ...contact(), reason: 'unregistered' })
    case 'reg.expired':
      return fact('registration.expired', { ...contact(), reason: text('reason') })
    case 'auth.fail':
      return fact('authentication.failed', {
        ...origin,
        user: text('user') ?? '',
        domain: text('domain'),
        source: text('src') ?? '',
        reason: refusalOf(integer('code')),
        method: text('method'),
        userAgent: text('ua'),
        credential: text('credential'),
      })
    case 'pike.block':
      return fact('flood.detected', { ...origin, source: text('src') ?? '', method: text('method') })
    case 'call.start':
      return fact('dialog.started', dialogOf(event))
    case 'call.progress':
      return fact('dialog.progressed', dialogOf(event))
    case 'call.answered':
      return fact('dialog.answered', dialogOf(event))
    case 'call.confirmed':
      return fact('dialog.confirmed', dialogOf(event))
    case 'call.end':
      return fact('dialog.ended', dialogOf(event))
    case 'call.failed':
      return fact('dialog.failed', failedDialogOf(event))
    case 'sms.received':
    case 'sms.delivered':
    case 'sms.failed':
      return fact('message.changed', {
        ...origin,
        // phones send many MESSAGEs with one Call-ID; its CSeq tells them apart
        message: `${text('callid') ?? ''}/${text('cseq') ?? ''}`,
        state: event.name === 'sms.received' ? 'received' : event.name === 'sms.delivered' ? 'delivered' : 'failed',
        from: addressOf(text('from') ?? ''),
        to: addressOf(text('to') ?? ''),
        contentType: text('ctype'),
        body: text('body'),
        status: integer('code'),
        source: text('src'),
      })
    case 'gw.down':
    case 'gw.up':
      return fact('gateway.changed', {
        ...origin,
        gateway: gatewayOf(text('uri') ?? ''),
        state: event.name === 'gw.up' ? 'AP' : 'IP',
        up: event.name === 'gw.up',
        status: integer('code'),
      })
    default:
      throw new UnreadableEventError(`unknown event ${event.name}`)
  }
}

function readersOf(event: KamailioEvent) {
  const text = (name: string): string | undefined => {
    const value = event.fields[name]
    return value === undefined || value === '' ? undefined : String(value)
  }
  const integer = (name: string): number | undefined => {
    const value = Number(event.fields[name] ?? Number.NaN)
    return Number.isSafeInteger(value) ? value : undefined
  }
  return { text, integer }
}

/** Codes of `auth_check` (module auth_db). Failures that prove nothing are not sent. */
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

function dialogOf(event: KamailioEvent): DialogData {
  const { text, integer } = readersOf(event)
  const optional = (name: string, read: (value: string) => string) => {
    const value = text(name)
    return value === undefined ? undefined : read(value)
  }
  const start = integer('start') ?? 0
  return {
    core: event.boot,
    seq: event.seq,
    dialog: text('dlg') ?? '',
    callId: text('callid') ?? '',
    fromTag: text('fromTag'),
    toTag: text('toTag'),
    from: optional('from', addressOf),
    fromName: optional('fromName', displayName),
    authUser: text('auth'),
    to: optional('to', addressOf),
    target: optional('target', addressOf),
    source: text('src'),
    trunk: optional('trunk', gatewayOf),
    direction: directionOf(text('dir')),
    userAgent: text('ua'),
    status: integer('code'),
    reason: text('reason'),
    by: partyOf(text('by')),
    startedAt: start > 0 ? start * 1_000_000 : undefined,
  }
}

/** A refusal that no reply of the far end brought is our own, or the caller's who gave up (487). */
function failedDialogOf(event: KamailioEvent): DialogData {
  const data = dialogOf(event)
  return { ...data, by: data.by ?? (data.status === 487 ? 'caller' : 'system') }
}

function directionOf(text: string | undefined): DialogData['direction'] {
  switch (text) {
    case 'internal':
    case 'inbound':
    case 'outbound':
      return text
    // meant for a gateway, but none was up
    case 'none':
      return 'outbound'
    default:
      return undefined
  }
}

function partyOf(text: string | undefined): DialogData['by'] {
  return text === 'caller' || text === 'callee' || text === 'system' ? text : undefined
}
