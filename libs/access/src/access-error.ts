/** Why a token was refused. Messages never repeat the token or any part of it. */
export const ACCESS_ERRORS = {
  TOKEN_MISSING: 'no token was given',
  TOKEN_MALFORMED: 'this is not a JSON Web Token',
  TOKEN_INVALID: 'the signature, algorithm, issuer or audience of the token is wrong',
  TOKEN_EXPIRED: 'the token has expired or is not valid yet',
  CLAIMS_INVALID: 'the claims of the token are incomplete or contradict each other',
  KEYS_UNAVAILABLE: 'the keys that tokens are checked with cannot be fetched now',
  SESSION_ENDED: 'the session of this token has ended',
  SESSIONS_UNAVAILABLE: 'whether the session of this token has ended cannot be asked now',
  SECRET_TOO_SHORT: 'the secret for tokens must have at least 32 bytes',
  NO_KEYS: 'neither a secret nor a key set address is configured',
} as const
export type AccessErrorCode = keyof typeof ACCESS_ERRORS

export class AccessError extends Error {
  override readonly name = 'AccessError'
  /** True when the same token may be accepted later. */
  readonly retryable: boolean

  constructor(
    readonly code: AccessErrorCode,
    options?: ErrorOptions,
  ) {
    super(ACCESS_ERRORS[code], options)
    this.retryable = code === 'KEYS_UNAVAILABLE' || code === 'SESSIONS_UNAVAILABLE'
  }
}
