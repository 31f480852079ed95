/** What is wanted cannot be written at a target, whatever the number of attempts. The message names no secret. */
export class UnfitError extends Error {
  readonly code = 'PROVISIONING_UNFIT'
  readonly retryable = false
}
