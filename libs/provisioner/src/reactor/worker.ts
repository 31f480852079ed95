import type { AnyThing } from '@trunkline/provisioning-views'
import type { Item, Outcome } from './item.js'
import { Items, keyOfItem } from './items.js'
import { TargetLease } from './target-lease.js'
import { Reconciler } from './reconciler.js'
import type { Drift, Work } from './target.js'
import { TargetAwayError } from './target.js'
import type { TargetStatus, WorkerOptions } from './worker-options.js'

/** Things that are applied together. */
const BATCH = 500
/** Before what the views are behind with is looked at again, ms. */
const BEHIND_MS = 200
const REQUEST_LOOK_MS = 1000

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Works off what one target lacks, in the order of the changes. One process at a time does so; another takes over when
 * it is gone. Everything is desired state, so doing it twice does no harm.
 */
export class TargetWorker {
  readonly #options: WorkerOptions
  readonly #items: Items
  readonly #lease: TargetLease
  readonly #reconciler: Reconciler
  readonly #stop = new AbortController()
  readonly #inFlight = new Map<string, Promise<void>>()
  #problem: string | undefined
  #isOurs = false
  #probes = 0
  #wake: () => void = () => undefined
  #loop: Promise<unknown> = Promise.resolve()

  constructor(options: WorkerOptions) {
    const { store, things, eventStore, target, logger, timing = {}, now = Date.now } = options
    this.#options = options
    this.#items = new Items({ store, things, target: target.name, kinds: target.kinds, now })
    this.#lease = new TargetLease({ store, target: target.name, lastsMs: timing.leaseMs ?? 8000 })
    const everyMs = timing.reconcileMs ?? 600_000
    this.#reconciler = new Reconciler({ store, target, items: this.#items, things, eventStore, logger, everyMs })
  }

  start(): void {
    this.#loop = Promise.all([this.#work(), this.#compare()])
  }

  /** There may be something to do. */
  nudge(): void {
    this.#wake()
  }

