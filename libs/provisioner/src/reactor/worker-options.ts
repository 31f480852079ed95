import type { EventStoreReader, ViewStore } from '@trunkline/ports'
import type { Things } from '@trunkline/provisioning-views'
import type { ProvisioningTarget } from './target.js'

export interface WorkerLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface WorkerTiming {
  /** Between two looks for changes, ms; 150 by default. */
  readonly pollMs?: number
  /** Between two attempts to reach a target that is away: at first, and at most, ms; 250 and 2,000 by default. */
  readonly probeMs?: { readonly first: number; readonly most: number }
  /** How long the right to work on a target lasts, ms; 8,000 by default. */
  readonly leaseMs?: number
  /** Between two comparisons of desired and actual state, ms; 10 minutes by default. */
  readonly reconcileMs?: number
}

export interface WorkerOptions {
  readonly store: ViewStore
  readonly things: Things
  /** Where it is seen whether the views know everything; without it nobody looks. */
  readonly eventStore?: Pick<EventStoreReader, 'readAll'> | undefined
  readonly target: ProvisioningTarget
  readonly logger: WorkerLogger
  readonly timing?: WorkerTiming
  readonly now?: () => number
}

/** How a target stands. */
export interface TargetStatus {
  readonly target: string
  /** Another process works on it. */
  readonly isOurs: boolean
  /** Why it cannot be worked on now, or what of it is away; undefined when all is well. */
  readonly problem: string | undefined
}
