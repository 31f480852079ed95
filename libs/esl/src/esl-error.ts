/** Errors of the Event Socket client: closed list, with whether trying again can help. Messages never hold a password. */
export type EslErrorCode =
  | 'ESL_AUTH_REFUSED'
  | 'ESL_ACCESS_DENIED'
  | 'ESL_CLOSED'
  | 'ESL_TIMEOUT'
  | 'ESL_PROTOCOL'
  | 'ESL_UNSAFE_COMMAND'
  | 'ESL_COMMAND_FAILED'

const RETRYABLE: Readonly<Record<EslErrorCode, boolean>> = {
  ESL_AUTH_REFUSED: false,
  ESL_ACCESS_DENIED: false,
  ESL_CLOSED: true,
  ESL_TIMEOUT: true,
  ESL_PROTOCOL: true,
  ESL_UNSAFE_COMMAND: false,
  ESL_COMMAND_FAILED: false,
}

export class EslError extends Error {
  readonly retryable: boolean

  constructor(
    readonly code: EslErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'EslError'
    this.retryable = RETRYABLE[code]
  }
}
