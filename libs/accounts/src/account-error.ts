/** Every reason to refuse, with the HTTP status that fits. None of them tells a stranger whether a user exists. */
export const ACCOUNT_ERRORS = {
  BAD_REQUEST: { http: 400, retryable: false, meaning: 'The request is not JSON of a known form, or is too large.' },
  INVALID: { http: 422, retryable: false, meaning: 'A field breaks a rule; each is named with its rule.' },
  INVALID_LOGIN: { http: 401, retryable: false, meaning: 'The name or the password is wrong.' },
  PASSWORD_EXPIRED: {
    http: 403,
    retryable: false,
    meaning: 'The password was right but may be used only once: set one of your own, then log in.',
  },
  INVALID_REFRESH: { http: 401, retryable: false, meaning: 'The refresh token is not valid any more: log in again.' },
  UNAUTHENTICATED: { http: 401, retryable: false, meaning: 'No token, or one that is wrong or has expired.' },
  FORBIDDEN: { http: 403, retryable: false, meaning: 'The role of the token may not do this.' },
  NOT_FOUND: { http: 404, retryable: false, meaning: 'There is no such account, or not in the tenant of the token.' },
  NAME_TAKEN: { http: 409, retryable: false, meaning: 'There is an account with this name.' },
  LAST_ADMIN: { http: 409, retryable: false, meaning: 'It is the last admin of all tenants.' },
  ADMIN_EXISTS: { http: 409, retryable: false, meaning: 'There is an admin already.' },
  RATE_LIMITED: { http: 429, retryable: true, meaning: 'Too many failed logins; wait and try again.' },
  UNAVAILABLE: { http: 503, retryable: true, meaning: 'A part that is needed cannot be reached, or is busy, now.' },
  INTERNAL: { http: 500, retryable: false, meaning: 'A fault of the server; the log tells more under the error id.' },
} as const satisfies Record<string, { http: number; retryable: boolean; meaning: string }>
export type AccountErrorCode = keyof typeof ACCOUNT_ERRORS

/** What is wrong with which field; never its value. */
export interface FieldFault {
  readonly field: string
  readonly rule: string
}

export interface AccountErrorDetails {
  readonly faults?: readonly FieldFault[]
  readonly retryAfterSeconds?: number
  readonly errorId?: string
}

export class AccountError extends Error {
  override readonly name = 'AccountError'

  constructor(
    readonly code: AccountErrorCode,
    readonly details: AccountErrorDetails = {},
  ) {
    super(ACCOUNT_ERRORS[code].meaning)
  }

  get http(): number {
    return ACCOUNT_ERRORS[this.code].http
  }

  get retryable(): boolean {
    return ACCOUNT_ERRORS[this.code].retryable
  }
}

export const invalid = (field: string, rule: string) => new AccountError('INVALID', { faults: [{ field, rule }] })
