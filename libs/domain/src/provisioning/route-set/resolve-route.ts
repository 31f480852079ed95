import { fitsPattern } from '../name-pattern/match-name.js'
import { parseNamePattern } from '../name-pattern/name-pattern.js'
import type { AliasRule, ExternalRule, RouteRule } from './route-rule.js'

/** Routes made ready for many names: patterns are read once. */
export interface RouteResolver {
  /**
   * The rules that a dialled name meets, in the order in which they are tried. Alias rules come first, and the first
   * of them that fits decides alone; then, when the tenant has a local rule and the name is one of its own, local
   * decides alone; then the external rules: longest prefix first, and by priority among those of one prefix.
   */
  resolve(dialled: string, isLocal: boolean): RouteRule[]
  firstAlias(dialled: string): AliasRule | undefined
}

export function routeResolver(rules: readonly RouteRule[]): RouteResolver {
  const aliases = rules.filter(isAlias).flatMap((rule) => {
    const parsed = parseNamePattern(rule.pattern)
    return 'pattern' in parsed ? [{ rule, pattern: parsed.pattern }] : []
  })
  const local = rules.find(({ kind }) => kind === 'local')
  const external = rules.filter(isExternal).sort(byPrefix)
  const firstAlias = (dialled: string) => aliases.find(({ pattern }) => fitsPattern(pattern, dialled))?.rule

  return {
    firstAlias,
    resolve(dialled, isLocal) {
      const alias = firstAlias(dialled)
      if (alias !== undefined) return [alias]
      if (local !== undefined && isLocal) return [local]
      return isNumber(dialled) ? external.filter(({ prefix }) => dialled.startsWith(prefix)) : []
    },
  }
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
