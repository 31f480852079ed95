import { createHash } from 'node:crypto'
import { sealedBy, type SealKey } from './seal.js'
import { VaultError } from './vault-error.js'

const KEY_BYTES = 32

/** The key that seals, and those that only open what was sealed before. */
export class MasterKeys {
  readonly current: SealKey
  readonly #byId: ReadonlyMap<string, SealKey>

  /** Throws `KEY_INVALID`. */
  constructor(key: Buffer, formerKeys: readonly Buffer[]) {
    this.current = masterKey(key)
    this.#byId = new Map([...formerKeys.map(masterKey), this.current].map((one) => [one.id, one]))
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** The key that opens a sealed text. Throws `MALFORMED` or `KEY_UNKNOWN`. */
  of(sealed: string): SealKey {
    const id = sealedBy(sealed)
    const key = this.#byId.get(id)
    if (key === undefined) throw new VaultError('KEY_UNKNOWN', `key ${id}`)
    return key
  }
}

/** A key is known by the beginning of its hash, from which nobody finds 32 random bytes. */
function masterKey(bytes: Buffer): SealKey {
  if (bytes.length !== KEY_BYTES) throw new VaultError('KEY_INVALID')
  const id = createHash('sha256').update('trunkline vault key').update(bytes).digest('hex').slice(0, 16)
  // a copy: the caller may wipe its own
  return { id, bytes: Buffer.from(bytes) }
}
