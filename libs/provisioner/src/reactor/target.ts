import type { AnyThing, ThingKind } from '@trunkline/provisioning-views'
import type { Item, Memory, Outcome } from './item.js'

/** The target, or a part of it that nothing can be done without, cannot be reached; it may be there later. */
export class TargetAwayError extends Error {
  readonly code = 'PROVISIONING_TARGET_AWAY'
  readonly retryable = true
}

/** A thing to be applied, as it is now, and what is remembered of it. */
export interface Work {
  readonly item: Item
  readonly thing: AnyThing
}

export interface Result {
  readonly item: Item
  /** A promise where something must be waited for that the rest should not wait for; it never rejects. */
  readonly outcome: Outcome | Promise<Outcome>
}

export interface ApplyPlaces {
  /** To be awaited before anything is changed at the target. */
  remember(notes: readonly { readonly item: Item; readonly memory: Memory }[]): Promise<void>
  /** Has other things applied once more, since what they lead to has changed. */
  again(things: readonly AnyThing[], reason: string): Promise<void>
}

/** Differences between what is wanted and what is there, in one place. */
export interface Drift {
  /** Table of the database, or what the memory of a server holds. */
  readonly table: string
  /** `database`, or the name of a server. */
  readonly place: string
  readonly missing: number
  readonly surplus: number
  readonly different: number
  /** Not ours, and left alone. */
  readonly foreign: number
}

export interface ReconcilePlaces {
  /** Has things applied once more, which repairs what was found. */
  again(things: readonly AnyThing[], reason: string): Promise<void>
  /** Of these things, those that nothing waits to be done for: what differs there is drift. */
  settledAmong(things: readonly AnyThing[]): Promise<AnyThing[]>
  /** False when nothing was ever decided here: what is there is of somebody else, or of another event store. */
  readonly isDecided: boolean
  readonly signal: AbortSignal
}

/** Something that is provisioned: a Kamailio with its database, or a FreeSWITCH. */
export interface ProvisioningTarget {
  readonly name: string
  readonly kinds: ReadonlySet<ThingKind>
  /** Whether the target can be worked with. Throws {@link TargetAwayError}. */
  probe(): Promise<void>
  /**
   * Makes the target be as the things say, in their order. One outcome for each. Throws {@link TargetAwayError} when
   * nothing is known of the outcome: the same is tried again later.
   */
  apply(work: readonly Work[], places: ApplyPlaces): Promise<Result[]>
  /** Compares everything; repairs what differs, at once or by `again`. Throws {@link TargetAwayError}. */
  reconcile(places: ReconcilePlaces): Promise<Drift[]>
  /** Parts that are away now, in words without secrets; none when all are there. */
  away(): readonly string[]
  /** Looks after parts that were away; called often. True when one is back. */
  revive?(): Promise<boolean>
  close(): Promise<void>
}
