import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { known, tenant, uuid } from '../testing/samples.js'
import { routeResolver } from './resolve-route.js'
import type { AliasRule, ExternalRule, RouteRule, TrunkShare } from './route-rule.js'
import type { SetTrunkShare } from './route-set.commands.js'
import { routeSetDecider } from './route-set.decider.js'
import { routeSetEvent } from './route-set.events.js'

const given = specOf(routeSetDecider)
const [OLD, NEW, SPARE] = [uuid(20), uuid(21), uuid(22)]
const knownTrunks = [OLD, NEW, SPARE]
const to = { tenant, commandId: uuid(1000) }
const share = (trunkId: string, weight: number, priority = 0): TrunkShare => ({ trunkId, priority, weight })
const alias = (n: number, pattern: string, target: AliasRule['target']): AliasRule => ({
  kind: 'alias',
  id: uuid(n),
  pattern,
  target,
})
const local: RouteRule = { kind: 'local', id: uuid(50) }
const external = (n: number, prefix: string, trunks: TrunkShare[], priority = 0): ExternalRule => ({
  kind: 'external',
  id: uuid(n),
  prefix,
  priority,
  strip: 0,
  prepend: '',
  trunks,
})
const care = alias(40, 'care4w-[0-9]{7}', { kind: 'freeswitch' })
const abroad = external(60, '+', [share(OLD, 100)])
const germany = external(61, '+49', [share(OLD, 70), share(SPARE, 30), share(SPARE, 100, 1)])
const replace = (...rules: RouteRule[]) => ({ type: 'ReplaceRoutes', ...to, rules, knownTrunks, known }) as const
const put = (rule: RouteRule, position?: number) =>
  ({ type: 'PutRoute', ...to, rule, knownTrunks, known, ...(position === undefined ? {} : { position }) }) as const
const drop = (n: number) => ({ type: 'RemoveRoute', ...to, ruleId: uuid(n) }) as const
const move = (percent: number, more: Partial<SetTrunkShare> = {}): SetTrunkShare => ({
  type: 'SetTrunkShare',
  ...to,
  ruleId: uuid(61),
  priority: 0,
  trunkId: NEW,
  against: OLD,
  percent,
  knownTrunks,
  ...more,
})
const everything = replace(care, local, { ...abroad, prefix: '' }, germany)

describe('the routes of a tenant', () => {
  it('are replaced as a whole', () => {
    given()
      .when(everything)
      .then(routeSetEvent('route_set.replaced', { tenant, rules: everything.rules }))
    given(everything).when(everything).thenNothing()
    given().when(replace()).thenNothing()
    expect(given(everything).when(replace()).types).toEqual(['route_set.replaced'])
  })
  it('are put one by one, at their place', () => {
    given(replace(care))
      .when(put(local))
      .then(routeSetEvent('route_set.route_put', { tenant, rule: local, position: 1 }))
    given(replace(care))
      .when(put(local, 0))
      .then(routeSetEvent('route_set.route_put', { tenant, rule: local, position: 0 }))
    given(replace(care, local)).when(put(care)).thenNothing()
    given(replace(care, local))
      .when(put(care, 99))
      .then(routeSetEvent('route_set.route_put', { tenant, rule: care, position: 1 }))
    given(replace(care, local), put(care, 99)).when(put(care, 99)).thenNothing()
    expect(given(replace(care, local), put(care, 99)).state).toEqual({ kind: 'active', rules: [local, care] })
  })
  it('are removed, each once', () => {
    given(everything)
      .when(drop(50))
      .then(routeSetEvent('route_set.route_removed', { tenant, ruleId: uuid(50) }))
    given(everything).when(drop(77)).thenNothing()
    given().when(drop(50)).thenNothing()
  })
  it('name only trunks and targets that the tenant has', () => {
    given()
      .when({ ...everything, knownTrunks: [OLD] })
      .thenRefused('UNKNOWN_REFERENCE', 'rules[3].trunks[1].trunkId', 'rules[3].trunks[2].trunkId')
    given()
      .when(put(alias(41, 'help', { kind: 'user', id: uuid(77) })))
      .thenRefused('UNKNOWN_REFERENCE', 'rules[0].target.id')
    // Rules that stand are not asked about again.
    expect(
      given(everything).when({ ...put(external(62, '+1', [share(NEW, 100)])), knownTrunks: [NEW] }).types,
    ).toHaveLength(1)
  })
  it.each<[string, RouteRule, string]>([
    ['weights below 100', external(60, '+1', [share(OLD, 99)]), 'rule.trunks'],
    ['weights above 100', external(60, '+1', [share(OLD, 60), share(NEW, 60)]), 'rule.trunks'],
    ['weights that fail at one priority', external(60, '+1', [share(OLD, 100), share(NEW, 5, 1)]), 'rule.trunks'],
    ['no trunk', external(60, '+1', []), 'rule.trunks'],
    ['a trunk twice', external(60, '+1', [share(OLD, 50), share(OLD, 50)]), 'rule.trunks[1]'],
    ['prefixes', external(60, 'abc', [share(OLD, 100)]), 'rule.prefix'],
    ['patterns', alias(40, '(a+)+', { kind: 'freeswitch' }), 'rule.pattern'],
    ['kinds', { kind: 'magic', id: uuid(1) } as unknown as RouteRule, 'rule.kind'],
    ['ids', { kind: 'local', id: 'x' }, 'rule.id'],
  ])('refuse %s', (_, rule, field) => {
    given().when(put(rule)).thenRefused('INVALID', field)
  })
  it('refuse rules that would never be reached', () => {
    given().when(replace(care, care)).thenRefused('INVALID', 'rules[1].id', 'rules[1].pattern')
    given(replace(local))
      .when(put({ ...local, id: uuid(51) }))
      .thenRefused('INVALID', 'rules[1].kind')
    given(replace(germany))
      .when(put(external(62, '+49', [share(OLD, 100)])))
      .thenRefused('INVALID', 'rules[1].priority')
    expect(given(replace(germany)).when(put(external(62, '+49', [share(OLD, 100)], 1))).types).toHaveLength(1)
  })
  it('never send a call round in circles', () => {
    const a = alias(41, 'a', { kind: 'dial', name: 'b' })
    const b = alias(42, '[b-c]', { kind: 'dial', name: 'd' })
    const d = alias(43, 'd', { kind: 'dial', name: 'a' })
    given()
      .when(put(alias(41, 'x+', { kind: 'dial', name: 'xx' })))
      .thenRefused('LOOP', 'rules[0].target')
    expect(given().when(replace(a, b)).types).toHaveLength(1)
    given(replace(a, b)).when(put(d)).thenRefused('LOOP', 'rules[0].target', 'rules[1].target', 'rules[2].target')
    // The first rule that fits decides: with d caught by another one before it, nothing goes round …
    const caught = alias(44, '[d]{1}', { kind: 'freeswitch' })
    expect(given(replace(a, b, caught)).when(put(d)).types).toHaveLength(1)
    // … until that one is taken away.
    given(replace(a, b, caught, d))
      .when(drop(44))
      .thenRefused('LOOP', 'rules[0].target', 'rules[1].target', 'rules[2].target')
  })
})

