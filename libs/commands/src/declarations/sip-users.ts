import { ALIASES_MAX } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, list, onThing, person, sipPassword, suspendReason, userLimits } from './fields.js'

const common = { group: 'SIP users', roles: ['operator'] } as const

/** The one answer that ever holds a password. */
export const credentialResult = z.object({
  username: z.string(),
  password: z
    .string()
    .nullable()
    .describe('shown this once; null when you gave it yourself, when there is none, and in every later answer'),
})

const password = sipPassword.optional().describe('made by us when left out')

/** What one row of a bulk has, too. */
export const newSipUser = {
  username: z.string().describe('user part of the address of record; never changes'),
  person: person.optional(),
  password: sipPassword
    .nullable()
    .optional()
    .describe('made by us when left out; null for a user who is to get one later and cannot register until then'),
  limits: userLimits.optional(),
  aliases: list(z.string(), ALIASES_MAX).optional().describe('further names of the user in the tenant'),
}

export const createSipUser = declareCommand({
  ...common,
  name: 'createSipUser',
  summary: 'Creates a SIP user; the password is shown once',
  method: 'POST',
  path: '/sip-users',
  input: commandInput(newSipUser),
  result: credentialResult,
})

export const updateSipUser = declareCommand({
  ...common,
  name: 'updateSipUser',
  summary: 'Changes who uses a SIP user; parts that are left out stay',
  method: 'PATCH',
  path: '/sip-users/{id}',
  input: onThing('user', { person }),
})

export const suspendSipUser = declareCommand({
  ...common,
  name: 'suspendSipUser',
  summary: 'Keeps a SIP user from registering and calling',
  method: 'POST',
  path: '/sip-users/{id}/suspend',
  input: onThing('user', { reason: suspendReason.optional().describe('operator when left out') }),
})

export const resumeSipUser = declareCommand({
  ...common,
  name: 'resumeSipUser',
  summary: 'Lets a suspended SIP user register and call again',
  method: 'POST',
  path: '/sip-users/{id}/resume',
  input: onThing('user', {}),
})

export const removeSipUser = declareCommand({
  ...common,
  name: 'removeSipUser',
  summary: 'Removes a SIP user for good; its names are free again',
  method: 'DELETE',
  path: '/sip-users/{id}',
  input: onThing('user', {}),
})

export const setSipUserCredential = declareCommand({
  ...common,
  name: 'setSipUserCredential',
  summary: 'Gives a SIP user the first password, which is shown once',
  method: 'PUT',
  path: '/sip-users/{id}/credential',
  input: onThing('user', { password }),
  result: credentialResult,
})

export const rotateSipUserCredential = declareCommand({
  ...common,
  name: 'rotateSipUserCredential',
  summary: 'Replaces the password of a SIP user; the new one is shown once',
  method: 'POST',
  path: '/sip-users/{id}/credential/rotate',
  input: onThing('user', { password }),
  result: credentialResult,
})

export const unlockSipUser = declareCommand({
  ...common,
  name: 'unlockSipUser',
  summary: 'Lifts bans and lockouts that failed authentications of a SIP user led to',
  method: 'POST',
  path: '/sip-users/{id}/unlock',
  input: onThing('user', {
    source: z.string().nullable().optional().describe('the one IP address to be freed; all when left out or null'),
  }),
})

export const setSipUserLimits = declareCommand({
  ...common,
  name: 'setSipUserLimits',
  summary: 'Changes the limits of a SIP user; a limit that is left out stays',
  method: 'PATCH',
  path: '/sip-users/{id}/limits',
  input: onThing('user', { limits: userLimits }),
})

export const addSipUserAlias = declareCommand({
  ...common,
  name: 'addSipUserAlias',
  summary: 'Gives a SIP user a further name',
  method: 'POST',
  path: '/sip-users/{id}/aliases',
  input: onThing('user', { alias: z.string() }),
})

export const removeSipUserAlias = declareCommand({
  ...common,
  name: 'removeSipUserAlias',
  summary: 'Takes a further name from a SIP user; it is free again',
  method: 'DELETE',
  path: '/sip-users/{id}/aliases/{alias}',
  input: onThing('user', { alias: z.string() }),
})

export const eraseSipUserPerson = declareCommand({
  ...common,
  name: 'eraseSipUserPerson',
  summary: 'Erases name, e-mail and phone of whoever uses or used a SIP user, for good and everywhere',
  method: 'DELETE',
  path: '/sip-users/{id}/person',
  input: onThing('user', {}),
})
