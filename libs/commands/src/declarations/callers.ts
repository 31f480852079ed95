import { BLOCK_REASONS, CALLER_MATCHES } from '@trunkline/domain'
import { z } from 'zod'
import { declareCommand } from './declare.js'

const common = { group: 'Blocked callers', roles: ['operator'] } as const

const key = {
  match: z.enum(CALLER_MATCHES).describe('exact: this caller; prefix: all that begin so'),
  value: z.string().describe('number or SIP name of the caller, or its beginning'),
  tenant: z
    .string()
    .optional()
    .describe('SIP domain; your own when left out; * for callers of all tenants (only for an admin of all)'),
}

export const blockCaller = declareCommand({
  ...common,
  name: 'blockCaller',
  summary: 'Refuses calls from a caller',
  method: 'PUT',
  path: '/blocked-callers/{match}/{value}',
  input: z.strictObject({
    ...key,
    reason: z.enum(BLOCK_REASONS).optional().describe('operator when left out'),
    expiresAt: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
      .nullable()
      .optional()
      .describe('when it ends by itself; never when left out or null'),
  }),
})

export const unblockCaller = declareCommand({
  ...common,
  name: 'unblockCaller',
  summary: 'Lets calls from a caller through again',
  method: 'DELETE',
  path: '/blocked-callers/{match}/{value}',
  input: z.strictObject(key),
})