describe('a set of 500 alias rules', () => {
  it('is searched for circles in no time', () => {
    const rules = Array.from({ length: 500 }, (_, i) =>
      alias(4000 + i, `care-[0-9]{4}x${i}`, { kind: 'dial', name: `care-0000x${i + 1}` }),
    )
    const begin = performance.now()
    expect(given().when(replace(...rules)).types).toEqual(['route_set.replaced'])
    expect(performance.now() - begin).toBeLessThan(3_000)
  })
})

describe('moving calls from one trunk to another', () => {
  it('starts with a small share for the new trunk, and the old one keeps the rest', () => {
    given(everything)
      .when(move(10))
      .then(
        routeSetEvent('route_set.trunk_share_set', {
          tenant,
          ruleId: uuid(61),
          trunks: [share(OLD, 60), share(SPARE, 30), share(SPARE, 100, 1), share(NEW, 10)],
        }),
      )
    given(everything, move(10)).when(move(10)).thenNothing()
  })
  it('goes on to all that both have, and back', () => {
    const history = [everything, move(10), move(70)] as const
    expect(given(...history).state).toMatchObject({
      rules: [{}, {}, {}, { trunks: [share(OLD, 0), share(SPARE, 30), share(SPARE, 100, 1), share(NEW, 70)] }],
    })
    expect(given(...history).when(move(0)).types).toEqual(['route_set.trunk_share_set'])
  })
  it('takes nothing from a third trunk', () => {
    given(everything).when(move(71)).thenRefused('INVALID', 'percent')
  })
  it('needs a route, another trunk that is part of it, and a trunk that is known', () => {
    given(everything)
      .when(move(10, { ruleId: uuid(77) }))
      .thenRefused('NOT_FOUND', 'ruleId')
    given(everything)
      .when(move(10, { ruleId: uuid(50) }))
      .thenRefused('NOT_FOUND', 'ruleId')
    given(everything)
      .when(move(10, { against: uuid(77) }))
      .thenRefused('UNKNOWN_REFERENCE', 'against')
    given(everything)
      .when(move(10, { knownTrunks: [] }))
      .thenRefused('UNKNOWN_REFERENCE', 'trunkId')
    given(everything)
      .when(move(10, { against: NEW }))
      .thenRefused('INVALID', 'against')
    given(everything).when(move(101)).thenRefused('INVALID', 'percent')
  })
})

describe('what a dialled name leads to', () => {
  const rules = [...everything.rules, external(62, '+49', [share(SPARE, 100)], 1)]
  const ids = (dialled: string, isLocal = false) =>
    routeResolver(rules)
      .resolve(dialled, isLocal)
      .map(({ id }) => id)

  it('is the first alias rule that fits, also when the name is local', () => {
    expect(ids('care4w-1000001', true)).toEqual([uuid(40)])
  })
  it('is a local user before any trunk', () => {
    expect(ids('+4930', true)).toEqual([uuid(50)])
  })
  it('is the longest prefix, by priority, with the shorter ones after it', () => {
    expect(ids('+4930')).toEqual([uuid(61), uuid(62), uuid(60)])
    expect(ids('+33')).toEqual([uuid(60)])
  })
  it('is nothing for a name that is no number', () => {
    expect(ids('nobody')).toEqual([])
  })
})
