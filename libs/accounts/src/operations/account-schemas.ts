import { ROLES } from '@trunkline/access'
import { z } from 'zod'

const MILLISECONDS = 'ms since 1970-01-01 UTC'
/** Longer ones are refused before anything is computed from them. */
const MOST_PASSWORD = 1024

export const role = z.enum(ROLES)
export const id = z.string().min(1).max(64).describe('id of the account')
export const name = z
  .string()
  .min(1)
  .max(191)
  .describe('`alice@a.example`; of an admin of all tenants without a domain')
export const tenant = z.string().min(1).max(127).describe('SIP domain, or `*` for all')
export const password = z.string().min(1).max(MOST_PASSWORD)
export const refreshToken = z.string().min(1).max(256)
export const limit = z.coerce.number().int().min(1).max(200).default(50)

export const account = z
  .object({
    id: z.string(),
    name: z.string(),
    tenant: z.string(),
    role,
    disabled: z.boolean(),
    passwordChangeRequired: z.boolean().describe('it has a password that may be used once, to set another'),
    createdAt: z.number().int().describe(MILLISECONDS),
    updatedAt: z.number().int().describe(MILLISECONDS),
    lastLoginAt: z.number().int().nullable().describe(MILLISECONDS),
  })
  .meta({ id: 'Account' })

export const loggedIn = z
  .object({
    accessToken: z.string().describe('give it as `Authorization: Bearer …`'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().describe('seconds'),
    refreshToken: z.string().describe('good for one refresh, which gives another'),
    refreshExpiresIn: z.number().int().describe('seconds'),
    account,
  })
  .meta({ id: 'LoggedIn' })

export const changedAccount = z
  .object({
    account,
    oneTimePassword: z.string().nullable().describe('shown this once: with it the owner sets a password'),
  })
  .meta({ id: 'ChangedAccount' })

export const auditEntry = z
  .object({
    id: z.string(),
    at: z.number().int().describe(MILLISECONDS),
    action: z.string(),
    actor: z.string().nullable(),
    accountId: z.string().nullable(),
    tenant: z.string().nullable(),
    address: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'AccountAuditEntry' })
