import type { Sealed } from '@trunkline/domain'

/** What a secret is for: bound into its seal, so that one can never be taken for another. */
export type SecretPurpose = 'sip_user' | 'trunk' | 'pin' | 'webhook'

/** Of a SIP user only this is kept, never the password. MD5 in hex, by RFC 2617 and as Kamailio's auth_db has it. */
export interface SipDigests {
  /** MD5(username:realm:password) */
  readonly ha1: string
  /** MD5(username@domain:realm:password) */
  readonly ha1b: string
}

/**
 * Keeps secrets and the keys of persons, sealed with AES-256-GCM under the key of VAULT_KEY, in tables of the view
 * store that no rebuild touches. All methods throw a retryable `ViewStoreUnavailableError` when the store is away.
 */
export interface Vault {
  /** Keeps a secret under a new id (a UUID). The same id with the same text again changes nothing; with another, it throws. */
  putSecrets(secrets: readonly NewSecret[]): Promise<void>
  /** The secrets that are there, by id; those that were destroyed are missing. */
  secrets(purpose: SecretPurpose, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** For good. Ids that are not there do not matter. */
  destroySecrets(ids: readonly string[]): Promise<void>
  /** Seals text about a person with that person's key, which is made at first use. Throws `PersonErasedError` when it was destroyed. */
  seal(personId: string, text: string): Promise<Sealed>
  /** The text of each; null where the person was erased or the value is null. */
  open(sealed: readonly (Sealed | null)[]): Promise<(string | null)[]>
  /** Destroys a person's key: whatever it sealed, in events, views and backups of them, can never be read again. */
  erasePerson(personId: string): Promise<void>
  /** Seals what other tables keep for a time, such as an answer; `context` is bound in and must be the same to open it. */
  sealText(text: string, context: string): string
  openText(sealed: string, context: string): string
}

export interface NewSecret {
  readonly id: string
  readonly purpose: SecretPurpose
  readonly text: string
}
