import type { Fault } from '../core/provisioning-error.js'
import { unknownTarget, validateTarget } from '../core/target.js'
import { validateNamePattern } from '../name-pattern/validate-name-pattern.js'
import { validateCount, validateId, validateInteger, validateUnique } from '../validation/bounds.js'
import { validatePrefix } from '../validation/telephone.js'
import { isAlias, isExternal } from './resolve-route.js'
import type { ExternalRule, RouteRule, TrunkShare } from './route-rule.js'
import type { RouteEvidence } from './route-set.commands.js'

export const ROUTES_MAX = 500
export const ROUTE_TRUNKS_MAX = 16
const PRIORITY = { min: 0, max: 99 }

/** Faults of the rules as a whole: each by itself, and what would never be reached or chosen. */
export function validateRoutes(rules: readonly RouteRule[]): Fault[] {
  return [
    ...validateCount('rules', rules, { min: 0, max: ROUTES_MAX }),
    ...rules.flatMap((rule, i) => validateRule(`rules[${i}]`, rule)),
    ...unique(rules, (rule) => rule.id, 'id', 'must not be the id of an earlier rule'),
    ...unique(rules, (rule) => (rule.kind === 'local' ? 'local' : null), 'kind', 'must not be a second local rule'),
    ...unique(rules, (rule) => (isAlias(rule) ? rule.pattern : null), 'pattern', 'must not repeat an earlier pattern'),
    ...unique(
      rules,
      (rule) => (isExternal(rule) ? `${rule.prefix}/${rule.priority}` : null),
      'priority',
      'must differ from that of an earlier rule of the same prefix',
    ),
  ]
}

export function validateRule(field: string, rule: RouteRule): Fault[] {
  const id = validateId(`${field}.id`, rule.id)
  switch (rule.kind) {
    case 'alias': {
      const { pattern, target } = rule
      const faults = target.kind === 'freeswitch' ? [] : validateTarget(`${field}.target`, target)
      return [...id, ...validateNamePattern(`${field}.pattern`, pattern), ...faults]
    }
    case 'local':
      return id
    case 'external':
      return [...id, ...validateExternal(field, rule)]
    default:
      return [{ field: `${field}.kind`, rule: 'must be one of alias, local, external' }]
  }
}

function validateExternal(field: string, { prefix, priority, strip, prepend, trunks }: ExternalRule): Fault[] {
  return [
    ...validatePrefix(`${field}.prefix`, prefix),
    ...validateInteger(`${field}.priority`, priority, PRIORITY),
    ...validateInteger(`${field}.strip`, strip, { min: 0, max: 15 }),
    ...validatePrefix(`${field}.prepend`, prepend),
    ...validateShares(`${field}.trunks`, trunks),
  ]
}

export function validateShares(field: string, trunks: readonly TrunkShare[]): Fault[] {
  const priorities = [...new Set(trunks.map(({ priority }) => priority))]
  const sumOf = (wanted: number) =>
    trunks.reduce((sum, { priority, weight }) => sum + (priority === wanted ? weight : 0), 0)
  return [
    ...validateCount(field, trunks, { min: 1, max: ROUTE_TRUNKS_MAX }),
    ...trunks.flatMap(({ trunkId, priority, weight }, i) => [
      ...validateId(`${field}[${i}].trunkId`, trunkId),
      ...validateInteger(`${field}[${i}].priority`, priority, PRIORITY),
      ...validateInteger(`${field}[${i}].weight`, weight, { min: 0, max: 100 }),
    ]),
    ...validateUnique(
      field,
      trunks.map(({ trunkId, priority }) => `${priority} ${trunkId}`),
    ),
    ...priorities.flatMap((priority) =>
      sumOf(priority) === 100 ? [] : [{ field, rule: `must have weights that add up to 100 at priority ${priority}` }],
    ),
  ]
}

/** Faults of the code UNKNOWN_REFERENCE: trunks and targets that the tenant does not have. */
export function unknownInRule(field: string, rule: RouteRule, { knownTrunks, known }: RouteEvidence): Fault[] {
  switch (rule.kind) {
    case 'alias':
      return rule.target.kind === 'freeswitch' ? [] : unknownTarget(`${field}.target`, rule.target, known)
    case 'local':
      return []
    case 'external':
      return rule.trunks.flatMap(({ trunkId }, i) =>
        unknownTrunk(`${field}.trunks[${i}].trunkId`, trunkId, knownTrunks),
      )
  }
}

export function unknownTrunk(field: string, trunkId: string, knownTrunks: readonly string[]): Fault[] {
  return knownTrunks.includes(trunkId) ? [] : [{ field, rule: 'must be the id of a trunk of this tenant' }]
}

function unique(
  rules: readonly RouteRule[],
  keyOf: (rule: RouteRule) => string | null,
  part: string,
  rule: string,
): Fault[] {
  const seen = new Set<string>()
  return rules.flatMap((one, i) => {
    const key = keyOf(one)
    if (key === null || !seen.has(key)) {
      if (key !== null) seen.add(key)
      return []
    }
    return [{ field: `rules[${i}].${part}`, rule }]
  })
}
