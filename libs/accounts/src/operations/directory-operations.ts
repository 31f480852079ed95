import { z } from 'zod'
import { provedOperation, type AccountOperation } from './account-operation.js'
import { account, auditEntry, changedAccount, id, limit, name, role, tenant } from './account-schemas.js'

/** What those who manage accounts do: admins, and operators within their tenant. */
export const DIRECTORY_OPERATIONS: readonly AccountOperation[] = [
  provedOperation({
    name: 'accounts',
    summary: 'Accounts by name',
    kind: 'query',
    rest: { method: 'GET', path: '/v1/accounts' },
    input: z.strictObject({ tenant: tenant.optional(), after: name.optional(), limit }),
    output: z.object({ accounts: z.array(account), next: z.string().nullable() }),
    run: async ({ accounts, viewer }, input) => {
      const page = await accounts.list(viewer, input)
      return { accounts: [...page.accounts], next: page.next }
    },
  }),
  provedOperation({
    name: 'createAccount',
    summary: 'Create an account; the answer holds a password that may be used once',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/accounts' },
    input: z.strictObject({ name, role, tenant: tenant.optional() }),
    output: changedAccount,
    run: ({ accounts, viewer, caller }, input) => accounts.create(input, { viewer, caller }),
  }),
  provedOperation({
    name: 'updateAccount',
    summary: 'Change role or tenant, disable or enable, or reset the password; ends the sessions of the account',
    kind: 'mutation',
    rest: { method: 'PATCH', path: '/v1/accounts/{id}' },
    input: z.strictObject({
      id,
      role: role.optional(),
      tenant: tenant.optional(),
      disabled: z.boolean().optional(),
      resetPassword: z.boolean().optional(),
    }),
    output: changedAccount,
    run: ({ accounts, viewer, caller }, { id: which, ...change }) => accounts.update(which, change, { viewer, caller }),
  }),
  provedOperation({
    name: 'removeAccount',
    summary: 'Remove an account',
    kind: 'mutation',
    rest: { method: 'DELETE', path: '/v1/accounts/{id}' },
    input: z.strictObject({ id }),
    output: z.object({ removed: z.literal(true) }),
    run: async ({ accounts, viewer, caller }, input) => {
      await accounts.remove(input.id, { viewer, caller })
      return { removed: true as const }
    },
  }),
  provedOperation({
    name: 'eraseAccount',
    summary: 'Remove an account, also one that was removed before, and what leads to the person in the audit',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/accounts/{id}/erase' },
    input: z.strictObject({ id }),
    output: z.object({ erased: z.literal(true) }),
    run: async ({ accounts, viewer, caller }, input) => {
      await accounts.erase(input.id, { viewer, caller })
      return { erased: true as const }
    },
  }),
  provedOperation({
    name: 'accountAudit',
    summary: 'Who did what with which account, the newest first',
    kind: 'query',
    rest: { method: 'GET', path: '/v1/account-audit' },
    input: z.strictObject({ accountId: id.optional(), before: z.string().max(64).optional(), limit }),
    output: z.object({ entries: z.array(auditEntry) }),
    run: async ({ accounts, viewer }, input) => ({ entries: await accounts.audit(viewer, input) }),
  }),
]
