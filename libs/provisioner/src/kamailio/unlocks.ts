import type { EventStoreReader } from '@trunkline/ports'
import { streamOfThing } from '@trunkline/provisioning-views'
import type { KamailioNode } from './kamailio-node.js'
import type { Plan } from './plan.js'
import { nameKey } from './rows-of-user.js'

/** Lifts the bans of one user on one node: from one source, or from all when it is null. */
export type LiftBans = (
  node: Pick<KamailioNode, 'call'>,
  ban: { readonly aor: string; readonly source: string | null },
) => Promise<unknown>

export interface UnlocksOptions {
  readonly eventStore: Pick<EventStoreReader, 'read'> | undefined
  readonly liftBans: LiftBans
  readonly now?: () => number
}

interface Unlock {
  readonly requestId: string
  readonly source: string | null
}

/** A ban ends by itself: an unlock of long ago, which only a new set of tables makes us see again, is nothing to do. */
const LATEST_MS = 3_600_000

/**
 * Unlocks are events, and no part of what a user is: they are read from the user's stream when the user changed, and
 * each is done once on each node, in the order in which they were asked for.
 */
export class Unlocks {
  readonly #options: UnlocksOptions
  readonly #found = new WeakMap<Plan, Promise<Unlock[]>>()

  constructor(options: UnlocksOptions) {
    this.#options = options
  }

  /** Gives the plans whose bans could not be lifted, with the reason. */
  async lift(node: Pick<KamailioNode, 'call'>, plans: readonly Plan[]): Promise<ReadonlyMap<Plan, Error>> {
    const failed = new Map<Plan, Error>()
    for (const plan of plans) {
      if (plan.thing.kind !== 'sip_user' || plan.thing.revision === 0) continue
      const aor = nameKey(plan.thing.name, plan.thing.tenant)
      try {
        for (const { source } of await this.#wanted(plan)) await this.#options.liftBans(node, { aor, source })
      } catch (error) {
        failed.set(plan, error as Error)
      }
    }
    return failed
  }

  #wanted(plan: Plan): Promise<Unlock[]> {
    const known = this.#found.get(plan) ?? this.#read(plan)
    this.#found.set(plan, known)
    return known
  }

  async #read({ item, thing }: Plan): Promise<Unlock[]> {
    const { eventStore, now = Date.now } = this.#options
    const from = (item.appliedRevision ?? -1) + 1
    if (eventStore === undefined || from > thing.revision) return []
    const events = await eventStore.read(streamOfThing(thing.kind, thing.id), { from })
    return events.flatMap(({ type, data, time }) => {
      if (type !== 'sip_user.unlocked' || time / 1000 < now() - LATEST_MS) return []
      return [data as Unlock]
    })
  }
}
