/** Accounts upon a real store, with a clock that is moved by hand and hashing that costs little. */
import { createAccess, type Access, type Viewer } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import { createLogger } from '@trunkline/runtime'
import { createAccounts, type Accounts, type AccountsOptions, type LoggedIn } from '../index.js'

export const SECRET = 'a secret that is long enough for a test of HS256'
export const CHEAP = { memory: 64, passes: 1, parallelism: 1 }
export const HOME = { address: '192.0.2.1' }
export const ADMIN: Viewer = { role: 'admin', tenant: '*', user: 'console', expiresAt: 0 }
export const BY_ADMIN = { viewer: ADMIN, caller: { address: '198.51.100.9' } }
export const PASSWORD = 'correct horse battery'

export interface Workbench {
  readonly store: ViewStore
  readonly accounts: Accounts
  readonly access: Access
  /** What was logged. */
  readonly log: string[]
  /** ms since 1970; starts now. */
  clock: number
}

export async function workbench(store: ViewStore, options: Partial<AccountsOptions> = {}): Promise<Workbench> {
  const log: string[] = []
  const logger = createLogger({ level: 'trace', name: 'test', destination: { write: (line) => void log.push(line) } })
  const bench = { store, log, clock: Date.now() }
  const accounts = await createAccounts({
    store,
    secret: SECRET,
    logger,
    hashing: CHEAP,
    clock: () => bench.clock,
    ...options,
  })
  return Object.assign(bench, { accounts, access: accounts.guard(createAccess({ secret: SECRET })) })
}

/** An account whose owner has set {@link PASSWORD}, and the tokens of that. */
export async function settled(
  { accounts }: Pick<Workbench, 'accounts'>,
  account: { name: string; tenant: string; role?: 'admin' | 'operator' | 'analyst' | 'user' },
  from = HOME,
): Promise<LoggedIn> {
  const { role = 'operator' } = account
  const { account: made, oneTimePassword } = await accounts.create({ ...account, role }, BY_ADMIN)
  return accounts.changePassword({ name: made.name, password: oneTimePassword!, newPassword: PASSWORD }, from)
}

/** All that the tables of accounts hold, as text. */
export async function dump(store: ViewStore): Promise<string> {
  const tables = ['accounts', 'sessions', 'refresh_tokens', 'addresses', 'limits', 'audit']
  const names = tables.map((table) => (table === 'accounts' ? table : `account_${table}`))
  return JSON.stringify(await Promise.all(names.map((name) => store.all(`SELECT * FROM ${name}`))))
}
