/** How long an idempotency key is known, ms: 7 days. After it the same key is a new one. */
export const RECORD_KEPT_MS = 7 * 86_400_000
