import { z } from 'zod'
import { openOperation, provedOperation, type AccountOperation } from './account-operation.js'
import { account, loggedIn, name, password, refreshToken, role } from './account-schemas.js'

/** What people and programs do with an account of their own. */
export const LOGIN_OPERATIONS: readonly AccountOperation[] = [
  openOperation({
    name: 'login',
    summary: 'Log in by name and password',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/auth/login' },
    input: z.strictObject({ name, password }),
    output: loggedIn,
    run: ({ accounts, caller }, input) => accounts.login(input, caller),
  }),
  openOperation({
    name: 'refresh',
    summary: 'Get new tokens for a refresh token, which is used up',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/auth/refresh' },
    input: z.strictObject({ refreshToken }),
    output: loggedIn,
    run: ({ accounts, caller }, input) => accounts.refresh(input.refreshToken, caller),
  }),
  openOperation({
    name: 'logout',
    summary: 'End the session of a refresh token',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/auth/logout' },
    input: z.strictObject({ refreshToken }),
    output: z.object({ loggedOut: z.literal(true) }),
    run: async ({ accounts, caller }, input) => {
      await accounts.logout(input.refreshToken, caller)
      return { loggedOut: true as const }
    },
  }),
  openOperation({
    name: 'changePassword',
    summary: 'Set a password in the place of the present one, end all sessions, and log in',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/auth/password' },
    input: z.strictObject({ name, password, newPassword: password }),
    output: loggedIn,
    run: ({ accounts, caller }, input) => accounts.changePassword(input, caller),
  }),
  provedOperation({
    name: 'revokeAllSessions',
    summary: 'End all sessions of the own account',
    kind: 'mutation',
    rest: { method: 'POST', path: '/v1/auth/revoke-all' },
    input: z.strictObject({}),
    output: z.object({ ended: z.number().int() }),
    run: async ({ accounts, viewer, caller }) => ({ ended: await accounts.revokeAll(viewer, caller) }),
  }),
  provedOperation({
    name: 'me',
    summary: 'Whom the token speaks for',
    kind: 'query',
    rest: { method: 'GET', path: '/v1/auth/me' },
    input: z.strictObject({}),
    output: z.object({
      user: z.string(),
      role,
      tenant: z.string(),
      expiresAt: z.number().int().describe('ms since 1970-01-01 UTC'),
      account: account.nullable().describe('null for a token that comes from no login'),
    }),
    run: async ({ accounts, viewer }) => {
      const { user, role: own, tenant, expiresAt } = viewer
      return { user, role: own, tenant, expiresAt, account: (await accounts.accountOf(viewer)) ?? null }
    },
  }),
]
