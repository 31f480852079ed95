/** Why the vault refused. Messages never hold a secret, a key or text about a person. */
export const VAULT_ERRORS = {
  KEY_INVALID: 'a key of the vault must have exactly 32 bytes',
  KEY_UNKNOWN: 'the key that sealed this is neither VAULT_KEY nor one of VAULT_FORMER_KEYS',
  MALFORMED: 'this is not sealed text of a version that is known here',
  NOT_AUTHENTIC: 'the sealed text was changed, or was sealed for another place or purpose',
  SECRET_DIFFERS: 'another secret is kept under this id',
  PURPOSE_DIFFERS: 'the secret under this id is for another purpose',
  PERSON_KEY_MISSING: 'the key of this person is not in the vault: was an older copy of the database put back?',
  PERSON_ERASED: 'this person was erased, for good',
  INPUT_INVALID: 'an id or text cannot be kept',
} as const
export type VaultErrorCode = keyof typeof VAULT_ERRORS

/** Trying again does not help with any of these. A store that is away throws `ViewStoreUnavailableError` instead. */
export class VaultError extends Error {
  override readonly name: string = 'VaultError'
  readonly retryable = false

  /** `detail` names an id of a row or key, or a rule, never what is kept. */
  constructor(
    readonly code: VaultErrorCode,
    detail?: string,
  ) {
    super(detail === undefined ? VAULT_ERRORS[code] : `${VAULT_ERRORS[code]} (${detail})`)
  }
}

/** The person's key was destroyed: nothing can be sealed for that person any more. */
export class PersonErasedError extends VaultError {
  override readonly name = 'PersonErasedError'
  constructor() {
    super('PERSON_ERASED')
  }
}
