import type { Access, Viewer } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import type { Account } from './account.js'
import type { AccountParts, Caller } from './account-parts.js'
import { ACCOUNT_TABLES } from './account-tables.js'
import type { AuditEntry } from './audit.js'
import { Directory, type AccountChange, type AccountPage, type ChangedAccount, type NewAccount } from './directory.js'
import { LOGIN_LIMITS, LoginGate, type LoginLimits } from './login-limits.js'
import { Logins, type LoggedIn, type LoginRequest, type PasswordRequest } from './logins.js'
import { PasswordHasher, type HashParameters } from './password-hash.js'
import { purge } from './purge.js'
import { sessionAccess } from './session-access.js'
import { SESSION_TIMES, Sessions, type SessionTimes } from './sessions.js'

export interface AccountsOptions {
  readonly store: ViewStore
  /** JWT_SECRET: signs access tokens. */
  readonly secret: string
  readonly logger: AccountParts['logger']
  /** ms since 1970. */
  readonly clock?: () => number
  readonly limits?: Partial<LoginLimits>
  readonly times?: Partial<SessionTimes>
  readonly hashing?: HashParameters
}

/** Users of the API who log in. All methods reject with `AccountError`, or `ViewStoreUnavailableError` when the store is away. */
export interface Accounts {
  login(request: LoginRequest, caller: Caller): Promise<LoggedIn>
  changePassword(request: PasswordRequest, caller: Caller): Promise<LoggedIn>
  refresh(refreshToken: string, caller: Caller): Promise<LoggedIn>
  logout(refreshToken: string, caller: Caller): Promise<void>
  revokeAll(viewer: Viewer, caller: Caller): Promise<number>
  accountOf(viewer: Viewer): Promise<Account | undefined>
  list(
    viewer: Viewer,
    request: { tenant?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<AccountPage>
  create(account: NewAccount, by: { viewer: Viewer; caller: Caller }): Promise<ChangedAccount>
  update(id: string, change: AccountChange, by: { viewer: Viewer; caller: Caller }): Promise<ChangedAccount>
  remove(id: string, by: { viewer: Viewer; caller: Caller }): Promise<void>
  erase(id: string, by: { viewer: Viewer; caller: Caller }): Promise<void>
  audit(
    viewer: Viewer,
    request: { accountId?: string | undefined; before?: string | undefined; limit: number },
  ): Promise<AuditEntry[]>
  firstAdmin(name: string, options?: { again?: boolean }): Promise<ChangedAccount & { oneTimePassword: string }>
  /** Checks tokens as `access` does, and that their sessions last. */
  guard(access: Access): Access
  /** Deletes what nobody needs any more; done by itself once an hour while people log in. */
  purge(): Promise<void>
  /** Waits for what goes on by itself. The store stays open. */
  close(): Promise<void>
}

const PURGE_EVERY_MS = 3_600_000

/** Makes the tables that are missing. Throws `SECRET_TOO_SHORT` at the first token when the secret is. */
export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const { store, secret, logger, clock = Date.now } = options
  await store.createTables(ACCOUNT_TABLES)
  const parts: AccountParts = {
    store,
    logger,
    now: clock,
    sessions: new Sessions(secret, { ...SESSION_TIMES, ...options.times }, clock),
    hasher: new PasswordHasher(options.hashing),
    gate: new LoginGate(store, { ...LOGIN_LIMITS, ...options.limits }, clock),
  }
  const logins = new Logins(parts)
  const directory = new Directory(parts)
  let purgedAt = -Infinity
  let purging: Promise<void> = Promise.resolve()
  const purgeNowAndThen = () => {
    if (Math.abs(clock() - purgedAt) < PURGE_EVERY_MS) return
    purgedAt = clock()
    purging = purge(parts).catch((err: unknown) => logger.warn({ err }, 'old sessions could not be deleted'))
  }
  return {
    async login(request, caller) {
      const loggedIn = await logins.login(request, caller)
      purgeNowAndThen()
      return loggedIn
    },
    changePassword: (request, caller) => logins.changePassword(request, caller),
    async refresh(token, caller) {
      const loggedIn = await logins.refresh(token, caller)
      purgeNowAndThen()
      return loggedIn
    },
    logout: (token, caller) => logins.logout(token, caller),
    revokeAll: (viewer, caller) => logins.revokeAll(viewer, caller),
    accountOf: (viewer) => logins.accountOf(viewer),
    list: (viewer, request) => directory.list(viewer, request),
    create: (account, by) => directory.create(account, by),
    update: (id, change, by) => directory.update(id, change, by),
    remove: (id, by) => directory.remove(id, by),
    erase: (id, by) => directory.erase(id, by),
    audit: (viewer, request) => directory.audit(viewer, request),
    firstAdmin: (name, again) => directory.firstAdmin(name, again),
    guard: (access) => sessionAccess({ access, store, clock }),
    purge: () => purge(parts),
    close: () => purging,
  }
}
