/** How long an idempotency key is known at least, ms: 7 days after it was last used. After it the same key is a new one. */
export const RECORD_KEPT_MS = 7 * 86_400_000

/**
 * Records outlive what is looked for in event streams, ms: as long as an event of a command counts as that command's, its
 * record says with which input it came.
 */
export const RECORD_OVER_MS = RECORD_KEPT_MS + 3_600_000
