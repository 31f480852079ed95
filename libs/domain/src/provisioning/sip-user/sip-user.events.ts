import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { credentialSchema } from '../core/credential.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { sealedSchema } from '../core/sealed.js'

export const SUSPEND_REASONS = ['operator', 'customer_request', 'payment', 'fraud', 'abuse'] as const

const user = {
  id: s.string('id of the user'),
  tenant: s.string('SIP domain'),
  username: s.string('user part of the address of record'),
}

const person = s.named(
  'SealedPerson',
  s.object({
    displayName: s.nullable(sealedSchema),
    email: s.nullable(sealedSchema),
    phone: s.nullable(sealedSchema),
  }),
)
export type SealedPerson = s.Static<typeof person>

const limits = s.named(
  'UserLimits',
  s.object({
    concurrentCalls: s.nullable(s.integer('calls at a time; null for no limit of its own')),
    callsPerMinute: s.nullable(s.integer('calls begun in a minute; null for no limit of its own')),
  }),
)
export type UserLimits = s.Static<typeof limits>

const heldName = s.object({ name: s.string(), claimId: s.string('command that reserved it') })
const credential = { credential: credentialSchema, formerSecretId: s.nullable(s.string('secret that is out of use')) }

export const sipUserEventDeclarations = [
  declareEvent(
    'sip_user.created',
    1,
    'A SIP user was created',
    s.object({
      ...user,
      person,
      credential: s.nullable(credentialSchema),
      limits,
      aliases: s.array(s.string('further name of the user in the tenant')),
      claimId: s.string('command that reserved the names'),
    }),
  ),
  declareEvent('sip_user.updated', 1, 'Who uses the SIP user was changed', s.object({ ...user, person })),
  declareEvent(
    'sip_user.suspended',
    1,
    'A SIP user may neither register nor call any more',
    s.object({ ...user, reason: s.oneOf(SUSPEND_REASONS) }),
  ),
  declareEvent('sip_user.resumed', 1, 'A suspended SIP user may register and call again', s.object(user)),
  declareEvent(
    'sip_user.removed',
    1,
    'A SIP user is gone for good',
    s.object({
      ...user,
      names: s.array(heldName, 'user name and aliases, which are free again'),
      formerSecretId: s.nullable(s.string('secret that is out of use')),
    }),
  ),
  declareEvent(
    'sip_user.credential_set',
    1,
    'A SIP user got its first credential',
    s.object({ ...user, ...credential }),
  ),
  declareEvent(
    'sip_user.credential_rotated',
    1,
    'A new credential took the place of the former one',
    s.object({ ...user, ...credential }),
  ),
  declareEvent(
    'sip_user.unlocked',
    1,
    'Bans and lockouts that failed authentications led to were lifted',
    s.object({
      ...user,
      source: s.nullable(s.string('the one address to be freed; null for all that were banned for this user')),
      requestId: s.string('command that asked for it'),
    }),
  ),
  declareEvent('sip_user.limits_set', 1, 'Limits of a SIP user were changed', s.object({ ...user, limits })),
  declareEvent(
    'sip_user.alias_added',
    1,
    'A SIP user got a further name',
    s.object({ ...user, alias: s.string(), claimId: s.string('command that reserved it') }),
  ),
  declareEvent(
    'sip_user.alias_removed',
    1,
    'A SIP user lost a further name, which is free again',
    s.object({ ...user, alias: s.string(), claimId: s.string('command that had reserved it') }),
  ),
] as const

export type SipUserEvent = EventFrom<(typeof sipUserEventDeclarations)[number]>
export const sipUserEvent = eventMaker(sipUserEventDeclarations)
