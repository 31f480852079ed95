import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  provisioningStream,
  ProvisioningError,
  routeSetDecider,
  type KnownThing,
  type RouteRule,
  type RouteSetCommand,
  type RouteEvidence,
} from '@trunkline/domain'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import { definite } from '../core/definite.js'
import { derivedId } from '../core/derived-id.js'
import { checkDomain, requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/routes.js'
import type { InputOf } from '../declarations/declare.js'
import { AggregateHandler } from './aggregate.handler.js'
import { RouteSetCall } from './calls.js'

type GivenRule = InputOf<typeof declared.replaceRoutes>['rules'][number]

@CommandHandler(RouteSetCall)
export class RouteSetHandler extends AggregateHandler implements ICommandHandler<RouteSetCall, Outcome> {
  async execute({ call }: RouteSetCall): Promise<Outcome> {
    const tenant = checkDomain(requiredTenant(call.tenant))
    const outcome = await this.run(call, tenant, {
      stream: provisioningStream.routeSet(tenant),
      decider: routeSetDecider,
      prepare: async () => ({ command: await this.#command(call, tenant) }),
    })
    const ruleIds = () => inputOf(declared.replaceRoutes, call).rules.map((rule, i) => idOf(call, rule, i))
    return { ...outcome, tenant, ...(call.name === 'replaceRoutes' ? { result: { ruleIds: ruleIds() } } : {}) }
  }

  async #command(call: Call, tenant: string): Promise<RouteSetCommand> {
    const of = { tenant, commandId: call.commandId }
    switch (call.name) {
      case 'replaceRoutes': {
        const rules = inputOf(declared.replaceRoutes, call).rules.map((rule, i) => toRule(idOf(call, rule, i), rule))
        return { type: 'ReplaceRoutes', ...of, rules, ...(await this.#evidenceFor(tenant, rules)) }
      }
      case 'putRoute': {
        const { ruleId, rule: given, position } = inputOf(declared.putRoute, call)
        const rule = toRule(ruleId, given)
        const place = position === undefined ? {} : { position }
        return { type: 'PutRoute', ...of, rule, ...place, ...(await this.#evidenceFor(tenant, [rule])) }
      }
      case 'removeRoute':
        return { type: 'RemoveRoute', ...of, ruleId: inputOf(declared.removeRoute, call).ruleId }
      case 'setTrunkShare': {
        const { ruleId, trunkId, against, percent, priority = 0 } = inputOf(declared.setTrunkShare, call)
        const knownTrunks = await this.evidence.knownTrunks(tenant, [trunkId])
        return { type: 'SetTrunkShare', ...of, ruleId, trunkId, against, percent, priority, knownTrunks }
      }
      default:
        throw new ProvisioningError('NOT_FOUND')
    }
  }

  async #evidenceFor(tenant: string, rules: readonly RouteRule[]): Promise<RouteEvidence> {
    const trunks = rules.flatMap((rule) => (rule.kind === 'external' ? rule.trunks : []))
    const targets = rules.flatMap((rule): KnownThing[] => {
      if (rule.kind !== 'alias' || rule.target.kind === 'freeswitch' || rule.target.kind === 'dial') return []
      return [rule.target]
    })
    const [knownTrunks, known] = await Promise.all([
      this.evidence.knownTrunks(
        tenant,
        trunks.map(({ trunkId }) => trunkId),
      ),
      this.evidence.known(tenant, targets),
    ])
    return { knownTrunks, known }
  }
}

/** Rules that come without an id get one that is the same when the command is sent again. */
function idOf(call: Call, rule: GivenRule, index: number): string {
  return rule.id ?? derivedId(call.commandId, 'rule', index)
}

function toRule(id: string, rule: Omit<GivenRule, 'id'> & Pick<GivenRule, 'kind'>): RouteRule {
  const given = rule as GivenRule
  if (given.kind !== 'external') return { ...given, id }
  const trunks = given.trunks.map((share) => ({ priority: 0, ...definite(share) }))
  return { priority: 0, strip: 0, prepend: '', ...definite(given), trunks, id }
}
