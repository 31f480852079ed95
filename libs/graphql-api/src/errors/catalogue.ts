import { ACCOUNT_ERRORS, type AccountErrorCode } from '@trunkline/accounts'
import { COMMAND_ERRORS, type CommandErrorCode } from '@trunkline/commands'
import { PROVISIONING_ERRORS, type ProvisioningErrorCode } from '@trunkline/domain'

interface Entry {
  readonly http: number
  readonly retryable: boolean
  readonly meaning: string
}

const OWN_ERRORS = {
  UNAUTHENTICATED: { http: 401, retryable: false, meaning: 'No token, or one that is wrong or has expired.' },
  FORBIDDEN: { http: 403, retryable: false, meaning: 'The role of the token may not do or see this.' },
  BAD_USER_INPUT: { http: 400, retryable: false, meaning: 'The document, a variable or an argument is not valid.' },
  NOT_FOUND: { http: 404, retryable: false, meaning: 'There is no such thing, or not in the tenant of the token.' },
  TOO_COMPLEX: {
    http: 400,
    retryable: false,
    meaning: 'The document is deeper, larger or dearer than one request may be.',
  },
  RATE_LIMITED: {
    http: 429,
    retryable: true,
    meaning: 'Too many requests from this viewer or address; wait and try again.',
  },
  CURSOR_EXPIRED: {
    http: 400,
    retryable: false,
    meaning: 'The events after this cursor are no longer kept; subscribe again without a cursor.',
  },
  SLOW_CONSUMER: {
    http: 503,
    retryable: true,
    meaning: 'The client reads more slowly than events happen; connect again with the last cursor.',
  },
  UNAVAILABLE: { http: 503, retryable: true, meaning: 'A part that is needed cannot be reached now.' },
  INTERNAL: { http: 500, retryable: false, meaning: 'A fault of the server; the log tells more under the error id.' },
  PROVISIONING_OFF: {
    http: 503,
    retryable: false,
    meaning:
      'This process takes no commands: VAULT_KEY is not set, or another process has the data folder; its log says which.',
  },
  NO_KAMAILIO: {
    http: 501,
    retryable: false,
    meaning: 'KAMAILIO_NODES is not set, so there is no Kamailio to ask.',
  },
  NO_ACCOUNTS: {
    http: 503,
    retryable: false,
    meaning: 'Nobody logs in here: tokens come from the issuer of JWT_JWKS_URL, or this process only reads.',
  },
} as const satisfies Record<string, Entry>

export type ApiErrorCode = keyof typeof OWN_ERRORS | AccountErrorCode | CommandErrorCode | ProvisioningErrorCode

const command = Object.entries(COMMAND_ERRORS).map(([code, { status, ...rest }]) => [code, { http: status, ...rest }])
const provisioning = Object.entries(PROVISIONING_ERRORS).map(([code, { status, meaning }]) => [
  code,
  { http: status, retryable: false, meaning },
])

/**
 * Every error code that a client of the API can meet, those that a command can be refused with last. `docs/errors.md` lists
 * them and is tested against this table.
 */
export const API_ERRORS: Readonly<Record<ApiErrorCode, Entry>> = {
  ...OWN_ERRORS,
  ...(ACCOUNT_ERRORS as Readonly<Record<AccountErrorCode, Entry>>),
  ...(Object.fromEntries([...command, ...provisioning]) as Record<CommandErrorCode | ProvisioningErrorCode, Entry>),
  ...OWN_ERRORS,
}
