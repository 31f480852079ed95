/** What reg.* events say of a contact. */
import type { KamailioEvent } from './kamailio-event.js'
import { EventReader } from './event-reader.js'
import { contactUri } from './sip-text.js'

/** Seconds above this are a moment since 1970, below it a time that is left. */
const MOMENT = 1_000_000_000

export function contactData(event: KamailioEvent) {
  const fields = new EventReader(event)
  const given = fields.text('rcd_contact', 'contact')
  const contact = given === undefined ? undefined : contactUri(given)
  return {
    core: event.boot,
    seq: event.seq,
    aor: fields.text('aor') ?? '',
    contact,
    contactId: fields.text('ruid') ?? contact ?? '',
    instance: fields.text('instance')?.replace(/^<|>$/g, ''),
    userAgent: fields.text('ua'),
    source: fields.source(),
    transport: fields.text('proto'),
  }
}

/**
 * On an un-REGISTER the registrar's own record shows a contact that stays. Which one went is known when there was but
 * one (`pre_count`), or when the event names it without that; else by its URI, and `*` when none is left. An empty
 * contactId says so.
 */
export function removedContactData(event: KamailioEvent) {
  const fields = new EventReader(event)
  const data = contactData(event)
  const given = fields.text('contact')
  const before = fields.integer('pre_count')
  const contact = given === undefined ? undefined : contactUri(given)
  if (before === undefined) return { ...data, contact, contactId: fields.text('ruid') ?? '' }
  if (before === 1) {
    const only = fields.text('pre_ruid0')
    return { ...data, contact: contact === '*' ? undefined : contact, contactId: only ?? '' }
  }
  return { ...data, contact: fields.integer('left') === 0 ? '*' : contact, contactId: '' }
}

/** µs since 1970. */
export function expiryOf(event: KamailioEvent): number {
  const seconds = new EventReader(event).integer('rcd_expires', 'expires') ?? 0
  return seconds > MOMENT ? seconds * 1_000_000 : event.timeUs + seconds * 1_000_000
}
