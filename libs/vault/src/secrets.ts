import { timingSafeEqual } from 'node:crypto'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import { noteKey } from './key-register.js'
import type { MasterKeys } from './master-keys.js'
import { seal, unseal } from './seal.js'
import type { NewSecret, SecretPurpose } from './vault.js'
import { VaultError } from './vault-error.js'
import { chunks, marks, vaultSecretsTable } from './vault-tables.js'

interface SecretRow {
  readonly id: string
  readonly purpose: SecretPurpose
  readonly master: string
  readonly sealed: string
}

const COLUMNS = 'id, purpose, master, sealed'
/** Longest secret, bytes of UTF-8. */
const MOST_BYTES = 8192
/** Written over what is deleted: as long as the longest sealed text. */
const NOTHING = '0'.repeat(MOST_BYTES * 2)
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const place = ({ id, purpose }: Pick<SecretRow, 'id' | 'purpose'>) => ['vault_secrets', id, purpose]

/** Secrets of things: digests of SIP users, passwords of trunks, PINs. */
export class Secrets {
  readonly #store: ViewStore
  readonly #masters: MasterKeys

  constructor(store: ViewStore, masters: MasterKeys) {
    this.#store = store
    this.#masters = masters
  }

  /** All of them or, when one cannot be kept or the process dies, none. */
  async put(secrets: readonly NewSecret[]): Promise<void> {
    const wanted = distinct(secrets)
    if (wanted.size === 0) return
    const master = this.#masters.current
    const rows = [...wanted.values()].map(({ id, purpose, text }) => {
      return { id, purpose, master: master.id, sealed: seal(master, text, place({ id, purpose })) }
    })
    await this.#store.transaction(async (tx) => {
      const there = await read(tx, [...wanted.keys()])
      for (const row of there.values()) this.#mustEqual(row, wanted.get(row.id)!)
      const added = rows.filter(({ id }) => !there.has(id))
      if (added.length === 0) return
      await noteKey(tx, this.#masters)
      await tx.upsert(vaultSecretsTable, added)
    })
  }

  async get(purpose: SecretPurpose, ids: readonly string[]): Promise<Map<string, string>> {
    const texts = new Map<string, string>()
    for (const row of (await read(this.#store, [...new Set(ids)])).values()) {
      if (row.purpose !== purpose) throw new VaultError('PURPOSE_DIFFERS', row.id)
      texts.set(row.id, this.#open(row))
    }
    return texts
  }

  async destroy(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#store.transaction(async (tx) => {
      for (const part of chunks(ids)) {
        const which = `WHERE id IN (${marks(part)})`
        // SQLite leaves the bytes of a deleted row in the file; those of an overwritten one it does not
        await tx.run(`UPDATE vault_secrets SET sealed = SUBSTR(?, 1, LENGTH(sealed)) ${which}`, [NOTHING, ...part])
        await tx.run(`DELETE FROM vault_secrets ${which}`, part)
      }
    })
  }

  /** Seals secrets after the id `after`, at most `limit`, with the current master key. */
  async rewrap(tx: ViewTransaction, after: string, limit: number): Promise<SecretRow[]> {
    const master = this.#masters.current
    const sql = `SELECT ${COLUMNS} FROM vault_secrets WHERE id > ? AND master <> ? ORDER BY id LIMIT ${limit}`
    const rows = await tx.all<SecretRow>(sql, [after, master.id])
    const rewrapped = rows.map((row) => {
      return { ...row, master: master.id, sealed: seal(master, this.#open(row), place(row)) }
    })
    await tx.upsert(vaultSecretsTable, rewrapped)
    return rewrapped
  }

  #open(row: SecretRow): string {
    return unseal(this.#masters.of(row.sealed), row.sealed, place(row))
  }

  #mustEqual(row: SecretRow, wanted: NewSecret): void {
    if (row.purpose !== wanted.purpose) throw new VaultError('PURPOSE_DIFFERS', row.id)
    if (!isSame(this.#open(row), wanted.text)) throw new VaultError('SECRET_DIFFERS', row.id)
  }
}

function distinct(secrets: readonly NewSecret[]): Map<string, NewSecret> {
  const wanted = new Map<string, NewSecret>()
  for (const secret of secrets) {
    if (!UUID.test(secret.id)) throw new VaultError('INPUT_INVALID', 'the id of a secret must be a UUID')
    if (Buffer.byteLength(secret.text) > MOST_BYTES) {
      throw new VaultError('INPUT_INVALID', `a secret may have ${MOST_BYTES} bytes: ${secret.id}`)
    }
    const before = wanted.get(secret.id)
    if (before !== undefined && before.purpose !== secret.purpose) throw new VaultError('PURPOSE_DIFFERS', secret.id)
    if (before !== undefined && !isSame(before.text, secret.text)) throw new VaultError('SECRET_DIFFERS', secret.id)
    wanted.set(secret.id, secret)
  }
  return wanted
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function read(reader: Pick<ViewStore, 'all'>, ids: readonly string[]): Promise<Map<string, SecretRow>> {
  const rows = new Map<string, SecretRow>()
  for (const part of chunks(ids)) {
    const sql = `SELECT ${COLUMNS} FROM vault_secrets WHERE id IN (${marks(part)})`
    for (const row of await reader.all<SecretRow>(sql, part)) rows.set(row.id, row)
  }
  return rows
}
