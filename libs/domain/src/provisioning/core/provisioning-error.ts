/** What is wrong with which field. Never holds the value: it may be a secret. */
export interface Fault {
  /** Path within the command, such as `limits.concurrentCalls` or `hosts[0].port`. */
  readonly field: string
  /** The rule that is broken, in words. */
  readonly rule: string
}

/** Every reason to refuse a command. `status` is the HTTP status that fits. */
export const PROVISIONING_ERRORS = {
  INVALID: { status: 422, meaning: 'A field breaks a rule; each is named with its rule.' },
  NOT_FOUND: { status: 404, meaning: 'There is no such thing.' },
  ALREADY_EXISTS: { status: 409, meaning: 'The id is in use for a thing that was created with other data.' },
  REMOVED: { status: 410, meaning: 'It was removed, which is final.' },
  WRONG_SITUATION: { status: 409, meaning: 'The command does not fit the situation that the thing is in.' },
  IN_USE: { status: 409, meaning: 'Something else still refers to it.' },
  TAKEN: { status: 409, meaning: 'The name or number belongs to another.' },
  UNKNOWN_REFERENCE: { status: 422, meaning: 'The command refers to a thing that the tenant does not have.' },
  LOOP: { status: 422, meaning: 'A call could go round in circles.' },
  STALE_CREDENTIAL: { status: 409, meaning: 'The credential version is not the one after the current version.' },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>

export type ProvisioningErrorCode = keyof typeof PROVISIONING_ERRORS

/** A command that was refused. Sending the same command again gives the same answer as long as nothing else changes. */
export class ProvisioningError extends Error {
  readonly retryable = false

  constructor(
    readonly code: ProvisioningErrorCode,
    readonly faults: readonly Fault[] = [],
  ) {
    const details = faults.map(({ field, rule }) => `${field}: ${rule}`).join('; ')
    super(details === '' ? PROVISIONING_ERRORS[code].meaning : details)
    this.name = 'ProvisioningError'
  }

  get status(): number {
    return PROVISIONING_ERRORS[this.code].status
  }
}

/** Throws when there are faults. */
export function refuseWhen(code: ProvisioningErrorCode, faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ProvisioningError(code, faults)
}

export function refuse(code: ProvisioningErrorCode, field: string, rule: string): never {
  throw new ProvisioningError(code, [{ field, rule }])
}

/** What others lead to or name is not removed under them. */
export function refuseWhenUsed(usedBy: readonly string[]): void {
  if (usedBy.length > 0) refuse('IN_USE', 'id', 'must not be named by a number, route, menu, queue or room')
}
