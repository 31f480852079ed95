import type { ViewTransaction } from '@trunkline/ports'
import type { Viewer } from '@trunkline/access'
import { accountById, accountByName, publicAccount, type Account, type AccountRow } from './account.js'
import { AccountError, invalid } from './account-error.js'
import { foldName } from './account-name.js'
import type { AccountParts, Caller } from './account-parts.js'
import { addressesTable } from './account-tables.js'
import { countedAddress } from './address.js'
import { actorOf, note } from './audit.js'
import type { Attempt } from './login-limits.js'
import { foldPassword, passwordFaults } from './password-rules.js'
import type { Granted, Tokens } from './sessions.js'

export interface LoginRequest {
  readonly name: string
  readonly password: string
}

export interface PasswordRequest extends LoginRequest {
  readonly newPassword: string
}

/** The tokens of a login, and whose they are. */
export interface LoggedIn extends Tokens {
  readonly account: Account
}

interface Proof {
  readonly account: AccountRow
  readonly attempt: Attempt
  readonly address: string
}

/** What people and programs do with an account of their own. */
export class Logins {
  constructor(private readonly parts: AccountParts) {}

  /** Rejects with `INVALID_LOGIN`, `PASSWORD_EXPIRED` or `RATE_LIMITED`. */
  async login({ name, password }: LoginRequest, caller: Caller): Promise<LoggedIn> {
    const { store, hasher, sessions, now } = this.parts
    const proof = await this.#prove(name, password, caller)
    const { account } = proof
    const isOutdated = hasher.isOutdated(account.password)
    const hash = isOutdated ? await this.#orUndo(proof, hasher.hash(foldPassword(password))) : account.password
    const granted = await store.transaction(async (tx) => {
      await this.#admit(tx, proof)
      if (account.once_until !== null) return undefined
      if (isOutdated) await tx.run('UPDATE accounts SET password = ? WHERE id = ?', [hash, account.id])
      await tx.run('UPDATE accounts SET login_at = ? WHERE id = ?', [now(), account.id])
      await note(tx, now(), noteOf(account, 'login', proof.address))
      return sessions.begin(tx, { ...account, login_at: now() })
    })
    if (granted === undefined) throw new AccountError('PASSWORD_EXPIRED')
    return this.#loggedIn(granted)
  }

  /**
   * Sets a password in the place of the one that is given, which proves who asks: no token is needed, and a password that
   * may be used once is used here. Ends all sessions and begins a new one.
   */
  async changePassword({ name, password, newPassword }: PasswordRequest, caller: Caller): Promise<LoggedIn> {
    const { store, hasher, sessions, now } = this.parts
    const faults = passwordFaults(newPassword, foldName(name))
    if (faults.length > 0) throw new AccountError('INVALID', { faults })
    if (foldPassword(newPassword) === foldPassword(password)) throw invalid('newPassword', 'must be another one')
    const proof = await this.#prove(name, password, caller)
    const { account } = proof
    const hash = await this.#orUndo(proof, hasher.hash(foldPassword(newPassword)))
    const granted = await store.transaction(async (tx) => {
      await this.#admit(tx, proof)
      const sql = 'UPDATE accounts SET password = ?, once_until = NULL, updated_at = ?, login_at = ? WHERE id = ?'
      await tx.run(sql, [hash, now(), now(), account.id])
      await sessions.endAll(tx, account.id)
      await note(tx, now(), noteOf(account, 'password_changed', proof.address))
      return sessions.begin(tx, { ...account, once_until: null, updated_at: now(), login_at: now() })
    })
    return this.#loggedIn(granted)
  }

  /** Rejects with `INVALID_REFRESH`. */
  async refresh(refreshToken: string, caller: Caller): Promise<LoggedIn> {
    const { store, sessions, logger, now } = this.parts
    const address = countedAddress(caller.address)
    // what nobody was given costs reading alone: writers wait for each other, those of the views too
    if (!(await sessions.isKnown(store, refreshToken))) throw new AccountError('INVALID_REFRESH')
    const refreshed = await store.transaction(async (tx) => {
      const result = await sessions.refresh(tx, refreshToken, address)
      if (result.outcome === 'reused' && result.account !== undefined) {
        await note(tx, now(), { ...noteOf(result.account, 'refresh_reused', address), actor: null })
      }
      return result
    })
    if (refreshed.outcome === 'granted') return this.#loggedIn(refreshed.granted)
    if (refreshed.outcome === 'reused') {
      logger.warn({ session: refreshed.sessionId, address }, 'a refresh token came again: the session was ended')
    }
    throw new AccountError('INVALID_REFRESH')
  }

