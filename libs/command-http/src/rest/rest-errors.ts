import { ACCOUNT_ERRORS, type AccountErrorCode } from '@trunkline/accounts'
import { COMMAND_ERRORS, type CommandErrorCode } from '@trunkline/commands'
import { PROVISIONING_ERRORS, type ProvisioningErrorCode } from '@trunkline/domain'

/** Faults of a request itself, and of the server; what a command can be refused for comes beside them. */
const HTTP_ERRORS = {
  UNAUTHENTICATED: { status: 401, meaning: 'No token, or one that is wrong or has expired.' },
  FORBIDDEN: { status: 403, meaning: 'The role of the token may not do or see this, or not in this tenant.' },
  MALFORMED: { status: 400, meaning: 'The request cannot be read: path, headers or JSON are broken.' },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    meaning:
      'Each command needs a header Idempotency-Key: make a new UUID for each command, and send the same one again when you repeat it.',
  },
  IF_MATCH_INVALID: {
    status: 400,
    meaning: 'If-Match must be the ETag of an answer, a revision in quotes such as "5", or *.',
  },
  NO_SUCH_PATH: { status: 404, meaning: 'There is nothing at this path for this method.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body is larger than one request may be.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, meaning: 'The body must be JSON: content-type application/json.' },
  RATE_LIMITED: {
    status: 429,
    meaning: 'Too many requests from this viewer or address; wait as long as Retry-After says.',
  },
  PROVISIONING_OFF: {
    status: 503,
    meaning:
      'This process takes no commands: VAULT_KEY is not set, or another process has the data folder; its log says which.',
  },
  NO_ACCOUNTS: {
    status: 503,
    meaning: 'Nobody logs in here: tokens come from the issuer of JWT_JWKS_URL.',
  },
  NO_KAMAILIO: { status: 501, meaning: 'KAMAILIO_NODES is not set, so there is no Kamailio to ask.' },
  UNAVAILABLE: { status: 503, meaning: 'A part that is needed cannot be reached now.' },
  INTERNAL: { status: 500, meaning: 'A fault of the server; the log tells more under the error id.' },
} as const

export type RestErrorCode = keyof typeof HTTP_ERRORS | AccountErrorCode | CommandErrorCode | ProvisioningErrorCode

interface Entry {
  readonly status: number
  readonly meaning: string
}

const account = Object.entries(ACCOUNT_ERRORS).map(([code, { http, meaning }]) => [code, { status: http, meaning }])

/** Every `code` that an answer of the REST API can have. `docs/api.md` lists them and is tested against this table. */
export const REST_ERRORS: Readonly<Record<RestErrorCode, Entry>> = {
  ...(Object.fromEntries(account) as Record<AccountErrorCode, Entry>),
  ...COMMAND_ERRORS,
  ...PROVISIONING_ERRORS,
  ...HTTP_ERRORS,
}

/** Seconds after which the same request may succeed. */
export function retryAfterSeconds(code: RestErrorCode): number | undefined {
  if (code === 'PROVISIONING_OFF' || code === 'NO_ACCOUNTS') return undefined
  const { status } = REST_ERRORS[code]
  if (status === 429 || status === 503) return 1
  return code === 'IN_PROGRESS' || code === 'JOB_RUNNING' ? 1 : undefined
}
