import { ALLOW_LIST_MAX, CODECS, HOSTS_MAX, TRANSPORTS } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, integer, limit, list, onThing, trunkPassword } from './fields.js'

const common = { group: 'Trunks', roles: ['operator'] } as const

const host = z.strictObject({
  host: z.string().describe('name or address, IPv6 without brackets'),
  port: integer('5060 when left out').optional(),
})
const hosts = list(host, HOSTS_MAX, 1).describe('in the order in which they are tried')

const optionalSettings = {
  transport: z.enum(TRANSPORTS).optional(),
  registration: z
    .strictObject({
      domain: z.string().describe('what we register at, and the domain of our address there'),
      expiresSeconds: integer('how long a registration is asked for, s; 600 when left out').optional(),
    })
    .nullable()
    .optional()
    .describe('null for a provider that needs none'),
  codecs: list(z.enum(CODECS), CODECS.length, 1).optional().describe('in order of preference'),
  limits: z
    .strictObject({
      callsPerSecond: limit('calls begun in a second'),
      concurrentCalls: limit('calls at a time'),
    })
    .optional(),
  allowList: list(z.string().describe('address or address/mask'), ALLOW_LIST_MAX)
    .optional()
    .describe('where its calls may come from, beside its hosts'),
}

const username = z.string().describe('user name at the provider')
const realm = z.string().nullable().optional().describe('null for whatever the provider asks with')

export const createTrunk = declareCommand({
  ...common,
  name: 'createTrunk',
  summary: 'Creates a trunk to a provider; it carries no calls until it is activated',
  method: 'POST',
  path: '/trunks',
  input: commandInput({
    name: z.string().describe('unique in the tenant; never changes'),
    settings: z
      .strictObject({ hosts, ...optionalSettings })
      .describe('Left out: UDP, no registration, PCMA and PCMU, no limits, no further addresses'),
    auth: z
      .strictObject({ username, realm, password: trunkPassword })
      .nullable()
      .optional()
      .describe('null when the provider knows us by our address'),
  }),
})

export const updateTrunk = declareCommand({
  ...common,
  name: 'updateTrunk',
  summary: 'Changes settings of a trunk; parts that are left out stay',
  method: 'PATCH',
  path: '/trunks/{id}',
  input: onThing('trunk', { settings: z.strictObject({ hosts: hosts.optional(), ...optionalSettings }) }),
})

export const setTrunkCredential = declareCommand({
  ...common,
  name: 'setTrunkCredential',
  summary: 'Changes how we authenticate at the provider',
  method: 'PUT',
  path: '/trunks/{id}/credential',
  input: onThing('trunk', {
    auth: z
      .strictObject({
        username,
        realm,
        password: trunkPassword.optional().describe('when left out, the one that is there stays'),
      })
      .nullable()
      .describe('null when the provider knows us by our address'),
  }),
})

export const activateTrunk = declareCommand({
  ...common,
  name: 'activateTrunk',
  summary: 'Lets a trunk carry calls',
  method: 'POST',
  path: '/trunks/{id}/activate',
  input: onThing('trunk', {}),
})

export const deactivateTrunk = declareCommand({
  ...common,
  name: 'deactivateTrunk',
  summary: 'Keeps further calls off a trunk',
  method: 'POST',
  path: '/trunks/{id}/deactivate',
  input: onThing('trunk', {}),
})

export const removeTrunk = declareCommand({
  ...common,
  name: 'removeTrunk',
  summary: 'Removes a trunk for good; it must be deactivated and in no route',
  method: 'DELETE',
  path: '/trunks/{id}',
  input: onThing('trunk', {}),
})
