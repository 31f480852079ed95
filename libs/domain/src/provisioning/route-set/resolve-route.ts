import { fitsPattern } from '../name-pattern/match-name.js'
import { parseNamePattern } from '../name-pattern/name-pattern.js'
import type { AliasRule, ExternalRule, RouteRule } from './route-rule.js'

/**
 * The rules that a dialled name meets, in the order in which they are tried. Alias rules come first, and the first
 * of them that fits decides alone; then, when the tenant has a local rule and the name is one of its own, local decides
 * alone; then the external rules: longest prefix first, and by priority among those of one prefix.
 */
export function resolveRoute(rules: readonly RouteRule[], dialled: string, isLocal: boolean): RouteRule[] {
  const alias = firstAlias(rules, dialled)
  if (alias !== undefined) return [alias]
  const local = rules.find(({ kind }) => kind === 'local')
  if (local !== undefined && isLocal) return [local]
  return rules
    .filter(isExternal)
    .filter(({ prefix }) => isNumber(dialled) && dialled.startsWith(prefix))
    .sort(byPrefix)
}

export function firstAlias(rules: readonly RouteRule[], dialled: string): AliasRule | undefined {
  return rules.filter(isAlias).find(({ pattern }) => {
    const parsed = parseNamePattern(pattern)
    return 'pattern' in parsed && fitsPattern(parsed.pattern, dialled)
  })
}

export function isAlias(rule: RouteRule): rule is AliasRule {
  return rule.kind === 'alias'
}

export function isExternal(rule: RouteRule): rule is ExternalRule {
  return rule.kind === 'external'
}

function isNumber(dialled: string): boolean {
  return /^\+?[0-9]+$/.test(dialled)
}

function byPrefix(a: ExternalRule, b: ExternalRule): number {
  return b.prefix.length - a.prefix.length || a.priority - b.priority
}
