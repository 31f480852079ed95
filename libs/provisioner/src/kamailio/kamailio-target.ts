import { THING_KINDS, type AnyThing, type ThingKind, type Things } from '@trunkline/provisioning-views'
import type { ViewStore } from '@trunkline/ports'
import type { Vault } from '@trunkline/vault'
import { UnfitError } from '../unfit-error.js'
import type { Memory, Outcome } from '../reactor/item.js'
import type { Numbers } from '../reactor/numbers.js'
import {
  TargetAwayError,
  type ApplyPlaces,
  type Drift,
  type ProvisioningTarget,
  type ReconcilePlaces,
  type Result,
  type Work,
} from '../reactor/target.js'
import { compareDatabase } from './compare-database.js'
import { compareNode } from './compare-node.js'
import { KamailioSqlError, type KamailioDatabase } from './database.js'
import { Domains } from './domains.js'
import { freeswitchRows, writeFreeswitchSet } from './freeswitch-set.js'
import { NodeAwayError, type KamailioNode } from './kamailio-node.js'
import { followersOf } from './followers.js'
import { lookUp } from './look-up.js'
import { currentOwner } from './owners.js'
import { commandsOf, isKeyed, keyOfRow, planOf, settingOf, textOf, type Plan } from './plan.js'
import { secretOf } from './rows-of-thing.js'
import { Turn } from './turn.js'
import type { Unlocks } from './unlocks.js'
import { writePlans } from './write-plans.js'

export interface KamailioTargetOptions {
  readonly database: KamailioDatabase
  readonly nodes: readonly KamailioNode[]
  readonly store: ViewStore
  readonly things: Things
  readonly vault: Pick<Vault, 'secrets'>
  readonly numbers: Numbers
  /** Addresses of FreeSWITCH; none leaves them to the operator. */
  readonly freeswitchSip: readonly string[]
  readonly unlocks: Unlocks
  readonly now?: () => number
}

/** Before an item is tried again whose node is away, ms; it is tried at once when the node is back. */
const NODE_AWAY_MS = 60_000
/** The same where something else is away, of which nobody tells when it is back, ms. */
const SOON_MS = 2000

/** All Kamailio nodes of one database. */
export class KamailioTarget implements ProvisioningTarget {
  readonly name = 'kamailio'
  readonly kinds: ReadonlySet<ThingKind> = new Set(THING_KINDS)
  readonly #options: KamailioTargetOptions
  readonly #domains: Domains
  /** Repairs wait for changes and the other way round: neither writes what the other has just made old. */
  readonly #turn = new Turn()

  constructor(options: KamailioTargetOptions) {
    this.#options = options
    this.#domains = new Domains(options)
  }

  async probe(): Promise<void> {
    await this.#options.database.all('SELECT 1 FROM tk_names LIMIT 1')
  }

  away(): readonly string[] {
    return this.#options.nodes.flatMap(({ away }) => away ?? [])
  }

  async revive(): Promise<boolean> {
    const back = this.#options.nodes.map((node) => node.revive())
    return back.some(Boolean)
  }

  async close(): Promise<void> {
    await this.#options.database.close()
  }

  apply(work: readonly Work[], places: ApplyPlaces): Promise<Result[]> {
    return this.#turn.take(() => this.#apply(work, places))
  }

  async reconcile(places: ReconcilePlaces): Promise<Drift[]> {
    const { database, nodes, freeswitchSip } = this.#options
    const set = await this.#turn.take(() => writeFreeswitchSet(database, freeswitchRows(freeswitchSip)))
    if (set.some(({ missing, surplus, different }) => missing + surplus + different > 0)) {
      await Promise.allSettled(nodes.map((node) => node.reload('dispatcher.reload')))
    }
    if (!places.isDecided) return set
    const parts = { ...this.#options, now: this.#now, domains: this.#domains, turn: this.#turn, places }
    const drift = [...set, ...(await compareDatabase(parts))]
    for (const node of nodes) {
      if (node.away !== undefined) continue
      try {
        drift.push(...(await compareNode(node, parts)))
      } catch (error) {
        // it is compared when it is back
        if (!(error instanceof NodeAwayError)) throw error
      }
    }
    return drift
  }

  get #now(): () => number {
    return this.#options.now ?? Date.now
  }

