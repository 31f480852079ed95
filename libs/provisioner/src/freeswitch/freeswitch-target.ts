import type { AnyThing, Thing, ThingKind, Things } from '@trunkline/provisioning-views'
import { UnfitError } from '../unfit-error.js'
import type { Memory, Outcome } from '../reactor/item.js'
import {
  TargetAwayError,
  type ApplyPlaces,
  type Drift,
  type ProvisioningTarget,
  type ReconcilePlaces,
  type Result,
  type Work,
} from '../reactor/target.js'
import { compareQueues, rowsOf } from './compare-queues.js'
import type { EslLink } from './esl-link.js'
import { nameOfAgent, nameOfQueue, servedBy } from './agents.js'
import { agentCommands, NOTHING_TOLD, switchCommands, type SwitchCommand, type Told } from './switch-commands.js'

export interface FreeswitchTargetOptions {
  /** Name of the switch in ESL_SWITCHES. */
  readonly name: string
  readonly link: EslLink
  readonly things: Things
  /** Whether trunks are gateways of this switch; by default they are Kamailio's. */
  readonly gateways?: boolean
}

const LOOK_MS = 2000

/** One FreeSWITCH: it asks us for everything by mod_xml_curl, and is told what to ask for anew. */
export class FreeswitchTarget implements ProvisioningTarget {
  readonly name: string
  readonly kinds: ReadonlySet<ThingKind>
  readonly #options: FreeswitchTargetOptions
  #problem: string | undefined
  #lookAt = 0

  constructor(options: FreeswitchTargetOptions) {
    this.#options = options
    this.name = `freeswitch:${options.name}`
    this.kinds = new Set(['sip_user', 'call_queue', ...(options.gateways ? (['trunk'] as const) : [])])
  }

  async probe(): Promise<void> {
    await this.#options.link.api('uptime')
    this.#problem = undefined
  }

  away(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem]
  }

  /** Keeps the connection, so that a switch that went away is noticed when nothing is to be done, too. */
  async revive(): Promise<boolean> {
    if (this.#options.link.isOpen || performance.now() < this.#lookAt) return false
    this.#lookAt = performance.now() + LOOK_MS
    try {
      await this.probe()
      return true
    } catch (error) {
      if (!(error instanceof TargetAwayError)) throw error
      this.#problem = error.message
      return false
    }
  }

  async close(): Promise<void> {
    await this.#options.link.close()
  }

  /** One after the other: what is told twice after a lost connection does no harm. */
  async apply(work: readonly Work[], { remember }: ApplyPlaces): Promise<Result[]> {
    const results: Result[] = []
    for (const { item, thing } of work) {
      const memory = toldOf(item.memory)
      try {
        const plan = switchCommands(thing, {
          told: memory,
          gateways: this.#options.gateways ?? false,
          ...(await this.#look(thing, memory)),
        })
        const noted = { ...plan.told, agents: [...new Set([...memory.agents, ...plan.told.agents])] }
        if (noted.agents.length > memory.agents.length) await remember([{ item, memory: memoryOf(noted) }])
        const refusal =
          (await this.#tell(plan.commands)) ?? (await this.#tell(await this.#missingAgents(thing, plan.told)))
        const outcome: Outcome =
          refusal === undefined
            ? { kind: 'applied', revision: thing.revision, memory: memoryOf(plan.told) }
            : { kind: 'failed', reason: refusal, memory: memoryOf(noted) }
        results.push({ item, outcome })
      } catch (error) {
        if (error instanceof UnfitError) {
          results.push({ item, outcome: { kind: 'failed', reason: error.message, memory: item.memory } })
        } else if (error instanceof TargetAwayError && results.length > 0) {
          // what was done is noted; this one is met again, and then it is known that the switch is away
          return results
        } else throw error
      }
    }
    return results
  }

  reconcile(places: ReconcilePlaces): Promise<Drift[]> {
    const { link, things, name } = this.#options
    return compareQueues({ link, things, places, place: name })
  }

  async #tell(commands: readonly SwitchCommand[]): Promise<string | undefined> {
    for (const { command, unless } of commands) {
      const answer = (await this.#options.link.api(command)).trim()
      const isRefused = /^(-ERR|-USAGE|Invalid Profile)/i.test(answer)
      if (isRefused && unless?.test(answer) !== true) return `${command}: ${answer.slice(0, 200)}`
    }
    return undefined
  }

  /** A switch whose `queue reload` loads no agents is told to load each by itself. */
  async #missingAgents(thing: AnyThing, { agents }: Told): Promise<SwitchCommand[]> {
    if (thing.kind !== 'call_queue' || agents.length === 0) return []
    const queue = nameOfQueue(thing)
    const tiers = rowsOf(await this.#options.link.api(`callcenter_config queue list tiers ${queue}`))
    const loaded = new Set(tiers.map(({ agent }) => agent))
    return agents.filter((name) => !loaded.has(name)).flatMap((name) => agentCommands(name, [queue]))
  }

  async #look(thing: AnyThing, told: Told) {
    const { things } = this.#options
    const agents = new Map<string, string>()
    const serving = new Map<string, readonly string[]>()
    const look = async (user: Thing<'sip_user'>) => {
      serving.set(nameOfAgent(user), (await servedBy(user, things)).map(nameOfQueue))
    }
    if (thing.kind === 'sip_user') await look(thing)
    if (thing.kind === 'call_queue') {
      const ids = thing.document.agents.map(({ userId }) => userId)
      for (const user of await things.getMany('sip_user', ids)) {
        if (user.status === 'active') agents.set(user.id, user.document.username)
      }
      for (const name of told.agents) {
        const user = await things.byName(thing.tenant, name.slice(0, name.lastIndexOf('@')))
        if (user?.kind === 'sip_user') await look(user)
      }
    }
    return { agentOf: (id: string) => agents.get(id), queuesOf: (name: string) => serving.get(name) ?? [] }
  }
}

function toldOf(memory: Memory): Told {
  const agents = Array.isArray(memory['agents']) ? (memory['agents'] as readonly string[]) : NOTHING_TOLD.agents
  return { agents, gateways: Number(memory['gateways'] ?? 0) }
}

function memoryOf({ gateways, agents }: Told): Memory {
  return { ...(gateways > 0 ? { gateways } : {}), ...(agents.length > 0 ? { agents } : {}) }
}