  status(): TargetStatus {
    const away = this.#options.target.away()
    const problem = this.#problem ?? (away.length > 0 ? away.join('; ') : undefined)
    return { target: this.#options.target.name, isOurs: this.#isOurs, problem }
  }

  counts(): ReturnType<Items['count']> {
    return this.#items.count()
  }

  drift(): readonly Drift[] {
    return this.#reconciler.latest
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#loop
    await Promise.all(this.#inFlight.values())
    if (this.#isOurs) await this.#lease.release().catch(() => undefined)
    await this.#options.target.close()
  }

  async #work(): Promise<void> {
    const { timing = {}, logger, target } = this.#options
    let failures = 0
    while (!this.#stop.signal.aborted) {
      let pauseMs = timing.pollMs ?? 150
      try {
        if (await this.#ours()) {
          const more = await this.#round()
          if (more) pauseMs = 0
          if (this.#probes > 0) pauseMs = this.#probePause()
        } else pauseMs = Math.min(1000, (timing.leaseMs ?? 8000) / 4)
        failures = 0
      } catch (error) {
        // the view store, most likely: whatever it is, nothing was noted as done
        if (failures === 0 || failures % 20 === 0) {
          logger.error(
            { target: target.name, reason: reasonOf(error), failures },
            'provisioning cannot go on; trying again',
          )
        }
        pauseMs = Math.min(2000, 100 * 2 ** Math.min(failures, 5))
        failures += 1
      }
      await this.#pause(pauseMs)
    }
  }

  async #compare(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#isOurs && this.#problem === undefined) await this.#reconciler.look(this.#stop.signal)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REQUEST_LOOK_MS)
        this.#stop.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
      })
    }
  }

  async #ours(): Promise<boolean> {
    const isOurs = await this.#lease.held()
    if (isOurs && !this.#isOurs) {
      this.#options.logger.info({ target: this.#options.target.name }, 'this process provisions the target')
      this.#reconciler.soon('start')
    }
    return (this.#isOurs = isOurs)
  }

  /** True when there is more to do at once. */
  async #round(): Promise<boolean> {
    const { target } = this.#options
    let more = false
    for (let taken = await this.#items.takeIn(this.#problem ?? null); taken; more = true) {
      taken = !this.#stop.signal.aborted && (await this.#items.takeIn(this.#problem ?? null))
    }
    if (this.#problem !== undefined && !(await this.#isBack())) return false
    if (await target.revive?.()) {
      await this.#items.wake()
      this.#reconciler.soon('return')
    }
    try {
      return (await this.#apply()) || more
    } catch (error) {
      if (!(error instanceof TargetAwayError)) throw error
      await this.#left(error.message)
      return false
    }
  }

  async #left(reason: string): Promise<void> {
    const { logger, target } = this.#options
    this.#problem = reason
    this.#probes = 1
    logger.warn({ target: target.name, reason }, 'the target is away: what is to be done waits')
    await this.#items.explain(reason)
  }

  async #isBack(): Promise<boolean> {
    const { target, logger } = this.#options
    try {
      await target.probe()
    } catch (error) {
      if (!(error instanceof TargetAwayError)) throw error
      this.#problem = error.message
      this.#probes += 1
      return false
    }
    logger.info({ target: target.name }, 'the target is back')
    this.#problem = undefined
    this.#probes = 0
    await this.#items.wake()
    this.#reconciler.soon('return')
    return true
  }

  #probePause(): number {
    const { first, most } = this.#options.timing?.probeMs ?? { first: 250, most: 2000 }
    return Math.min(most, first * 2 ** Math.min(this.#probes - 1, 10))
  }

  async #apply(): Promise<boolean> {
    const { target } = this.#options
    const due = (await this.#items.due(BATCH + this.#inFlight.size)).filter(
      (item) => !this.#inFlight.has(keyOfItem(item)),
    )
    if (due.length === 0) return false
    const { work, behind } = await this.#look(due)
    await this.#settle(behind)
    if (work.length === 0) return false
    const results = await target.apply(work, {
      remember: (notes) => this.#items.remember(notes),
      again: (things, reason) => this.#items.again(things, reason),
    })
    const now: { item: Item; outcome: Outcome }[] = []
    for (const { item, outcome } of results) {
      if (outcome instanceof Promise) this.#later(item, outcome)
      else now.push({ item, outcome })
    }
    await this.#settle(now)
    return true
  }

  /** The things as they are now; those that the views have not got yet must wait. */
  async #look(due: readonly Item[]) {
    const { things } = this.#options
    const found = new Map<string, AnyThing>()
    for (const kind of new Set(due.map((item) => item.kind))) {
      const ids = due.filter((item) => item.kind === kind).map(({ id }) => id)
      for (const thing of (await things.getMany(kind, ids)) as AnyThing[]) found.set(keyOfItem(thing), thing)
    }
    const work: Work[] = []
    const behind: { item: Item; outcome: Outcome }[] = []
    for (const item of due) {
      const thing = found.get(keyOfItem(item))
      if (thing !== undefined && thing.revision >= item.wantedRevision) work.push({ item, thing })
      else {
        const reason = 'the views do not have it yet'
        behind.push({ item, outcome: { kind: 'waits', reason, memory: item.memory, delayMs: BEHIND_MS } })
      }
    }
    return { work, behind }
  }

  #later(item: Item, outcome: Promise<Outcome>): void {
    const key = keyOfItem(item)
    const { logger, target } = this.#options
    const done = outcome
      .then((value) => this.#settle([{ item, outcome: value }]))
      .catch((error: unknown) => {
        // not noted: it is still pending, and done once more
        logger.warn({ target: target.name, reason: reasonOf(error) }, 'an outcome could not be noted')
      })
      .finally(() => {
        this.#inFlight.delete(key)
        this.#wake()
      })
    this.#inFlight.set(key, done)
  }

  /**
   * Whoever lost the right to the target while working may have written over what the next one wrote: it has the same
   * things done once more.
   */
  async #settle(results: readonly { readonly item: Item; readonly outcome: Outcome }[]): Promise<void> {
    if (results.length === 0) return
    for (const { item, outcome } of results) {
      if (outcome.kind !== 'failed' || item.attempts > 0) continue
      const { kind, id, tenant } = item
      const { target, logger } = this.#options
      logger.warn({ target: target.name, kind, id, tenant, reason: outcome.reason }, 'a thing was refused')
    }
    if (await this.#lease.held()) return this.#items.settle(results)
    const reason = 'another process took over'
    await this.#items.settle(
      results.map(({ item, outcome: { memory } }) => ({
        item,
        outcome: { kind: 'waits', reason, memory, delayMs: 0 } as const,
      })),
    )
  }

  #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
