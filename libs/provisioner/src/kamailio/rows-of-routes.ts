import { isAlias, isExternal, parseNamePattern, toPcre, type ExternalRule, type RouteRule } from '@trunkline/domain'
import { UnfitError } from '../unfit-error.js'
import type { Known } from './known.js'
import { entry, row } from './row-rules.js'
import type { KamailioRow } from './tables.js'

export const ROUTE_TREE = 'routes'
const BY_EXPRESSION = 1
/** No name begins with it. */
const NOBODY = '-'

/** The routes of a tenant: its settings, its patterns, and what each prefix tries. Also for a tenant without any. */
export function rowsOfRoutes(tenant: string, rules: readonly RouteRule[], known: Known): KamailioRow[] {
  const number = known.tenantNumber(tenant)
  const needsNumber = rules.some((rule) => rule.kind !== 'local')
  const isLocal = rules.some(({ kind }) => kind === 'local')
  const settings = entry('tk_tenants', { key: tenant, value: `p=${needsNumber ? number : 0};l=${isLocal ? 1 : 0}` })
  return [settings, ...patterns(tenant, rules, known), ...prefixes(number, rules.filter(isExternal), known)]
}

function patterns(tenant: string, rules: readonly RouteRule[], known: Known): KamailioRow[] {
  return rules.filter(isAlias).flatMap(({ pattern, target }, pr) => {
    const parsed = parseNamePattern(pattern)
    // one that cannot be read fits nothing
    if (!('pattern' in parsed)) return []
    const name = target.kind === 'freeswitch' ? undefined : known.nameOf(tenant, target)
    // what is gone cannot be called; but what comes after it must not be tried instead
    const attrs = target.kind === 'freeswitch' ? 'fs' : `n=${name ?? NOBODY}`
    const expression = { match_op: BY_EXPRESSION, match_exp: toPcre(parsed.pattern), match_len: 0 }
    return [
      row('dialplan', { dpid: known.tenantNumber(tenant), pr, ...expression, subst_exp: '', repl_exp: '', attrs }),
    ]
  })
}

/** Beginning of all keys of a tenant in the tree that all tenants share. */
export function treePrefix(number: number): string {
  if (number > 99_999) throw new UnfitError(`tenant number ${number} has more than 5 digits`)
  return String(number).padStart(5, '0')
}

/**
 * The tree finds the longest prefix alone, so each holds all that a call with it tries: its own rules by priority, then
 * those of every shorter one, as the resolver of the domain has it.
 */
function prefixes(number: number, rules: readonly ExternalRule[], known: Known): KamailioRow[] {
  const ordered = rules.toSorted((a, b) => b.prefix.length - a.prefix.length || a.priority - b.priority)
  return [...new Set(rules.map(({ prefix }) => prefix))].map((prefix) => {
    const tried = ordered.filter((rule) => prefix.startsWith(rule.prefix))
    const tvalue = tried.map((rule) => ruleValue(rule, known)).join('|')
    return row('mtree', { tname: ROUTE_TREE, tprefix: treePrefix(number) + prefix, tvalue })
  })
}

/** `strip,prepend,tier/tier`, where a tier is `set:weight+set:weight`. */
export function ruleValue({ strip, prepend, trunks }: ExternalRule, known: Known): string {
  const priorities = [...new Set(trunks.map(({ priority }) => priority))].sort((a, b) => a - b)
  const tiers = priorities.map((wanted) =>
    trunks
      .filter(({ priority }) => priority === wanted)
      .map(({ trunkId, weight }) => `${known.trunkNumber(trunkId)}:${weight}`)
      .join('+'),
  )
  return `${strip},${prepend === '' ? '-' : prepend},${tiers.join('/')}`
}
