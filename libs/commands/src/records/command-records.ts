import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import type { Vault } from '@trunkline/vault'
import type { CommandAnswer } from '../command.js'
import { CommandError } from '../command-error.js'
import { isSameSent, sealFingerprint } from './fingerprint.js'
import { RECORD_OVER_MS } from './kept.js'
import { insertNew } from './insert-new.js'
import { commandRecordsTable } from './tables.js'

/** How long nobody else may do a command whose process is silent, ms. */
export const LEASE_MS = 15_000
/** A lease this old is renewed before anything that two must not do, ms. The rest is for clocks that differ. */
const FRESH_MS = 5_000
/** How long a command waits for the answer to the same command, ms. */
export const WAIT_MS = LEASE_MS + 5_000
const POLL_MS = 25
const CLEAN_ROWS = 500

interface RecordRow {
  readonly fingerprint: string
  readonly owner: string | null
  readonly lease_until: number
  readonly draft: string | null
  readonly answer: string | null
  readonly used_at: number
}

export interface RecordsDependencies {
  readonly viewStore: ViewStore
  readonly vault: Pick<Vault, 'sealText' | 'openText'>
  readonly clock: () => number
  /** {@link WAIT_MS} by default. */
  readonly waitMs?: number | undefined
}

/** A command that is to be done now, by this process. */
export interface Begun {
  readonly draft: string | null
  /** Throws BUSY when another process has taken it over. */
  hold(): Promise<void>
  /**
   * Keeps the answer and lets go of the draft: from here on it is shown no more. False when another process has taken
   * the command over, and shows it.
   */
  finish(answer: CommandAnswer): Promise<boolean>
  /** It was refused and changed nothing: the key is as if it had never come. */
  forget(): Promise<void>
  /** It may be done again at once. */
  letGo(): Promise<void>
}

export type Beginning = { readonly begun: Begun } | { readonly answer: CommandAnswer }

/** What came with an idempotency key, and what was answered. */
export class CommandRecords {
  readonly #deps: RecordsDependencies

  constructor(deps: RecordsDependencies) {
    this.#deps = deps
  }

  /**
   * Begins a command, or gives the answer that it got before; waits while another process does it. Throws KEY_REUSED
   * or IN_PROGRESS.
   */
  async begin(id: string, sent: unknown, newDraft: () => string | null): Promise<Beginning> {
    const until = performance.now() + (this.#deps.waitMs ?? WAIT_MS)
    const owner = randomUUID()
    for (;;) {
      const row = await this.#take(id, { sent, owner, newDraft })
      // forgotten between two of our steps, since it was refused
      if (row === undefined) continue
      if (!isSameSent(this.#deps.vault, row.fingerprint, { sent, context: contextOf(id) })) {
        throw new CommandError('KEY_REUSED')
      }
      if (row.answer !== null) return { answer: { ...(JSON.parse(row.answer) as CommandAnswer), replayed: true } }
      if (row.owner === owner) return { begun: this.#begun(id, owner, row) }
      if (performance.now() > until) throw new CommandError('IN_PROGRESS')
      await pause(POLL_MS + Math.random() * POLL_MS)
    }
  }

  /** Forgets what is older than keys are kept. */
  async clean(): Promise<void> {
    const before = this.#deps.clock() - RECORD_OVER_MS
    const sql = `SELECT id FROM command_records WHERE used_at < ? ORDER BY used_at LIMIT ${CLEAN_ROWS}`
    for (let rows; (rows = await this.#deps.viewStore.all<{ id: string }>(sql, [before])).length > 0;) {
      const keys = rows.map(({ id }) => ({ id }))
      await this.#deps.viewStore.transaction((tx) => tx.remove(commandRecordsTable, keys))
    }
  }

  /** The row as it stands after we tried to make it ours. */
  async #take(
    id: string,
    { sent, owner, newDraft }: { sent: unknown; owner: string; newDraft: () => string | null },
  ): Promise<RecordRow | undefined> {
    const { vault, viewStore, clock } = this.#deps
    const known = await read(viewStore, id)
    const now = clock()
    // Most often it is new, or has its answer, or somebody is at it: then nothing is to be written.
    if (known !== undefined && (known.answer !== null || known.lease_until >= now) && !isOver(known, now)) return known
    const draft = newDraft()
    const fresh = {
      id,
      fingerprint: sealFingerprint(vault, sent, contextOf(id)),
      owner,
      lease_until: now + LEASE_MS,
      draft: draft === null ? null : vault.sealText(draft, contextOf(id)),
      answer: null,
      used_at: now,
    }
    return viewStore.transaction(async (tx) => {
      if (known !== undefined && !isOver(known, now)) {
        const silent = 'WHERE id = ? AND answer IS NULL AND lease_until < ?'
        const set = 'SET owner = ?, lease_until = ?, used_at = ?'
        await tx.run(`UPDATE command_records ${set} ${silent}`, [owner, now + LEASE_MS, now, id, now])
      } else {
        if (known !== undefined) {
          await tx.run('DELETE FROM command_records WHERE id = ? AND used_at = ?', [id, known.used_at])
        }
        await insertNew(tx, commandRecordsTable, fresh)
      }
      return read(tx, id)
    })
  }

  #begun(id: string, owner: string, row: RecordRow): Begun {
    const { vault, viewStore, clock } = this.#deps
    let renewedAt = row.lease_until - LEASE_MS
    const mine = 'WHERE id = ? AND owner = ?'
    return {
      draft: row.draft === null ? null : vault.openText(row.draft, contextOf(id)),
      hold: async () => {
        const now = clock()
        if (now - renewedAt < FRESH_MS) return
        await viewStore.transaction(async (tx) => {
          await tx.run(`UPDATE command_records SET lease_until = ? ${mine}`, [now + LEASE_MS, id, owner])
          if ((await read(tx, id))?.owner !== owner) throw new CommandError('BUSY')
        })
        renewedAt = now
      },
      finish: async (answer) => {
        const set = 'SET answer = ?, draft = NULL, owner = NULL, lease_until = 0, used_at = ?'
        return viewStore.transaction(async (tx) => {
          const isOurs = (await read(tx, id))?.owner === owner
          if (isOurs)
            await tx.run(`UPDATE command_records ${set} ${mine}`, [JSON.stringify(answer), clock(), id, owner])
          return isOurs
        })
      },
      forget: async () => {
        await viewStore.transaction((tx) => tx.run(`DELETE FROM command_records ${mine}`, [id, owner]))
      },
      letGo: async () => {
        const set = 'SET owner = NULL, lease_until = 0'
        await viewStore.transaction((tx) => tx.run(`UPDATE command_records ${set} ${mine}`, [id, owner]))
      },
    }
  }
}

/** Bound into what is sealed, so that it cannot be moved to another row. */
function contextOf(id: string): string {
  return `command_records/${id}`
}

function isOver({ used_at }: RecordRow, now: number): boolean {
  return used_at < now - RECORD_OVER_MS
}

async function read(reader: Pick<ViewTransaction, 'all'>, id: string): Promise<RecordRow | undefined> {
  const sql = 'SELECT fingerprint, owner, lease_until, draft, answer, used_at FROM command_records WHERE id = ?'
  const [row] = await reader.all<RecordRow>(sql, [id])
  return row
}
