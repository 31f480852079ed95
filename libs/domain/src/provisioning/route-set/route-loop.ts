import { isAlias, routeResolver } from './resolve-route.js'
import type { RouteRule } from './route-rule.js'

/**
 * Ids of alias rules that lead back to themselves by dialling again. Exact: a rule dials one fixed name, and one rule at
 * most takes that name, so each rule has one follower at most.
 */
export function loopingRules(rules: readonly RouteRule[]): string[] {
  const followers = new Map<string, string>()
  const { firstAlias } = routeResolver(rules)
  for (const { id, target } of rules.filter(isAlias)) {
    const next = target.kind === 'dial' ? firstAlias(target.name) : undefined
    if (next !== undefined) followers.set(id, next.id)
  }
  return [...followers.keys()].filter((id) => leadsTo(id, followers))
}

function leadsTo(start: string, followers: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>()
  for (let at = followers.get(start); at !== undefined && !seen.has(at); at = followers.get(at)) {
    if (at === start) return true
    seen.add(at)
  }
  return false
}