  /** Ends the session of a refresh token. One that is not valid is not told from one that is. */
  async logout(refreshToken: string, caller: Caller): Promise<void> {
    const { store, sessions, now } = this.parts
    if (!(await sessions.isKnown(store, refreshToken))) return
    await store.transaction(async (tx) => {
      const session = await sessions.lastingSession(tx, refreshToken)
      if (session === undefined) return
      await sessions.end(tx, [session.id])
      const account = await accountById(tx, session.account_id)
      if (account !== undefined) await note(tx, now(), noteOf(account, 'logout', countedAddress(caller.address)))
    })
  }

  /** Ends all sessions of the account that the token comes from; how many there were. */
  async revokeAll(viewer: Viewer, caller: Caller): Promise<number> {
    const { store, sessions, now } = this.parts
    return store.transaction(async (tx) => {
      const account = await accountById(tx, await actorOf(tx, viewer))
      if (account === undefined) return 0
      const ended = await sessions.endAll(tx, account.id)
      const details = { sessions: ended }
      await note(tx, now(), { ...noteOf(account, 'sessions_revoked', countedAddress(caller.address)), details })
      return ended
    })
  }

  /** The account that a token comes from; undefined when it comes from no login. */
  async accountOf(viewer: Viewer): Promise<Account | undefined> {
    const { store } = this.parts
    const account = await accountById(store, await actorOf(store, viewer))
    return account === undefined ? undefined : publicAccount(account)
  }

  /** The same work and the same answer whether there is such an account or not. */
  async #prove(name: string, password: string, caller: Caller): Promise<Proof> {
    const { store, hasher, gate, now } = this.parts
    const [folded, address] = [foldName(name), countedAddress(caller.address)]
    const account = await accountByName(store, folded)
    const isKnown = await this.#isKnown(account?.id ?? '', address)
    const attempt = await gate.enter({ name: folded, address, isKnown })
    if ('blockedForSeconds' in attempt) {
      throw new AccountError('RATE_LIMITED', { retryAfterSeconds: attempt.blockedForSeconds })
    }
    const isRight = await this.#orUndo({ attempt }, hasher.verify(foldPassword(password), account?.password))
    if (isRight && account !== undefined && isUsable(account, now())) return { account, attempt, address }
    await store.transaction((tx) =>
      note(tx, now(), {
        action: 'login_failed',
        actor: null,
        accountId: account?.id ?? null,
        tenant: account?.tenant ?? null,
        address,
      }),
    )
    const { retryAfterSeconds } = attempt
    // to one who only shares the address it must look as to anybody else there
    if (retryAfterSeconds !== undefined) throw new AccountError('RATE_LIMITED', { retryAfterSeconds })
    throw new AccountError('INVALID_LOGIN')
  }

  /** While too much is to be hashed, those who come with the right password must not use up their attempts. */
  async #orUndo<T>({ attempt }: Pick<Proof, 'attempt'>, hashing: Promise<T>): Promise<T> {
    try {
      return await hashing
    } catch (error) {
      await this.parts.gate.undo(attempt).catch(() => undefined)
      throw error
    }
  }

  async #isKnown(accountId: string, address: string): Promise<boolean> {
    const sql = 'SELECT seen_at FROM account_addresses WHERE account_id = ? AND address = ?'
    return (await this.parts.store.all(sql, [accountId, address])).length > 0
  }

  /** In the transaction that acts on the proof. Throws when the account has changed since. */
  async #admit(tx: ViewTransaction, { account, attempt, address }: Proof): Promise<void> {
    const { gate, now } = this.parts
    const current = await accountById(tx, account.id)
    const isSame = current?.password === account.password && current.name === account.name
    if (!isSame || !isUsable(current, now())) throw new AccountError('INVALID_LOGIN')
    await gate.giveBack(tx, attempt)
    await tx.upsert(addressesTable, [{ account_id: account.id, address, seen_at: now() }])
  }

  async #loggedIn(granted: Granted): Promise<LoggedIn> {
    return { ...(await this.parts.sessions.sign(granted)), account: publicAccount(granted.account) }
  }
}

function isUsable({ disabled, once_until }: AccountRow, now: number): boolean {
  return disabled === 0 && (once_until === null || once_until > now)
}

function noteOf(
  account: AccountRow,
  action: 'login' | 'logout' | 'password_changed' | 'sessions_revoked' | 'refresh_reused',
  address: string,
) {
  return { action, actor: account.id, accountId: account.id, tenant: account.tenant, address }
}
