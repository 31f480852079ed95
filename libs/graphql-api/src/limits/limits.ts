/** Bounds of what one client can make the server do. */
export interface Limits {
  /** Levels of fields. */
  readonly maxDepth: number
  /** See `operation-cost.ts`. */
  readonly maxCost: number
  readonly maxAliases: number
  /** Lexical tokens of a document. */
  readonly maxTokens: number
  readonly maxBodyBytes: number
  /** The same for an admin or an operator, who may create users by the thousand. */
  readonly maxBulkBytes: number
  /** Requests that a viewer may make at once, and how many come back each second. Dear requests count more. */
  readonly burst: number
  readonly perSecond: number
  /** The same for an address whose token was refused. */
  readonly refusedBurst: number
  readonly refusedPerSecond: number
  readonly maxSocketsPerViewer: number
  readonly maxSockets: number
  readonly maxSubscriptionsPerSocket: number
  /** Time for `connection_init`, ms. */
  readonly initTimeoutMs: number
  /** How often the token of a socket is looked at again, since its session may have ended, ms. */
  readonly verifyAgainMs: number
  readonly pingEveryMs: number
  /** Bytes that wait for one socket before its states are conflated. */
  readonly conflateAboveBytes: number
  /** Bytes that wait for one socket before a subscription to events is ended by closing it. */
  readonly closeAboveBytes: number
  /** Records of a stream that are kept in memory for clients that come back. */
  readonly ringRecords: number
}

export const DEFAULT_LIMITS: Limits = {
  maxDepth: 12,
  maxCost: 50_000,
  maxAliases: 30,
  maxTokens: 2000,
  maxBodyBytes: 256 * 1024,
  maxBulkBytes: 8 * 1024 * 1024,
  burst: 200,
  perSecond: 50,
  refusedBurst: 20,
  refusedPerSecond: 1,
  maxSocketsPerViewer: 100,
  maxSockets: 10_000,
  maxSubscriptionsPerSocket: 20,
  initTimeoutMs: 10_000,
  verifyAgainMs: 10_000,
  pingEveryMs: 30_000,
  conflateAboveBytes: 256 * 1024,
  closeAboveBytes: 4 * 1024 * 1024,
  ringRecords: 2048,
}
