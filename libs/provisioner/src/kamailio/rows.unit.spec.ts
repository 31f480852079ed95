import { describe, expect, it } from '@jest/globals'
import { routeResolver, type ExternalRule, type RouteRule } from '@trunkline/domain'
import type { AnyThing, Thing, ThingDocuments, ThingKind } from '@trunkline/provisioning-views'
import { digestsToText, sipDigests } from '@trunkline/vault'
import type { Known } from './known.js'
import { rowsOfRoutes, ruleValue } from './rows-of-routes.js'
import { rowsOfThing } from './rows-of-thing.js'

const tenant = 'example.org'
const digests = sipDigests({ username: 'Alice', domain: tenant, password: 'never shown' })
const known: Known = {
  now: 1_000_000,
  tenantNumber: () => 7,
  trunkNumber: (id) => 1000 + Number(id.at(-1)),
  secret: (id) => ({ user: digestsToText(digests), trunk: 'trunk password' })[id],
  nameOf: (_, target) =>
    target.kind === 'dial' ? target.name : target.id === 'gone' ? undefined : `name-of-${target.id}`,
}

function thing<K extends ThingKind>(
  kind: K,
  document: ThingDocuments[K],
  status: Thing['status'] = 'active',
): AnyThing {
  const about = { id: 'trunk-1', tenant, name: 'alice', revision: 0, position: '1', createdAt: 0, updatedAt: 0 }
  return { ...about, kind, status, document } as unknown as AnyThing
}

const user: ThingDocuments['sip_user'] = {
  username: 'Alice',
  person: { displayName: null, email: null, phone: null },
  credential: { secretId: 'user', credentialVersion: 1 },
  limits: { concurrentCalls: 3, callsPerMinute: null },
  aliases: ['care4w-1000001', 'ALICE'],
  suspended: null,
}

const trunk: ThingDocuments['trunk'] = {
  name: 'carrier',
  settings: {
    hosts: [
      { host: 'sip.carrier.example', port: 5060 },
      { host: '2001:db8::1', port: 5061 },
    ],
    transport: 'tcp',
    registration: { domain: 'carrier.example', expiresSeconds: 600 },
    codecs: ['PCMA', 'PCMU'],
    limits: { callsPerSecond: 10, concurrentCalls: null },
    allowList: ['192.0.2.0/24', '2001:DB8::1'],
  },
  auth: { username: '4930', realm: null, credential: { secretId: 'trunk', credentialVersion: 1 } },
  active: true,
}

const brief = (thing: AnyThing) =>
  rowsOfThing(thing, known).map(({ table, cells }) => [table, ...Object.values(cells)].join(' '))

