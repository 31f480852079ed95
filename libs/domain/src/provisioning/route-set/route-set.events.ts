import { declareEvent } from '../../facts/declaration.js'
import * as s from '../../schema/schema.js'
import { eventMaker, type EventFrom } from '../core/domain-event.js'
import { routeRuleSchema, trunkShareSchema } from './route-rule.js'

const set = { tenant: s.string('SIP domain') }

export const routeSetEventDeclarations = [
  declareEvent(
    'route_set.replaced',
    1,
    'All routes of a tenant are these from here on',
    s.object({ ...set, rules: s.array(routeRuleSchema, 'in order') }),
  ),
  declareEvent(
    'route_set.route_put',
    1,
    'A route was added, or took the place of the one with its id',
    s.object({ ...set, rule: routeRuleSchema, position: s.integer('place among all rules, from 0') }),
  ),
  declareEvent('route_set.route_removed', 1, 'A route is gone', s.object({ ...set, ruleId: s.string() })),
  declareEvent(
    'route_set.trunk_share_set',
    1,
    'Calls of a route are shared among its trunks in another way',
    s.object({
      ...set,
      ruleId: s.string(),
      trunks: s.array(trunkShareSchema, 'all trunks of the route as they stand now'),
    }),
  ),
] as const

export type RouteSetEvent = EventFrom<(typeof routeSetEventDeclarations)[number]>
export const routeSetEvent = eventMaker(routeSetEventDeclarations)
