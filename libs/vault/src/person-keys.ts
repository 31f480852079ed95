import { randomBytes } from 'node:crypto'
import type { ViewStore, ViewTransaction } from '@trunkline/ports'
import { noteKey } from './key-register.js'
import type { MasterKeys } from './master-keys.js'
import { sealBytes, unsealBytes, type SealKey } from './seal.js'
import { PersonErasedError, VaultError } from './vault-error.js'
import { chunks, marks, vaultPersonsTable } from './vault-tables.js'

interface PersonRow {
  readonly person_id: string
  readonly key_id: string
  readonly master: string
  readonly wrapped: string
  readonly erased: number
}

const COLUMNS = 'person_id, key_id, master, wrapped, erased'
const place = (row: Pick<PersonRow, 'person_id' | 'key_id'>) => ['vault_persons', row.person_id, row.key_id, 'key']

/** Random keys of 256 bits, one a person, wrapped by the master key. Nothing is cached: an erasure counts at once, everywhere. */
export class PersonKeys {
  readonly #store: ViewStore
  readonly #masters: MasterKeys
  #asked = new Map<string, PromiseWithResolvers<SealKey>>()
  #isBusy = false

  constructor(store: ViewStore, masters: MasterKeys) {
    this.#store = store
    this.#masters = masters
  }

  /**
   * The key of a person, made when there is none. All that is asked for while the store is busy is done in one
   * transaction: ten thousand new users do not need as many. Throws `PersonErasedError`.
   */
  obtain(personId: string): Promise<SealKey> {
    const known = this.#asked.get(personId)
    if (known !== undefined) return known.promise
    const asked = Promise.withResolvers<SealKey>()
    this.#asked.set(personId, asked)
    if (!this.#isBusy) void this.#work()
    return asked.promise
  }

  /** The keys with these ids: undefined where the person was erased. Throws `PERSON_KEY_MISSING`. */
  async find(keyIds: readonly string[]): Promise<ReadonlyMap<string, SealKey | undefined>> {
    const found = new Map<string, SealKey | undefined>()
    for (const part of chunks(keyIds)) {
      const sql = `SELECT ${COLUMNS} FROM vault_persons WHERE key_id IN (${marks(part)})`
      for (const row of await this.#store.all<PersonRow>(sql, part)) {
        found.set(row.key_id, row.erased === 1 ? undefined : this.#unwrap(row))
      }
    }
    const missing = keyIds.find((id) => !found.has(id))
    if (missing !== undefined) throw new VaultError('PERSON_KEY_MISSING', `key ${missing}`)
    return found
  }

  /** Overwrites the key where it stands. A person who never had one gets none later. */
  async erase(personId: string): Promise<void> {
    await this.#store.transaction(async (tx) => {
      const [row] = await tx.all<PersonRow>(`SELECT ${COLUMNS} FROM vault_persons WHERE person_id = ?`, [personId])
      if (row?.erased === 1) return
      const kept = row ?? this.#make(personId).row
      // as long as before: SQLite then writes over the same bytes of the file
      await tx.upsert(vaultPersonsTable, [{ ...kept, wrapped: '0'.repeat(kept.wrapped.length), erased: 1 }])
    })
  }

  /** Wraps the keys of persons after `after`, at most `limit`, with the current master key. */
  async rewrap(tx: ViewTransaction, after: string, limit: number): Promise<PersonRow[]> {
    const sql = `SELECT ${COLUMNS} FROM vault_persons WHERE person_id > ? AND master <> ? ORDER BY person_id LIMIT ${limit}`
    const rows = await tx.all<PersonRow>(sql, [after, this.#masters.current.id])
    const master = this.#masters.current
    const rewrapped = rows.map((row) => {
      const wrapped = row.erased === 1 ? row.wrapped : sealBytes(master, this.#unwrap(row).bytes, place(row))
      return { ...row, master: master.id, wrapped }
    })
    await tx.upsert(vaultPersonsTable, rewrapped)
    return rewrapped
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    // whoever asks in the same turn comes along
    await Promise.resolve()
    while (this.#asked.size > 0) {
      const asked = this.#asked
      this.#asked = new Map()
      try {
        const rows = await this.#rowsOf([...asked.keys()])
        for (const [id, { resolve, reject }] of asked) {
          try {
            resolve(this.#keyOf(rows.get(id)))
          } catch (error) {
            reject(error)
          }
        }
      } catch (error) {
        for (const { reject } of asked.values()) reject(error)
      }
    }
    this.#isBusy = false
  }

  async #rowsOf(ids: readonly string[]): Promise<Map<string, PersonRow>> {
    const rows = await read(this.#store, ids)
    const missing = ids.filter((id) => !rows.has(id))
    if (missing.length === 0) return rows
    const made = new Map(missing.map((id) => [id, this.#make(id).row]))
    return this.#store.transaction(async (tx) => {
      // another process may have been faster
      const there = await read(tx, missing)
      const added = missing.filter((id) => !there.has(id)).map((id) => made.get(id)!)
      await noteKey(tx, this.#masters)
      await tx.upsert(vaultPersonsTable, added)
      return new Map([...rows, ...there, ...added.map((row) => [row.person_id, row] as const)])
    })
  }

  #make(personId: string): { row: PersonRow & Record<string, string | number> } {
    const key_id = randomBytes(12).toString('hex')
    const master = this.#masters.current
    const wrapped = sealBytes(master, randomBytes(32), place({ person_id: personId, key_id }))
    return { row: { person_id: personId, key_id, master: master.id, wrapped, erased: 0 } }
  }

  #keyOf(row: PersonRow | undefined): SealKey {
    if (row === undefined) throw new VaultError('PERSON_KEY_MISSING')
    if (row.erased === 1) throw new PersonErasedError()
    return this.#unwrap(row)
  }

  #unwrap(row: PersonRow): SealKey {
    return { id: row.key_id, bytes: unsealBytes(this.#masters.of(row.wrapped), row.wrapped, place(row)) }
  }
}

async function read(reader: Pick<ViewStore, 'all'>, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  const rows = new Map<string, PersonRow>()
  for (const part of chunks(ids)) {
    const sql = `SELECT ${COLUMNS} FROM vault_persons WHERE person_id IN (${marks(part)})`
    for (const row of await reader.all<PersonRow>(sql, part)) rows.set(row.person_id, row)
  }
  return rows
}