  async #apply(work: readonly Work[], places: ApplyPlaces): Promise<Result[]> {
    const things = work.map(({ thing }) => thing)
    const known = await lookUp(things, { ...this.#options, now: this.#now })
    const results: Result[] = []
    const plans: Plan[] = []
    for (const { item, thing } of work) {
      try {
        plans.push(planOf(item, thing, known))
      } catch (error) {
        if (!(error instanceof UnfitError)) throw error
        results.push({ item, outcome: { kind: 'failed', reason: error.message, memory: item.memory } })
      }
    }
    const tenants = await this.#domains.greet(things)
    const keep = await this.#keep(plans)
    await places.remember(plans.flatMap(({ item, noted }) => (noted === item.memory ? [] : [{ item, memory: noted }])))
    const refused = await this.#write(plans, keep)
    const written = plans.filter((plan) => !refused.has(plan))
    for (const [{ item, noted }, reason] of refused) {
      results.push({ item, outcome: { kind: 'failed', reason, memory: noted } })
    }
    const problems = await this.#tell(written, keep, tenants)
    await places.again(await followersOf(things, this.#options.things), 'what it leads to was removed')
    for (const plan of written)
      results.push({ item: plan.item, outcome: this.#outcome(plan, problems.get(plan) ?? []) })
    return results
  }

  /** Keys that another thing has by now: one that had them before must not take them away. */
  async #keep(plans: readonly Plan[]): Promise<ReadonlySet<string>> {
    const wanted = new Set(plans.flatMap(({ rows }) => rows.map((row) => textOf(keyOfRow(row)))))
    const keep = new Set(wanted)
    for (const { thing, keys } of plans) {
      for (const key of keys) {
        const text = textOf(key)
        if (keep.has(text)) continue
        const owner = await currentOwner(key, this.#options.things)
        if (owner !== undefined && owner.id !== thing.id) keep.add(text)
      }
    }
    return keep
  }

  /** Writes all together; when that is refused, one by one, so that one cannot hold up the others. */
  async #write(plans: readonly Plan[], keep: ReadonlySet<string>): Promise<ReadonlyMap<Plan, string>> {
    const { database } = this.#options
    const refused = new Map<Plan, string>()
    try {
      await writePlans(database, plans, keep)
    } catch (error) {
      if (!(error instanceof KamailioSqlError)) throw error
      if (plans.length === 1) return new Map([[plans[0]!, error.message]])
      for (const plan of plans) {
        for (const [one, reason] of await this.#write([plan], keep)) refused.set(one, reason)
      }
    }
    return refused
  }

  /** Tells every node; gives what was not as it should be, for each plan. */
  async #tell(plans: readonly Plan[], keep: ReadonlySet<string>, tenants: Awaited<ReturnType<Domains['greet']>>) {
    const now = this.#now()
    const first = tenants.flatMap((row) => settingOf(row, now))
    const groups = plans.map((plan) => commandsOf(plan, keep, now))
    const problems = new Map<Plan, Error[]>()
    await Promise.all(
      this.#options.nodes.map(async (node) => {
        await node.run([first])
        const ends = await node.run(groups)
        const unlocked = await this.#options.unlocks.lift(node, plans)
        for (const [i, plan] of plans.entries()) {
          const error = ends[i] ?? unlocked.get(plan)
          if (error !== undefined) problems.set(plan, [...(problems.get(plan) ?? []), named(node, error)])
        }
      }),
    )
    return problems
  }

  #outcome(plan: Plan, problems: readonly Error[]): Outcome | Promise<Outcome> {
    if (plan.reloads.length === 0 || problems.length > 0) return outcomeOf(plan, problems)
    return this.#reloaded(plan)
  }

  async #reloaded(plan: Plan): Promise<Outcome> {
    const problems: Error[] = []
    await Promise.all(
      this.#options.nodes.flatMap((node) =>
        plan.reloads.map((method) =>
          node.reload(method).catch((error: unknown) => void problems.push(named(node, error as Error))),
        ),
      ),
    )
    return outcomeOf(plan, problems)
  }
}

function named(node: KamailioNode, error: Error): Error {
  if (error instanceof NodeAwayError || error instanceof TargetAwayError) return error
  // a store that is away, say
  if ((error as { retryable?: unknown }).retryable === true) return error
  return new Error(`${node.name}: ${error.message}`)
}

function outcomeOf({ thing, rows, noted }: Plan, problems: readonly Error[]): Outcome {
  const isPassing = (error: Error) =>
    error instanceof NodeAwayError || (error as { retryable?: unknown }).retryable === true
  const problem = problems.find((error) => !isPassing(error)) ?? problems[0]
  if (problem !== undefined && !isPassing(problem)) return { kind: 'failed', reason: problem.message, memory: noted }
  if (problem !== undefined) {
    const delayMs = problem instanceof NodeAwayError ? NODE_AWAY_MS : SOON_MS
    return { kind: 'waits', reason: problem.message, memory: noted, delayMs }
  }
  return { kind: 'applied', revision: thing.revision, memory: memoryOf(thing, rows) }
}

/** After all is done only what is there has to be remembered. */
function memoryOf(thing: AnyThing, rows: Plan['rows']): Memory {
  const secretId = secretOf(thing)?.id
  const keys = rows.filter(({ table }) => isKeyed(table)).map((row) => textOf(keyOfRow(row)))
  return { keys, ...(secretId === undefined ? {} : { secretId }) }
}
