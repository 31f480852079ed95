import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { credentialSchema } from '../core/credential.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { CODECS, TRANSPORTS } from '../validation/media.js'

const trunk = {
  id: s.string('id of the trunk'),
  tenant: s.string('SIP domain'),
  name: s.string('unique in the tenant'),
}

const settings = s.named(
  'TrunkSettings',
  s.object({
    hosts: s.array(
      s.object({ host: s.string('name or address, IPv6 without brackets'), port: s.integer() }),
      'in the order in which they are tried',
    ),
    transport: s.oneOf(TRANSPORTS),
    registration: s.nullable(
      s.object({
        domain: s.string('what we register at, and the domain of our address there'),
        expiresSeconds: s.integer('how long a registration is asked for, s'),
      }),
    ),
    codecs: s.array(s.oneOf(CODECS), 'in order of preference'),
    limits: s.object({
      callsPerSecond: s.nullable(s.integer('null for no limit')),
      concurrentCalls: s.nullable(s.integer('null for no limit')),
    }),
    allowList: s.array(s.string('address or address/mask'), 'where its calls may come from, beside its hosts'),
  }),
)
export type TrunkSettings = s.Static<typeof settings>

const auth = s.named(
  'TrunkAuthentication',
  s.object({
    username: s.string('user name at the provider'),
    realm: s.nullable(s.string('null for whatever the provider asks with')),
    credential: credentialSchema,
  }),
)
export type TrunkAuthentication = s.Static<typeof auth>

const formerSecretId = s.nullable(s.string('secret that is out of use'))

export const trunkEventDeclarations = [
  declareEvent(
    'trunk.created',
    1,
    'A trunk was created; it carries no calls yet',
    s.object({ ...trunk, settings, auth: s.nullable(auth), claimId: s.string('command that reserved the name') }),
  ),
  declareEvent('trunk.updated', 1, 'Settings of a trunk were changed', s.object({ ...trunk, settings })),
  declareEvent(
    'trunk.credential_set',
    1,
    'How we authenticate at the provider was changed',
    s.object({ ...trunk, auth: s.nullable(auth), formerSecretId }),
  ),
  declareEvent('trunk.activated', 1, 'A trunk may carry calls', s.object(trunk)),
  declareEvent('trunk.deactivated', 1, 'A trunk may carry no further calls', s.object(trunk)),
  declareEvent(
    'trunk.removed',
    1,
    'A trunk is gone for good',
    s.object({ ...trunk, formerSecretId, claimId: s.string('command that had reserved the name') }),
  ),
] as const

export type TrunkEvent = EventFrom<(typeof trunkEventDeclarations)[number]>
export const trunkEvent = eventMaker(trunkEventDeclarations)
