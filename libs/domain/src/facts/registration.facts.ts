/** Facts about contacts, gateways, messages and attacks; the same types from FreeSWITCH (sofia) and Kamailio. */
import * as s from '../schema/schema.js'
import { declareEvent, type FactFrom } from './declaration.js'

const origin = {
  core: s.string('Core-UUID or boot id'),
  seq: s.optional(s.integer('sequence within that process')),
}
const contact = {
  ...origin,
  aor: s.string('address of record, user@domain'),
  contact: s.optional(s.string('contact URI')),
  contactId: s.string('what keeps the contact the same over refreshes: ruid (Kamailio), Call-ID (FreeSWITCH)'),
  instance: s.optional(s.string('+sip.instance')),
  userAgent: s.optional(s.string()),
  source: s.optional(s.string('ip:port the request came from')),
  transport: s.optional(s.string()),
}

export const registrationFacts = [
  declareEvent('registration.added', 1, 'A contact registered', s.object({ ...contact, expiresAt: s.micros() })),
  declareEvent(
    'registration.refreshed',
    1,
    'A contact registered again',
    s.object({ ...contact, expiresAt: s.micros() }),
  ),
  declareEvent(
    'registration.removed',
    1,
    'A contact was taken off',
    s.object({ ...contact, reason: s.optional(s.string()) }),
  ),
  declareEvent(
    'registration.expired',
    1,
    'A contact ran out',
    s.object({ ...contact, reason: s.optional(s.string()) }),
  ),
  declareEvent(
    'registration.snapshot',
    1,
    'All contacts of a node at one moment; what is not listed is gone',
    s.object({
      core: s.string(),
      reason: s.string(),
      contacts: s.array(s.object({ ...contact, expiresAt: s.micros() })),
    }),
  ),
  declareEvent(
    'authentication.failed',
    1,
    'Credentials were refused',
    s.object({
      ...origin,
      user: s.string('as claimed; attacker text'),
      domain: s.optional(s.string()),
      source: s.string('ip:port'),
      reason: s.oneOf(['wrong_password', 'unknown_user', 'mismatch', 'forbidden', 'error']),
      method: s.optional(s.string()),
      userAgent: s.optional(s.string()),
      credential: s.optional(s.string('digest response, to tell distinct wrong credentials apart')),
    }),
  ),
  declareEvent(
    'flood.detected',
    1,
    'Too many requests from one source',
    s.object({
      ...origin,
      source: s.string('ip:port'),
      method: s.optional(s.string()),
    }),
  ),
  declareEvent(
    'gateway.changed',
    1,
    'A gateway or trunk registration changed state',
    s.object({
      ...origin,
      gateway: s.string(),
      state: s.string('as the switch names it: REGED, FAIL_WAIT, AX, IP …'),
      up: s.boolean(),
      status: s.optional(s.integer('SIP status')),
      reason: s.optional(s.string()),
      profile: s.optional(s.string()),
    }),
  ),
  declareEvent(
    'message.changed',
    1,
    'A SIP MESSAGE was received, delivered, stored or failed',
    s.object({
      ...origin,
      message: s.string("SIP Call-ID, or the switch's own id"),
      state: s.oneOf(['received', 'sent', 'delivered', 'stored', 'failed']),
      from: s.string('user@domain'),
      to: s.string('user@domain'),
      contentType: s.optional(s.string()),
      body: s.optional(s.string()),
      status: s.optional(s.integer('SIP status')),
      source: s.optional(s.string()),
    }),
  ),
] as const

export type RegistrationFact = FactFrom<(typeof registrationFacts)[number]>
