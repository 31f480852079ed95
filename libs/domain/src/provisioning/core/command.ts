/** What every command on an aggregate brings along. */
export interface Addressed {
  /** Id of the aggregate, a UUID; the same each time that the command is sent. */
  readonly id: string
  /** Id of the command, a UUID that follows from the idempotency key; it becomes the `claimId` of what is reserved. */
  readonly commandId: string
}
