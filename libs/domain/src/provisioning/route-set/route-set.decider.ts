import { sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { ProvisioningError, refuse, refuseWhen, type Fault } from '../core/provisioning-error.js'
import { validateId, validateInteger } from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { loopingRules } from './route-loop.js'
import type { ExternalRule, RouteRule } from './route-rule.js'
import type { PutRoute, RouteEvidence, RouteSetCommand, SetTrunkShare } from './route-set.commands.js'
import { routeSetEvent, type RouteSetEvent } from './route-set.events.js'
import { ROUTES_MAX, unknownInRule, unknownTrunk, validateRoutes, validateShares } from './validate-routes.js'

export type RouteSetState =
  { readonly kind: 'absent' } | { readonly kind: 'active'; readonly rules: readonly RouteRule[] }

/** The routes of a tenant, as one whole: what must hold among rules can be seen only here. */
export const routeSetDecider: Decider<RouteSetState, RouteSetCommand, RouteSetEvent> = {
  initialState: () => ({ kind: 'absent' }),

  decide(command, state) {
    refuseWhen('INVALID', validateRouteSet(command))
    const { tenant } = command
    const rules = state.kind === 'active' ? state.rules : []
    switch (command.type) {
      case 'ReplaceRoutes':
        if (sameData(command.rules, rules)) return []
        checkRules(command.rules, command.rules, command)
        return [routeSetEvent('route_set.replaced', { tenant, rules: command.rules })]
      case 'PutRoute':
        return put(command, rules)
      case 'RemoveRoute': {
        const { ruleId } = command
        if (!rules.some(({ id }) => id === ruleId)) return []
        // What was hidden behind the rule comes to light, and may close a circle.
        checkRules(without(rules, ruleId), [], { knownTrunks: [], known: [] })
        return [routeSetEvent('route_set.route_removed', { tenant, ruleId })]
      }
      case 'SetTrunkShare':
        return setShare(command, rules)
    }
  },

  evolve(state, event) {
    const rules = state.kind === 'active' ? state.rules : []
    switch (event.type) {
      case 'route_set.replaced':
        return { kind: 'active', rules: event.data.rules }
      case 'route_set.route_put':
        return { kind: 'active', rules: withRule(rules, event.data.rule, event.data.position) }
      case 'route_set.route_removed':
        return { kind: 'active', rules: without(rules, event.data.ruleId) }
      case 'route_set.trunk_share_set': {
        const { ruleId, trunks } = event.data
        const shared = (rule: RouteRule) => rule.kind === 'external' && rule.id === ruleId
        return {
          kind: 'active',
          rules: rules.map((rule) => (shared(rule) ? ({ ...rule, trunks } as RouteRule) : rule)),
        }
      }
      default:
        return unknownEvent(event)
    }
  },
}

/** Faults of the command by itself, whatever the state. */
export function validateRouteSet(command: RouteSetCommand): Fault[] {
  const faults = [...validateDomain('tenant', command.tenant), ...validateId('commandId', command.commandId)]
  switch (command.type) {
    case 'ReplaceRoutes':
      return [...faults, ...validateRoutes(command.rules)]
    case 'PutRoute': {
      const { rule, position = 0 } = command
      const ofRule = validateRoutes([rule]).map((fault) => ({
        ...fault,
        field: fault.field.replace('rules[0]', 'rule'),
      }))
      return [...faults, ...ofRule, ...validateInteger('position', position, { min: 0, max: ROUTES_MAX })]
    }
    case 'RemoveRoute':
      return [...faults, ...validateId('ruleId', command.ruleId)]
    case 'SetTrunkShare':
      return [
        ...faults,
        ...validateId('ruleId', command.ruleId),
        ...validateId('trunkId', command.trunkId),
        ...validateId('against', command.against),
        ...validateInteger('percent', command.percent, { min: 0, max: 100 }),
        ...(command.trunkId === command.against ? [{ field: 'against', rule: 'must be another trunk' }] : []),
      ]
  }
}

/** The set as it would be, and the references of the rules that are new to it. */
function checkRules(rules: readonly RouteRule[], fresh: readonly RouteRule[], evidence: RouteEvidence): void {
  refuseWhen('INVALID', validateRoutes(rules))
  refuseWhen(
    'UNKNOWN_REFERENCE',
    fresh.flatMap((rule) => unknownInRule(`rules[${rules.indexOf(rule)}]`, rule, evidence)),
  )
  const looping = loopingRules(rules)
  refuseWhen(
    'LOOP',
    rules.flatMap(({ id }, i) =>
      looping.includes(id) ? [{ field: `rules[${i}].target`, rule: 'must not lead back to this rule' }] : [],
    ),
  )
}

function put(command: PutRoute, rules: readonly RouteRule[]): RouteSetEvent[] {
  const { tenant, rule } = command
  const stands = rules.findIndex(({ id }) => id === rule.id)
  const last = stands < 0 ? rules.length : rules.length - 1
  const position = Math.min(command.position ?? (stands < 0 ? last : stands), last)
  if (position === stands && sameData(rule, rules[stands])) return []
  checkRules(withRule(rules, rule, position), [rule], command)
  return [routeSetEvent('route_set.route_put', { tenant, rule, position })]
}

function setShare(command: SetTrunkShare, rules: readonly RouteRule[]): RouteSetEvent[] {
  const { tenant, ruleId, priority, trunkId, against, percent, knownTrunks } = command
  const rule = rules.find((one): one is ExternalRule => one.kind === 'external' && one.id === ruleId)
  if (rule === undefined)
    throw new ProvisioningError('NOT_FOUND', [{ field: 'ruleId', rule: 'must be an external rule' }])
  const at = (id: string) => rule.trunks.findIndex((one) => one.priority === priority && one.trunkId === id)
  const [mine, other] = [rule.trunks[at(trunkId)], rule.trunks[at(against)]]
  if (mine?.weight === percent) return []
  if (other === undefined) refuse('UNKNOWN_REFERENCE', 'against', 'must be a trunk of the rule at this priority')
  if (mine === undefined) refuseWhen('UNKNOWN_REFERENCE', unknownTrunk('trunkId', trunkId, knownTrunks))
  const both = (mine?.weight ?? 0) + other.weight
  if (percent > both) refuse('INVALID', 'percent', `must be at most ${both}, what both trunks have together`)
  const kept = rule.trunks.map((one) => (one === other ? { ...one, weight: both - percent } : one))
  const trunks =
    mine === undefined
      ? [...kept, { trunkId, priority, weight: percent }]
      : kept.map((one) => (one === mine ? { ...one, weight: percent } : one))
  refuseWhen('INVALID', validateShares('trunks', trunks))
  return [routeSetEvent('route_set.trunk_share_set', { tenant, ruleId, trunks })]
}

function without(rules: readonly RouteRule[], ruleId: string): RouteRule[] {
  return rules.filter(({ id }) => id !== ruleId)
}

function withRule(rules: readonly RouteRule[], rule: RouteRule, position: number): RouteRule[] {
  const others = without(rules, rule.id)
  return [...others.slice(0, position), rule, ...others.slice(position)]
}
