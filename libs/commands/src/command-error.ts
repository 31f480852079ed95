import type { Fault } from '@trunkline/domain'

/** Every reason not to do a command beside those of the aggregates (`PROVISIONING_ERRORS`). `status` is the HTTP status that fits. */
export const COMMAND_ERRORS = {
  UNKNOWN_COMMAND: { status: 404, retryable: false, meaning: 'There is no command of this name.' },
  FORBIDDEN: { status: 403, retryable: false, meaning: 'You may not send this command, or not for this tenant.' },
  KEY_INVALID: {
    status: 400,
    retryable: false,
    meaning: 'The idempotency key must be 1 to 128 printable ASCII characters.',
  },
  KEY_REUSED: { status: 422, retryable: false, meaning: 'The idempotency key was used for another command before.' },
  IN_PROGRESS: {
    status: 409,
    retryable: true,
    meaning: 'The same command is being done at this moment; ask again for its answer.',
  },
  STALE_REVISION: { status: 412, retryable: false, meaning: 'The thing has changed since the revision you have seen.' },
  PERSON_ERASED: { status: 410, retryable: false, meaning: 'The person was erased; nothing is kept about them again.' },
  VIEWS_BEHIND: {
    status: 503,
    retryable: true,
    meaning: 'The views are behind the events, and the command can be decided only on the newest.',
  },
  BUSY: { status: 503, retryable: true, meaning: 'Others kept changing the same thing; send the command again.' },
  JOB_NOT_FOUND: { status: 404, retryable: false, meaning: 'There is no such job.' },
  JOB_RUNNING: { status: 409, retryable: true, meaning: 'The job must be done first.' },
} as const satisfies Record<string, { readonly status: number; readonly retryable: boolean; readonly meaning: string }>

export type CommandErrorCode = keyof typeof COMMAND_ERRORS

/** Messages and faults never hold a value that was sent: it may be a secret. */
export class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(
    readonly code: CommandErrorCode,
    readonly details: {
      readonly faults?: readonly Fault[]
      /** Of the thing as it stands: for STALE_REVISION. -1 for what is not there. */
      readonly revision?: number
      readonly cause?: unknown
    } = {},
  ) {
    super(COMMAND_ERRORS[code].meaning, details.cause === undefined ? undefined : { cause: details.cause })
  }

  get status(): number {
    return COMMAND_ERRORS[this.code].status
  }

  /** True when the same command, with the same key, may succeed later. */
  get retryable(): boolean {
    return COMMAND_ERRORS[this.code].retryable
  }

  get faults(): readonly Fault[] {
    return this.details.faults ?? []
  }

  get revision(): number | undefined {
    return this.details.revision
  }
}
