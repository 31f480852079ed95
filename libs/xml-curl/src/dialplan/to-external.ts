import type { ExternalRule, TrunkShare } from '@trunkline/domain'
import type { Thing, Things } from '@trunkline/provisioning-views'
import { gatewayNames } from '../configuration/gateways.js'
import { appData, type AppData } from '../xml/app-data.js'

/** Most gateways in one dial string: each attempt takes the caller's time. */
const MOST_ATTEMPTS = 12

/**
 * Dial string of all gateways that a number can leave by, in order: rule by rule, and within a rule by priority, where
 * the weights draw who is first. Undefined when no trunk of them is active.
 */
export async function throughGateways(
  things: Things,
  tenant: string,
  call: { readonly dialled: string; readonly rules: readonly ExternalRule[] },
): Promise<AppData | undefined> {
  const ids = [...new Set(call.rules.flatMap(({ trunks }) => trunks.map(({ trunkId }) => trunkId)))]
  const trunks = new Map((await things.getMany('trunk', ids)).map((trunk) => [trunk.id, trunk]))
  const attempts = call.rules.flatMap(({ strip, prepend, trunks: shares }) => {
    const number = prepend + call.dialled.slice(strip)
    return drawOrder(shares).flatMap(({ trunkId }) => attemptsOf(trunks.get(trunkId), tenant, number))
  })
  if (attempts.length === 0) return undefined
  return attempts.slice(0, MOST_ATTEMPTS).reduce((all, one) => appData`${all}|${one}`)
}

function attemptsOf(trunk: Thing<'trunk'> | undefined, tenant: string, number: string): AppData[] {
  if (trunk?.tenant !== tenant || trunk.status !== 'active' || !trunk.document.active || number === '') return []
  return gatewayNames(trunk).map((name) => appData`sofia/gateway/${name}/${number}`)
}

/** By priority; among equals each draw is by the weights of those that are left. */
function drawOrder(shares: readonly TrunkShare[]): TrunkShare[] {
  const left = [...shares].sort((a, b) => a.priority - b.priority)
  const drawn: TrunkShare[] = []
  while (left.length > 0) {
    const tier = left.filter(({ priority }) => priority === left[0]!.priority)
    let point = Math.random() * tier.reduce((sum, { weight }) => sum + weight, 0)
    const next = tier.find(({ weight }) => (point -= weight) < 0) ?? tier[0]!
    drawn.push(next)
    left.splice(left.indexOf(next), 1)
  }
  return drawn
}
