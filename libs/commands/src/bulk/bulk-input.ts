import {
  ProvisioningError,
  refuse,
  refuseWhen,
  reservedValue,
  validateDomain,
  validateSipUser,
  type CreateSipUser,
  type Fault,
} from '@trunkline/domain'
import { z } from 'zod'
import { faultsOf } from '../core/check-input.js'
import { definite } from '../core/definite.js'
import { derivedId } from '../core/derived-id.js'
import { newSipUser } from '../declarations/sip-users.js'

export const BULK_MOST = 10_000
const MOST_FAULTS = 100

/** One row of a bulk, for documents: the input of `createSipUser` without `tenant`. */
export const bulkUserSchema = z.strictObject(newSipUser)
export type BulkUser = z.infer<typeof bulkUserSchema>

/**
 * Rows that are right each by itself and together, names in lower case. Throws `ProvisioningError` INVALID with the first
 * hundred faults, such as `users[17].username`.
 */
export function checkBulk(tenant: string, users: unknown): BulkUser[] {
  refuseWhen('INVALID', validateDomain('tenant', tenant))
  if (!Array.isArray(users) || users.length < 1 || users.length > BULK_MOST) {
    refuse('INVALID', 'users', `must be a list of 1 to ${BULK_MOST}`)
  }
  const faults: Fault[] = []
  const rows: BulkUser[] = []
  const names = new Set<string>()
  for (const [row, user] of users.entries()) {
    const parsed = bulkUserSchema.safeParse(user)
    const own = parsed.success
      ? [...faultsOfRow(tenant, parsed.data), ...repeated(parsed.data, names)]
      : faultsOf(parsed.error.issues)
    faults.push(...own.map(({ field, rule }) => ({ field: `users[${row}]${field === '' ? '' : `.${field}`}`, rule })))
    if (faults.length >= MOST_FAULTS) break
    if (parsed.success) rows.push(lowerCase(parsed.data))
  }
  if (faults.length > 0) throw new ProvisioningError('INVALID', faults.slice(0, MOST_FAULTS))
  return rows
}

/** The command of a row. Person and credential come later: they are for the vault. */
export function commandOf(tenant: string, { username, limits = {}, aliases = [] }: BulkUser) {
  return {
    type: 'CreateSipUser',
    tenant,
    username,
    credential: null,
    limits: definite(limits),
    aliases,
  } as const satisfies Omit<CreateSipUser, 'id' | 'commandId'>
}

function faultsOfRow(tenant: string, user: BulkUser): Fault[] {
  const id = derivedId('bulk')
  return validateSipUser({ ...commandOf(tenant, user), id, commandId: id })
}

function repeated({ username, aliases = [] }: BulkUser, names: Set<string>): Fault[] {
  const fields = ['username', ...aliases.map((_, i) => `aliases[${i}]`)]
  const own = [username, ...aliases].map(reservedValue)
  const faults = own.flatMap((name, i) =>
    names.has(name) ? [{ field: fields[i]!, rule: 'must not repeat a name of an earlier row' }] : [],
  )
  for (const name of own) names.add(name)
  return faults
}

function lowerCase(user: BulkUser): BulkUser {
  const aliases = user.aliases?.map((alias) => alias.toLowerCase())
  return { ...user, username: user.username.toLowerCase(), ...(aliases === undefined ? {} : { aliases }) }
}
