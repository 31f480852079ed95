import { createHash, createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { issueToken } from '@trunkline/access'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import { accountById, type AccountRow } from './account.js'
import { refreshTokensTable, sessionsTable } from './account-tables.js'

export interface SessionTimes {
  readonly accessSeconds: number
  /** A session that is not refreshed for so long ends, ms. */
  readonly idleMs: number
  /** It ends after so long in any case, ms. */
  readonly sessionMs: number
  /** So long after its use a refresh token may come again, since its answer was lost; ms. */
  readonly graceMs: number
}

const DAY_MS = 86_400_000
export const SESSION_TIMES: SessionTimes = {
  accessSeconds: 900,
  idleMs: 7 * DAY_MS,
  sessionMs: 30 * DAY_MS,
  graceMs: 10_000,
}

/** Tells sessions of ours from the `sid` of other issuers. */
export const SESSION_PREFIX = 'trunkline-'

/** What a client gets at login and at each refresh. */
export interface Tokens {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  /** Seconds. */
  readonly refreshExpiresIn: number
}

/** Tokens before they are signed: what a transaction decides on. */
export interface Granted {
  readonly account: AccountRow
  readonly sessionId: string
  readonly refreshToken: string
  readonly refreshEndsAt: number
}

export type Refreshed =
  | { readonly outcome: 'granted'; readonly granted: Granted }
  | { readonly outcome: 'refused' }
  /** Somebody else has it too: the session has ended. */
  | { readonly outcome: 'reused'; readonly account: AccountRow | undefined; readonly sessionId: string }

interface TokenRow {
  readonly hash: string
  readonly session_id: string
  readonly ends_at: number
  readonly used_at: number | null
  readonly used_from: string | null
  readonly salt: string | null
}

interface SessionRow {
  readonly id: string
  readonly account_id: string
  readonly ends_at: number
  readonly ended_at: number | null
}

/** 256 random bits in Base64 for URLs. */
const FORM = /^[A-Za-z0-9_-]{43}$/

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

export class Sessions {
  readonly #key: Buffer

  constructor(
    private readonly secret: string,
    private readonly times: SessionTimes,
    private readonly now: () => number,
  ) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'trunkline refresh tokens', 32))
  }

  async begin(tx: ViewTransaction, account: AccountRow): Promise<Granted> {
    const now = this.now()
    const id = `${SESSION_PREFIX}${randomUUID()}`
    const ends_at = now + this.times.sessionMs
    await tx.upsert(sessionsTable, [{ id, account_id: account.id, created_at: now, ends_at, ended_at: null }])
    return this.#grant(tx, { account, session: { id, ends_at }, refreshToken: randomBytes(32).toString('base64url') })
  }

  /**
   * Each refresh token is used once, for its successor. One that comes again was stolen, or its answer was lost. It was
   * lost when it comes from the same address within the grace and nobody has used the successor: then the answer is the
   * same successor again, which follows from the token, a salt that is kept, and a key of the server. So the family
   * never has two branches that both live, and nothing that is kept opens anything. In any other case the session ends.
   */
  async refresh(tx: ViewTransaction, refreshToken: string, address: string): Promise<Refreshed> {
    const now = this.now()
    const token = FORM.test(refreshToken) ? await tokenByHash(tx, hashOf(refreshToken)) : undefined
    if (token === undefined) return { outcome: 'refused' }
    const session = await sessionById(tx, token.session_id)
    if (session === undefined || session.ended_at !== null) return { outcome: 'refused' }
    if (session.ends_at <= now || token.ends_at <= now) return { outcome: 'refused' }
    const account = await accountById(tx, session.account_id)
    if (token.used_at !== null && !(await this.#isLostAnswer(tx, refreshToken, { token, address }))) {
      await this.end(tx, [session.id])
      return { outcome: 'reused', account, sessionId: session.id }
    }
    if (account === undefined || account.disabled === 1 || account.once_until !== null) return { outcome: 'refused' }
    const salt = token.salt ?? randomBytes(32).toString('hex')
    const next = this.#successor(refreshToken, salt)
    if (token.used_at === null) {
      await tx.upsert(refreshTokensTable, [{ ...token, used_at: now, used_from: address, salt }])
      return { outcome: 'granted', granted: await this.#grant(tx, { account, session, refreshToken: next }) }
    }
    const kept = (await tokenByHash(tx, hashOf(next)))!
    const granted = { account, sessionId: session.id, refreshToken: next, refreshEndsAt: kept.ends_at }
    return { outcome: 'granted', granted }
  }

  /** Ends sessions; those that have ended stay as they are. */
  async end(tx: ViewTransaction, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await tx.run('UPDATE account_sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL', [this.now(), id])
    }
  }

  /** How many sessions of an account that lasted were ended. */
  async endAll(tx: ViewTransaction, accountId: string, except = ''): Promise<number> {
    const now = this.now()
    const which = 'account_id = ? AND id <> ? AND ended_at IS NULL AND ends_at > ?'
    const values = [accountId, except, now]
    const lasting = await tx.all(`SELECT id FROM account_sessions WHERE ${which}`, values)
    await tx.run(`UPDATE account_sessions SET ended_at = ? WHERE ${which}`, [now, ...values])
    return lasting.length
  }

  /** Whether it is a refresh token that somebody was given, good or not. */
  async isKnown(reader: Pick<ViewStore, 'all'>, refreshToken: string): Promise<boolean> {
    return FORM.test(refreshToken) && (await tokenByHash(reader, hashOf(refreshToken))) !== undefined
  }

  /** The session that a refresh token belongs to, while it lasts. */
  async lastingSession(reader: Pick<ViewStore, 'all'>, refreshToken: string): Promise<SessionRow | undefined> {
    const token = FORM.test(refreshToken) ? await tokenByHash(reader, hashOf(refreshToken)) : undefined
    const session = token === undefined ? undefined : await sessionById(reader, token.session_id)
    return session === undefined || session.ended_at !== null || session.ends_at <= this.now() ? undefined : session
  }

  async sign({ account, sessionId, refreshToken, refreshEndsAt }: Granted): Promise<Tokens> {
    const { role, tenant, name } = account
    const now = this.now()
    const accessToken = await issueToken(this.secret, {
      role,
      tenant,
      user: name,
      sessionId,
      ttlSeconds: this.times.accessSeconds,
      issuedAt: Math.floor(now / 1000),
    })
    return {
      accessToken,
      tokenType: 'Bearer',
      expiresIn: this.times.accessSeconds,
      refreshToken,
      refreshExpiresIn: Math.max(0, Math.floor((refreshEndsAt - now) / 1000)),
    }
  }

  async #grant(
    tx: ViewTransaction,
    {
      account,
      session,
      refreshToken,
    }: { account: AccountRow; session: Pick<SessionRow, 'id' | 'ends_at'>; refreshToken: string },
  ): Promise<Granted> {
    const ends_at = Math.min(this.now() + this.times.idleMs, session.ends_at)
    const row = {
      hash: hashOf(refreshToken),
      session_id: session.id,
      ends_at,
      used_at: null,
      used_from: null,
      salt: null,
    }
    await tx.upsert(refreshTokensTable, [row])
    return { account, sessionId: session.id, refreshToken, refreshEndsAt: ends_at }
  }

  async #isLostAnswer(
    tx: ViewTransaction,
    refreshToken: string,
    { token, address }: { token: TokenRow; address: string },
  ): Promise<boolean> {
    const { used_at, used_from, salt } = token
    if (used_at === null || salt === null || used_from !== address) return false
    if (Math.abs(this.now() - used_at) > this.times.graceMs) return false
    const successor = await tokenByHash(tx, hashOf(this.#successor(refreshToken, salt)))
    return successor !== undefined && successor.used_at === null
  }

  #successor(refreshToken: string, salt: string): string {
    return createHmac('sha256', this.#key).update(`${refreshToken}.${salt}`).digest('base64url')
  }
}

async function tokenByHash(reader: Pick<ViewStore, 'all'>, hash: string): Promise<TokenRow | undefined> {
  const sql = 'SELECT hash, session_id, ends_at, used_at, used_from, salt FROM account_refresh_tokens WHERE hash = ?'
  const [row] = await reader.all<TokenRow & Record<string, string | number | null>>(sql, [hash])
  return row
}

async function sessionById(reader: Pick<ViewStore, 'all'>, id: string): Promise<SessionRow | undefined> {
  const sql = 'SELECT id, account_id, ends_at, ended_at FROM account_sessions WHERE id = ?'
  const [row] = await reader.all<SessionRow>(sql, [id])
  return row
}
