import type { Sealed } from '@trunkline/domain'
import type { ViewStore } from '@trunkline/ports'
import { checkKeys } from './key-register.js'
import { MasterKeys } from './master-keys.js'
import { PersonKeys } from './person-keys.js'
import { rewrapAll, type RewrapOptions, type Rewrapped } from './rewrap.js'
import { seal, unseal } from './seal.js'
import { Secrets } from './secrets.js'
import type { NewSecret, SecretPurpose, Vault } from './vault.js'
import { VaultError } from './vault-error.js'
import { VAULT_TABLES } from './vault-tables.js'

export interface VaultOptions {
  readonly store: ViewStore
  /** 32 bytes: seals what is new. */
  readonly key: Buffer
  /** Keys that were in use before: they only open. */
  readonly formerKeys: readonly Buffer[]
}

export interface ManagedVault extends Vault {
  /**
   * Seals everything that a former key has sealed with the current one, in small transactions, while others work. Safe
   * to run again, by two processes at once and after a kill. Once it is done, and what {@link Vault.sealText} gave to
   * others is no longer needed, the former keys can be taken away.
   */
  rewrap(options?: RewrapOptions): Promise<Rewrapped>
}

const PERSON_ID = /^[\x21-\x7e]{1,191}$/
/** Longest text about a person, bytes of UTF-8: what fits the `Sealed` of events. */
const PERSON_BYTES = 2900

/**
 * Opens the vault in tables of the view store that no rebuild touches, and makes these when they are missing. Throws
 * `KEY_INVALID`, or `KEY_UNKNOWN` when it was given neither the key nor the former key of what is kept there.
 */
export async function createVault({ store, key, formerKeys }: VaultOptions): Promise<ManagedVault> {
  const masters = new MasterKeys(key, formerKeys)
  await store.createTables(VAULT_TABLES)
  await checkKeys(store, masters)
  return new StoredVault(store, masters)
}

class StoredVault implements ManagedVault {
  readonly #store: ViewStore
  readonly #masters: MasterKeys
  readonly #secrets: Secrets
  readonly #persons: PersonKeys

  constructor(store: ViewStore, masters: MasterKeys) {
    this.#store = store
    this.#masters = masters
    this.#secrets = new Secrets(store, masters)
    this.#persons = new PersonKeys(store, masters)
  }

  putSecrets(secrets: readonly NewSecret[]): Promise<void> {
    return this.#secrets.put(secrets)
  }

  secrets(purpose: SecretPurpose, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#secrets.get(purpose, ids)
  }

  destroySecrets(ids: readonly string[]): Promise<void> {
    return this.#secrets.destroy(ids)
  }

  async seal(personId: string, text: string): Promise<Sealed> {
    checkPersonId(personId)
    if (Buffer.byteLength(text) > PERSON_BYTES) {
      throw new VaultError('INPUT_INVALID', `text about a person may have ${PERSON_BYTES} bytes`)
    }
    const key = await this.#persons.obtain(personId)
    return { keyId: key.id, text: seal(key, text, ['person']) }
  }

  async open(sealed: readonly (Sealed | null)[]): Promise<(string | null)[]> {
    const keyIds = new Set(sealed.flatMap((one) => (one === null ? [] : [one.keyId])))
    const keys = await this.#persons.find([...keyIds])
    return sealed.map((one) => {
      const key = one === null ? undefined : keys.get(one.keyId)
      return one === null || key === undefined ? null : unseal(key, one.text, ['person'])
    })
  }

  async erasePerson(personId: string): Promise<void> {
    checkPersonId(personId)
    await this.#persons.erase(personId)
  }

  sealText(text: string, context: string): string {
    return seal(this.#masters.current, text, ['text', context])
  }

  openText(sealed: string, context: string): string {
    return unseal(this.#masters.of(sealed), sealed, ['text', context])
  }

  rewrap(options: RewrapOptions = {}): Promise<Rewrapped> {
    return rewrapAll({
      ...options,
      store: this.#store,
      masters: this.#masters,
      secrets: this.#secrets,
      persons: this.#persons,
    })
  }
}

function checkPersonId(personId: string): void {
  if (!PERSON_ID.test(personId)) {
    throw new VaultError('INPUT_INVALID', 'the id of a person has 1 to 191 printable characters and no space')
  }
}
