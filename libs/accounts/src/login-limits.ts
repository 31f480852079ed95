/**
 * Token buckets of failed logins, in the store: they hold across processes and restarts. A failure takes a token from the
 * bucket of the user at the address, and, unless the user has logged in from there before, from that of the address and
 * from that of the user. So
 * - one who guesses at a user from one place waits, and nobody else does,
 * - one who tries many users from one place waits, and those who are known there do not,
 * - many places that guess at one user wait, and the user, where known, does not.
 */
import { createHash } from 'node:crypto'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import { limitsTable } from './account-tables.js'

export interface Bucket {
  /** Failures that are free after a long pause. */
  readonly burst: number
  /** After so many ms there is one more. */
  readonly everyMs: number
}

export interface LoginLimits {
  readonly pair: Bucket
  readonly address: Bucket
  readonly user: Bucket
}

export const LOGIN_LIMITS: LoginLimits = {
  pair: { burst: 5, everyMs: 60_000 },
  address: { burst: 50, everyMs: 15_000 },
  user: { burst: 20, everyMs: 120_000 },
}

/** A failure in advance: it is given back when the login succeeds. */
export interface Attempt {
  readonly taken: readonly BucketKey[]
  /** One who is not known here would have to wait so many seconds; to the wrong password of a known one this is answered too. */
  readonly retryAfterSeconds: number | undefined
}

export interface BucketKey {
  readonly id: string
  readonly kind: keyof LoginLimits
}

interface Level {
  readonly tokens: number
  readonly waitMs: number
}

export interface LoginFrom {
  /** As it was typed; folded. */
  readonly name: string
  readonly address: string
  /** This user has logged in from this address before. */
  readonly isKnown: boolean
}

const KINDS: readonly (keyof LoginLimits)[] = ['pair', 'address', 'user']

export class LoginGate {
  constructor(
    private readonly store: ViewStore,
    private readonly limits: LoginLimits,
    private readonly now: () => number,
  ) {}

  /** Takes a failure in advance, so that a thousand attempts at once are no more than one after the other; or says how long to wait. */
  async enter(from: LoginFrom): Promise<Attempt | { readonly blockedForSeconds: number }> {
    const keys = KINDS.map((kind) => ({ kind, id: idOf(kind, from) }))
    // who is refused writes nothing: a flood costs reading alone
    const before = this.#judge(await this.#levels(this.store, keys), from.isKnown)
    if (before.blockedForSeconds !== undefined) return { blockedForSeconds: before.blockedForSeconds }
    return this.store.transaction(async (tx) => {
      const levels = await this.#levels(tx, keys)
      const { blockedForSeconds, retryAfterSeconds } = this.#judge(levels, from.isKnown)
      if (blockedForSeconds !== undefined) return { blockedForSeconds }
      const taken = keys.filter(({ kind }) => kind === 'pair' || !from.isKnown)
      await this.#write(tx, taken, (key) => levels.get(key)!.tokens - 1)
      return { taken, retryAfterSeconds }
    })
  }

  /** The login succeeded: no failure of this user here counts any more, and those of others count on. */
  async giveBack(tx: ViewTransaction, { taken }: Attempt): Promise<void> {
    const levels = await this.#levels(tx, taken)
    await this.#write(tx, taken, (key) => {
      const { burst } = this.limits[key.kind]
      return key.kind === 'pair' ? burst : Math.min(burst, levels.get(key)!.tokens + 1)
    })
  }

  /** It was not found out whether the password is right: nothing counts. */
  async undo({ taken }: Attempt): Promise<void> {
    await this.store.transaction(async (tx) => {
      const levels = await this.#levels(tx, taken)
      await this.#write(tx, taken, (key) => Math.min(this.limits[key.kind].burst, levels.get(key)!.tokens + 1))
    })
  }

  /** How long a bucket can stay unwritten before it is surely full, ms. */
  get fullAfterMs(): number {
    return Math.max(...KINDS.map((kind) => this.limits[kind].burst * this.limits[kind].everyMs))
  }

  #judge(levels: ReadonlyMap<BucketKey, Level>, isKnown: boolean) {
    const waits = [...levels].map(([{ kind }, { waitMs }]) => ({ kind, seconds: Math.ceil(waitMs / 1000) }))
    const longest = (kinds: typeof waits) => Math.max(0, ...kinds.map(({ seconds }) => seconds)) || undefined
    const blocking = waits.filter(({ kind }) => kind === 'pair' || !isKnown)
    return { blockedForSeconds: longest(blocking), retryAfterSeconds: longest(waits) }
  }

  async #levels(reader: Pick<ViewStore, 'all'>, keys: readonly BucketKey[]): Promise<Map<BucketKey, Level>> {
    const sql = `SELECT id, tokens, updated_at FROM account_limits WHERE id IN (${keys.map(() => '?').join(', ')})`
    const rows = await reader.all<{ id: string; tokens: number; updated_at: number }>(
      sql,
      keys.map(({ id }) => id),
    )
    const byId = new Map(rows.map((row) => [row.id, row]))
    return new Map(keys.map((key) => [key, this.#level(this.limits[key.kind], byId.get(key.id))]))
  }

  #level({ burst, everyMs }: Bucket, row: { tokens: number; updated_at: number } | undefined): Level {
    const tokens =
      row === undefined ? burst : Math.min(burst, row.tokens + this.#elapsed(row.updated_at, everyMs) / everyMs)
    // sums of parts may fall short of a whole by a hair
    return { tokens, waitMs: tokens >= 0.999_999 ? 0 : Math.round((1 - tokens) * everyMs) }
  }

  /** Clocks of two processes differ a little; one that was set back by more must not keep anybody out until then. */
  #elapsed(since: number, everyMs: number): number {
    const elapsed = this.now() - since
    return elapsed < -everyMs ? Number.MAX_SAFE_INTEGER : Math.max(0, elapsed)
  }

  async #write(tx: ViewTransaction, keys: readonly BucketKey[], tokens: (key: BucketKey) => number): Promise<void> {
    const updated_at = this.now()
    await tx.upsert(
      limitsTable,
      keys.map((key) => ({ id: key.id, tokens: tokens(key), updated_at })),
    )
  }
}

function idOf(kind: keyof LoginLimits, { name, address }: LoginFrom): string {
  const parts = { pair: [kind, name, address], address: [kind, address], user: [kind, name] }[kind]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
