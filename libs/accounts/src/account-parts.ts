import type { ViewStore } from '@trunkline/ports'
import type { Logger } from '@trunkline/runtime'
import type { LoginGate } from './login-limits.js'
import type { PasswordHasher } from './password-hash.js'
import type { Sessions } from './sessions.js'

/** What the parts of accounts share. */
export interface AccountParts {
  readonly store: ViewStore
  readonly sessions: Sessions
  readonly hasher: PasswordHasher
  readonly gate: LoginGate
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  /** ms since 1970. */
  readonly now: () => number
}

/** Where a request comes from: the address of the client, as far as proxies are trusted. */
export interface Caller {
  readonly address: string
}
