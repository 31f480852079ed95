import { z } from 'zod'
import { declareCommand } from './declare.js'
import { commandInput, onThing, target } from './fields.js'

const common = { group: 'Numbers', roles: ['operator'] } as const

export const addNumber = declareCommand({
  ...common,
  name: 'addNumber',
  summary: 'Gives a telephone number (DID) to a tenant; calls to it lead nowhere yet',
  method: 'POST',
  path: '/numbers',
  input: commandInput({ number: z.string().describe('E.164, with +') }),
})

export const assignNumber = declareCommand({
  ...common,
  name: 'assignNumber',
  summary: 'Leads calls to a number to a target; a number that has one must be released first',
  method: 'PUT',
  path: '/numbers/{id}/target',
  input: onThing('number', { target }),
})

export const releaseNumber = declareCommand({
  ...common,
  name: 'releaseNumber',
  summary: 'Leads calls to a number nowhere any more; the tenant keeps it',
  method: 'DELETE',
  path: '/numbers/{id}/target',
  input: onThing('number', {}),
})

export const removeNumber = declareCommand({
  ...common,
  name: 'removeNumber',
  summary: 'Gives a number up; it must be released first',
  method: 'DELETE',
  path: '/numbers/{id}',
  input: onThing('number', {}),
})
