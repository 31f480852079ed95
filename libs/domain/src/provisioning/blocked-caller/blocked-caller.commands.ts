import type { BLOCK_REASONS, CALLER_MATCHES } from './blocked-caller.events.js'

export interface BlockedCallerKey {
  /** SIP domain, or {@link ALL_TENANTS}. */
  readonly tenant: string
  readonly match: (typeof CALLER_MATCHES)[number]
  readonly value: string
}

interface Keyed extends BlockedCallerKey {
  readonly commandId: string
}

export interface BlockCaller extends Keyed {
  readonly type: 'BlockCaller'
  readonly reason: (typeof BLOCK_REASONS)[number]
  /** µs since 1970-01-01 UTC, later than `at`; null for never. */
  readonly expiresAt: number | null
  /** Now, µs since 1970-01-01 UTC. */
  readonly at: number
}

export interface UnblockCaller extends Keyed {
  readonly type: 'UnblockCaller'
}

/** What a timer sends: ends a block whose time is over, and does nothing to any other. */
export interface ExpireBlockedCaller extends Keyed {
  readonly type: 'ExpireBlockedCaller'
  /** Now, µs since 1970-01-01 UTC. */
  readonly at: number
}

export type BlockedCallerCommand = BlockCaller | UnblockCaller | ExpireBlockedCaller
