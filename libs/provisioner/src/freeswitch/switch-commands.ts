/** What a change of a thing means for a switch that asks us for everything by mod_xml_curl: commands to ask anew. */
import type { AnyThing, Thing } from '@trunkline/provisioning-views'
import { UnfitError } from '../unfit-error.js'

export interface SwitchCommand {
  readonly command: string
  /** An answer of `-ERR` that says that nothing is left to be done. */
  readonly unless?: RegExp
}

/** The profile of the sample configuration that has the gateways. */
export const TRUNKS_PROFILE = 'trunks'

/** Words of a command. Names are validated long before; one that slipped through must not become two words or an option. */
export function word(text: string): string {
  if (!/^[A-Za-z0-9+*][A-Za-z0-9_.+*@:-]{0,190}$/.test(text)) {
    throw new UnfitError(`${JSON.stringify(text.slice(0, 80))} cannot be told to the switch`)
  }
  return text
}

const GONE = /not found|no such/i

/** What the switch was told of a thing the last time. */
export interface Told {
  readonly gateways: number
  /** Names of agents that serve the queue. */
  readonly agents: readonly string[]
}

export interface CommandsParts {
  readonly told: Told
  /** Whether the switch has gateways of its own for trunks. */
  readonly gateways: boolean
  /** User name of an agent; undefined for a user that is gone or suspended. */
  agentOf(userId: string): string | undefined
  /** Names of the queues that an agent serves. */
  queuesOf(name: string): readonly string[]
}

export interface SwitchPlan {
  readonly commands: readonly SwitchCommand[]
  readonly told: Told
}

export const NOTHING_TOLD: Told = { gateways: 0, agents: [] }

export function switchCommands(thing: AnyThing, parts: CommandsParts): SwitchPlan {
  switch (thing.kind) {
    case 'sip_user':
      return userCommands(thing, parts)
    case 'trunk':
      return trunkCommands(thing, parts)
    case 'call_queue':
      return queueCommands(thing, parts)
    // asked for with each call
    case 'number':
    case 'route_set':
    case 'blocked_caller':
    case 'conference_room':
    case 'ivr_menu':
      return { commands: [], told: NOTHING_TOLD }
  }
}

/** The directory is kept for a while; an agent until it is loaded anew. With an agent its tiers end, so they come back with it. */
function userCommands({ tenant, document, status }: Thing<'sip_user'>, { queuesOf }: CommandsParts): SwitchPlan {
  const { username } = document
  const names = [...new Set([username, username.toLowerCase()])]
  const commands: SwitchCommand[] = names.map((name) => ({
    command: `xml_flush_cache id ${word(name)} ${word(tenant)}`,
  }))
  const agent = `${word(username)}@${word(tenant)}`
  if (status !== 'active') commands.push({ command: `callcenter_config agent del ${agent}`, unless: GONE })
  else commands.push(...agentCommands(agent, queuesOf(agent)))
  return { commands, told: NOTHING_TOLD }
}

/** Has an agent loaded by name, with the tiers in these queues. */
export function agentCommands(agent: string, queues: readonly string[]): SwitchCommand[] {
  if (queues.length === 0) return []
  const tiers = queues.map((queue) => ({ command: `callcenter_config tier reload ${word(queue)} ${agent}` }))
  return [{ command: `callcenter_config agent reload ${agent}` }, ...tiers]
}

/** `rescan` adds what is new and changes nothing that is there: so what may be there goes first. */
function trunkCommands({ id, status, document }: Thing<'trunk'>, { told, gateways }: CommandsParts): SwitchPlan {
  if (!gateways) return { commands: [], told: NOTHING_TOLD }
  const isActive = status === 'active' && document.active
  const count = isActive ? document.settings.hosts.length : 0
  const names = Array.from({ length: Math.max(count, told.gateways, document.settings.hosts.length) }, (_, i) =>
    i === 0 ? word(id) : word(`${id}-${i + 1}`),
  )
  const commands: SwitchCommand[] = names.map((name) => ({
    command: `sofia profile ${TRUNKS_PROFILE} killgw ${name}`,
    unless: GONE,
  }))
  if (isActive) commands.push({ command: `sofia profile ${TRUNKS_PROFILE} rescan` })
  return { commands, told: { gateways: count, agents: [] } }
}

/**
 * `queue reload` loads the agents of the queue and their tiers with it, from what is answered for that queue alone.
 * `agent reload` and `tier reload` each ask for all queues of all tenants, so they are for what cannot be done otherwise.
 */
function queueCommands({ tenant, document, status }: Thing<'call_queue'>, parts: CommandsParts): SwitchPlan {
  const { number, agents } = document
  const queue = `${word(number)}@${word(tenant)}`
  const serving = status === 'removed' ? [] : agents.flatMap(({ userId }) => parts.agentOf(userId) ?? [])
  const names = serving.map((name) => `${word(name)}@${word(tenant)}`)
  const left = parts.told.agents.filter((name) => !names.includes(name))
  const commands: SwitchCommand[] = left.flatMap((name) => [
    { command: `callcenter_config tier del ${queue} ${word(name)}`, unless: GONE },
    // whoever serves another queue stays, with what the other queue wants
    parts.queuesOf(name).length > 0
      ? { command: `callcenter_config agent reload ${word(name)}` }
      : { command: `callcenter_config agent del ${word(name)}`, unless: GONE },
  ])
  if (status === 'removed') {
    commands.push({ command: `callcenter_config queue unload ${queue}`, unless: GONE })
    return { commands, told: NOTHING_TOLD }
  }
  commands.push({ command: `callcenter_config queue reload ${queue}` })
  return { commands, told: { gateways: 0, agents: names } }
}