describe('rows of things in the tables of Kamailio', () => {
  it('gives a user one credential, with the digests alone, and each name once', () => {
    const value = 'u=Alice;s=a;c=3;r=0'
    expect(brief(thing('sip_user', user))).toEqual([
      `subscriber Alice ${tenant}  ${digests.ha1} ${digests.ha1b}`,
      `tk_names alice@${tenant} 0 0 ${value} 0`,
      `tk_names care4w-1000001@${tenant} 0 0 ${value} 0`,
    ])
  })

  it('keeps the credential of a suspended user, and says that it is suspended', () => {
    const rows = brief(thing('sip_user', { ...user, suspended: 'fraud', aliases: [] }, 'suspended'))
    expect(rows[0]).toMatch(/^subscriber/)
    expect(rows[1]).toContain('u=Alice;s=x;')
  })

  it('gives no credential to a user without one, and nothing to whoever is gone', () => {
    expect(brief(thing('sip_user', { ...user, credential: null }))).toHaveLength(2)
    expect(brief(thing('sip_user', user, 'removed'))).toEqual([])
    const lost = thing('sip_user', { ...user, credential: { secretId: 'destroyed', credentialVersion: 2 } })
    expect(() => brief(lost)).toThrow('not in the vault')
  })

  it('gives a trunk its hosts in order, its addresses once, and its registration', () => {
    expect(brief(thing('trunk', trunk))).toEqual([
      `tk_trunks 1001 0 0 i=trunk-1;d=${tenant};a=1;p=10;c=0;o=PCMA,PCMU;u=1 0`,
      'dispatcher 1001 sip:sip.carrier.example:5060;transport=tcp 8 2 duid=trunk-1 carrier',
      'dispatcher 1001 sip:[2001:db8::1]:5061;transport=tcp 8 1 duid=trunk-1 carrier',
      'address 2 2001:db8::1 128 0 1001',
      'address 2 192.0.2.0 24 0 1001',
      `uacreg trunk-1 4930 ${tenant} 4930 carrier.example  4930 trunk password  sip:sip.carrier.example:5060;transport=tcp 600 0 0  `,
    ])
  })

  it('leaves a trunk that is not active without destinations and unregistered', () => {
    const rows = rowsOfThing(thing('trunk', { ...trunk, active: false }, 'suspended'), known)
    expect(rows.map(({ table }) => table)).toEqual(['tk_trunks', 'uacreg'])
    expect(rows[0]!.cells['key_value']).toContain('a=0')
    expect(rows[1]!.cells['flags']).toBe(1)
  })

  it('sends a number to the name of its target, and nowhere when there is none', () => {
    const number = (target: ThingDocuments['number']['target']) =>
      brief(thing('number', { number: '+49301234567', target }))
    expect(number({ kind: 'queue', id: 'q' })).toEqual([`tk_dids +49301234567 0 0 d=${tenant};n=name-of-q 0`])
    expect(number({ kind: 'dial', name: '*97' })).toEqual([`tk_dids +49301234567 0 0 d=${tenant};n=*97 0`])
    expect(number({ kind: 'user', id: 'gone' })).toEqual([])
    expect(number(null)).toEqual([])
  })

  it('blocks by match and value, until the second in which it ends', () => {
    const block = (expiresAt: number | null) =>
      brief(thing('blocked_caller', { match: 'prefix', value: '+1900A', reason: 'spam', expiresAt }))
    expect(block(null)).toEqual([`tk_blocked ${tenant}/p/+1900a 0 1 1 0`])
    expect(block(2_000_000_500_000)).toEqual([`tk_blocked ${tenant}/p/+1900a 0 1 1 2000001`])
    expect(block(900_000_000)).toEqual([])
  })

  it('refuses what a column cannot hold', () => {
    const long = { ...trunk, auth: { ...trunk.auth!, username: 'x'.repeat(65) } }
    expect(() => brief(thing('trunk', long))).toThrow('uacreg.l_username would have 65 characters, and holds 64')
  })

  it('writes patterns in their order, anchored, with where they lead', () => {
    const rules: RouteRule[] = [
      { kind: 'alias', id: 'a', pattern: 'care4w-[0-9]{7}', target: { kind: 'freeswitch' } },
      { kind: 'local', id: 'l' },
      { kind: 'alias', id: 'b', pattern: '9[0-9]+', target: { kind: 'menu', id: 'm' } },
      { kind: 'alias', id: 'c', pattern: '8', target: { kind: 'user', id: 'gone' } },
    ]
    const rows = rowsOfRoutes(tenant, rules, known)
    expect(rows[0]!.cells).toMatchObject({ key_name: tenant, key_value: 'p=7;l=1' })
    expect(rows.slice(1).map(({ cells }) => [cells['dpid'], cells['pr'], cells['match_exp'], cells['attrs']])).toEqual([
      [7, 0, '^care4w-[0-9]{7}$', 'fs'],
      [7, 1, '^9[0-9]{1,64}$', 'n=name-of-m'],
      [7, 2, '^8$', 'n=-'],
    ])
    expect(rowsOfRoutes(tenant, [], known).map(({ cells }) => cells['key_value'])).toEqual(['p=0;l=0'])
  })

  it('writes the tiers of a rule as Kamailio reads them', () => {
    const trunks = [
      { trunkId: 't2', priority: 1, weight: 100 },
      { trunkId: 't0', priority: 0, weight: 90 },
      { trunkId: 't1', priority: 0, weight: 10 },
    ]
    const rule: ExternalRule = { kind: 'external', id: 'x', prefix: '49', priority: 0, strip: 0, prepend: '', trunks }
    expect(ruleValue(rule, known)).toBe('0,-,1000:90+1001:10/1002:100')
    expect(ruleValue({ ...rule, strip: 1, prepend: '00' }, known)).toBe('1,00,1000:90+1001:10/1002:100')
  })
})

/** Numbers that look random and are the same each time. */
function dice(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('what the longest prefix of the tree tries', () => {
  it('is what the resolver of the domain tries, for any rules and any number', () => {
    const roll = dice(20_261_121)
    const digits = (most: number) => Array.from({ length: roll(most + 1) }, () => '0123'[roll(4)]!).join('')
    for (let run = 0; run < 400; run++) {
      const rules: ExternalRule[] = []
      for (let i = roll(12); i >= 0; i--) {
        const body = digits(4)
        const prefix = roll(3) === 0 && body !== '' ? `+${body}` : body
        const priority = roll(5)
        if (rules.some((rule) => rule.prefix === prefix && rule.priority === priority)) continue
        const trunks = [{ trunkId: `t${roll(4)}`, priority: 0, weight: 100 }]
        rules.push({ kind: 'external', id: `r${i}`, prefix, priority, strip: roll(3), prepend: digits(2), trunks })
      }
      const tree = new Map(
        rowsOfRoutes(tenant, rules, known)
          .filter(({ table }) => table === 'mtree')
          .map(({ cells }) => [String(cells['tprefix']), String(cells['tvalue'])]),
      )
      for (let call = 0; call < 30; call++) {
        const dialled = (roll(3) === 0 ? '+' : '') + `${digits(6)}${roll(4)}`
        const longest = Array.from({ length: dialled.length + 1 }, (_, i) => `00007${dialled.slice(0, i)}`)
          .reverse()
          .find((key) => tree.has(key))
        const tried = longest === undefined ? '' : tree.get(longest)
        const wanted = routeResolver(rules)
          .resolve(dialled, false)
          .map((rule) => ruleValue(rule as ExternalRule, known))
          .join('|')
        expect(`${dialled}: ${tried}`).toBe(`${dialled}: ${wanted}`)
      }
    }
  })
})
