import { beforeEach, describe, expect, it } from '@jest/globals'
import { answerXmlCurl } from '../answer.js'
import { NOT_FOUND } from '../document.js'
import { Sample, TENANT, uuid } from '../testing/index.js'

let sample: Sample
beforeEach(async () => {
  sample = new Sample()
  await sample.user(1, 'alice', { aliases: ['care4w-1000001'] })
  await sample.user(2, 'bob')
  sample.queue(30, '7000')
})

const ask = (fields: Record<string, string>, gateways = false) =>
  answerXmlCurl(
    { things: sample.things, vault: sample.vault, options: { gateways } },
    new Map(Object.entries({ section: 'dialplan', ...fields })),
  )
const inside = (dialled: string, more: Record<string, string> = {}, gateways = false) =>
  ask(
    { 'Hunt-Context': 'from-kamailio', 'Hunt-Destination-Number': dialled, variable_sip_req_host: TENANT, ...more },
    gateways,
  )
const outside = (dialled: string, more: Record<string, string> = {}) =>
  ask({ 'Hunt-Context': 'from-trunks', 'Hunt-Destination-Number': dialled, ...more })
/** What was done while nobody is registered at FreeSWITCH itself, without what is said of the call. */
const done = (answer: string) =>
  [
    ...answer.matchAll(
      /<(?:anti-action|action(?! application="\w+" data="\{)) application="(\w+)"(?: data="([^"]*)")?/g,
    ),
  ]
    .filter(([, application]) => !['answer', 'set', 'hangup'].includes(application!))
    .map(([, application, data]) => `${application} ${data?.replace(/^\[[^\]]*\]|;fs_path.*/g, '')}`)

describe('whose names are dialled', () => {
  it('is said by the tenant that we set, by the authenticated domain, by the request URI, and never by To', async () => {
    const other = {
      variable_trunkline_tenant: TENANT,
      variable_domain_name: 'x.example',
      variable_sip_req_host: 'y.example',
    }
    expect(done(await inside('alice', other))).toEqual([`bridge sofia/kamailio/alice@${TENANT}`])
    const authenticated = { variable_domain_name: TENANT, variable_sip_req_host: 'y.example' }
    expect(done(await inside('alice', authenticated))).toHaveLength(1)
    expect(done(await inside('alice', { variable_sip_req_host: TENANT.toUpperCase() }))).toHaveLength(1)
    const to = { variable_sip_req_host: '', variable_sip_to_host: TENANT, variable_sip_from_host: TENANT }
    expect(await inside('alice', to)).toBe(NOT_FOUND)
  })
  it('is nobody for a context that is not ours', async () => {
    expect(await inside('alice', { 'Hunt-Context': 'operators-own' })).toBe(NOT_FOUND)
  })
})

describe('a user', () => {
  it('is called at the phones that FreeSWITCH itself has registered, or else through Kamailio', async () => {
    const answer = await inside('alice')
    const phones = `\${sofia_contact(*/alice@${TENANT})}`
    const ofTenant = `sip_invite_domain=${TENANT},trunkline_tenant=${TENANT}`
    const [, condition] = answer.split('<condition ')
    expect(condition).toContain(`field="${phones}" expression="sofia/"`)
    expect(condition).toContain(
      `<action application="bridge" data="{presence_id=alice@${TENANT},${ofTenant}}${phones}"/>`,
    )
    expect(condition).toMatch(/<anti-action application="bridge" data="\[[^\]]*\]sofia\/kamailio\/alice@/)
  })
  it('who was called can be transferred within the tenant, and not to the outside world by a stranger', async () => {
    const trunks = [{ trunkId: uuid(90), priority: 0, weight: 100 }]
    sample.routes({ kind: 'external', id: uuid(3), prefix: '+', priority: 0, strip: 0, prepend: '', trunks })
    await sample.trunk(90, 'a')
    // as captured: of a leg that FreeSWITCH made, there is no domain but ours
    const called = { 'Call-Direction': 'outbound', variable_sip_req_host: '', variable_trunkline_tenant: TENANT }
    expect(done(await inside('bob', called))).toEqual([`bridge sofia/kamailio/bob@${TENANT}`])
    for (const gateways of [false, true]) {
      expect(await inside('+4989123', called, gateways)).toBe(NOT_FOUND)
      expect(await inside('+4989123', { ...called, 'Call-Direction': 'inbound' }, gateways)).not.toBe(NOT_FOUND)
    }
  })
  it('whom FreeSWITCH itself has authenticated is inside, in the context of strangers too', async () => {
    const here = { variable_sip_authorized: 'true', variable_user_name: 'bob', variable_domain_name: TENANT }
    expect(done(await outside('alice', here))).toEqual([`bridge sofia/kamailio/alice@${TENANT}`])
    for (const less of [
      { variable_sip_authorized: '' },
      { variable_user_name: '' },
      { variable_sip_acl_authed_by: 'trunks' },
      { 'Hunt-Context': 'operators-own' },
    ]) {
      expect(await outside('alice', { ...here, ...less })).toBe(NOT_FOUND)
    }
    // the request URI is the phone's own word
    const elsewhere = { ...here, variable_domain_name: 'not_a_domain', variable_sip_req_host: TENANT }
    expect(await inside('alice', elsewhere)).toBe(NOT_FOUND)
    expect(await outside('alice', elsewhere)).toBe(NOT_FOUND)
  })
})

describe('calls from outside', () => {
  it('reach telephone numbers alone, of whatever tenant', async () => {
    await sample.room(4, '3501')
    sample.number(20, '+4930123456', { kind: 'room', id: uuid(4) })
    expect(done(await outside('+4930123456'))).toEqual([`conference 3501-${TENANT}@trunkline`])
    expect(done(await outside('4930123456'))).toHaveLength(1)
    for (const dialled of ['3501', 'alice', '7000', '+4930123457']) {
      const spoofed = { variable_sip_req_host: TENANT, variable_sip_to_host: TENANT, variable_domain_name: TENANT }
      expect(await outside(dialled, spoofed)).toBe(NOT_FOUND)
    }
  })
  it('find no number that leads nowhere, to something gone or to another tenant', async () => {
    sample.number(21, '+4930111', null)
    sample.number(22, '+4930222', { kind: 'room', id: uuid(404) })
    sample.number(23, '+4930333', { kind: 'user', id: uuid(2) })
    await sample.user(2, 'bob', { status: 'removed' })
    for (const number of ['+4930111', '+4930222', '+4930333']) expect(await outside(number)).toBe(NOT_FOUND)
  })
  it('go on through Kamailio when the number leads to a name of the outside world', async () => {
    sample.number(24, '+4930444', { kind: 'dial', name: '+4989999' })
    const trunks = [{ trunkId: uuid(90), priority: 0, weight: 100 }]
    sample.routes({ kind: 'external', id: uuid(3), prefix: '', priority: 0, strip: 0, prepend: '', trunks })
    expect(done(await outside('+4930444'))).toEqual([`bridge sofia/kamailio/+4989999@${TENANT}`])
  })
})

describe('rooms', () => {
  it('with a PIN have a profile that stays shut when answers fail, and the PIN stands in no application', async () => {
    await sample.room(4, '3501', { pinSecretId: await sample.pin(41, '1234') })
    const answer = await inside('3501')
    expect(done(answer)).toEqual([`conference 3501-${TENANT}@trunkline-pin`])
    expect(answer).toContain('conference_enforce_security=true')
    expect(answer).not.toContain('1234')
  })
  it('let moderators in without PIN when they were authenticated, not when they only say so', async () => {
    const settings = { pinSecretId: await sample.pin(41, '1234'), moderators: [uuid(1)] }
    await sample.room(4, '3501', settings)
    const moderates = async (fields: Record<string, string>) => {
      const answer = await inside('3501', fields)
      expect(answer.includes('conference_enforce_security=false')).toBe(answer.includes('+flags{moderator}'))
      return answer.includes('+flags{moderator}')
    }
    const byKamailio = (value: string) => ({ 'variable_sip_h_X-Trunkline-User': value })
    expect(await moderates(byKamailio(`alice@${TENANT}`))).toBe(true)
    expect(await moderates(byKamailio(`Alice@${TENANT.toUpperCase()}`))).toBe(true)
    expect(await moderates(byKamailio(`bob@${TENANT}`))).toBe(false)
    expect(await moderates(byKamailio('alice@other.example'))).toBe(false)
    const bySwitch = { variable_sip_authorized: 'true', variable_user_name: 'alice', variable_domain_name: TENANT }
    expect(await moderates(bySwitch)).toBe(true)
    expect(await moderates({ ...bySwitch, variable_sip_authorized: 'false' })).toBe(false)
    expect(await moderates({ variable_sip_from_user: 'alice', variable_sip_from_host: TENANT })).toBe(false)
    // a phone at FreeSWITCH itself, whose headers nobody has looked at
    const bob = { ...bySwitch, variable_user_name: 'bob' }
    expect(await moderates({ ...bob, ...byKamailio(`alice@${TENANT}`) })).toBe(false)
    // Kamailio, by its address
    const byAddress = { variable_sip_authorized: 'true', variable_sip_acl_authed_by: 'kamailio' }
    expect(await moderates({ ...byAddress, ...byKamailio(`alice@${TENANT}`) })).toBe(true)
    // whom alice called, and then transferred
    expect(await moderates({ 'Call-Direction': 'outbound', ...byKamailio(`alice@${TENANT}`) })).toBe(false)
  })
})

describe('menus', () => {
  it('get # as a digit where an entry of theirs or of one below asks for it, which FreeSWITCH else takes for the end', async () => {
    const hash = { digits: '#', action: { kind: 'hang_up' } } as const
    sample.menu(50, '5000', { entries: [{ digits: '1', action: { kind: 'menu', id: uuid(51) } }] })
    sample.menu(51, '5001')
    expect(await inside('5000')).toContain('data="ivr_menu_terminator=#"')
    sample.menu(51, '5001', { entries: [hash] })
    for (const number of ['5000', '5001']) {
      const answer = await inside(number)
      expect(answer).toContain('data="ivr_menu_terminator=none"')
      expect(done(answer)).toEqual([`ivr ${number}-${TENANT}`])
    }
  })
})

describe('queues', () => {
  it('send on whom they could not serve', async () => {
    await sample.room(4, '3501')
    const { settings } = sample.queue(30, '7000').document
    sample.queue(30, '7000', { settings: { ...settings, overflow: { kind: 'room', id: uuid(4) } } })
    expect(done(await inside('7000'))).toEqual([`callcenter 7000@${TENANT}`, 'transfer 3501 XML from-kamailio'])
    sample.queue(30, '7000', { settings: { ...settings, overflow: { kind: 'room', id: uuid(404) } } })
    expect(done(await inside('7000'))).toEqual([`callcenter 7000@${TENANT}`])
  })
})

describe('routes', () => {
  const external = (id: number, prefix: string, more: object = {}) =>
    ({
      kind: 'external',
      id: uuid(id),
      prefix,
      priority: 0,
      strip: 0,
      prepend: '',
      trunks: [{ trunkId: uuid(90), priority: 0, weight: 100 }],
      ...more,
    }) as const

  it('leave to the static dialplan what an alias gives to FreeSWITCH, and follow aliases of names', async () => {
    sample.routes(
      { kind: 'alias', id: uuid(1), pattern: '\\*9[78]', target: { kind: 'freeswitch' } },
      { kind: 'alias', id: uuid(2), pattern: 'help', target: { kind: 'dial', name: 'front' } },
      { kind: 'alias', id: uuid(3), pattern: 'front', target: { kind: 'queue', id: uuid(30) } },
      { kind: 'alias', id: uuid(4), pattern: 'round', target: { kind: 'dial', name: 'round' } },
    )
    expect(await inside('*98')).toBe(NOT_FOUND)
    expect(done(await inside('help'))).toEqual([`callcenter 7000@${TENANT}`])
    expect(await inside('round')).toBe(NOT_FOUND)
    expect(done(await inside('care4w-1000001'))).toEqual([`bridge sofia/kamailio/alice@${TENANT}`])
  })
  it('to the outside world never send back to Kamailio what it just handed over', async () => {
    sample.routes(external(5, '+'))
    expect(await inside('+4989123')).toBe(NOT_FOUND)
    const fromMenu = { variable_trunkline_tenant: TENANT }
    expect(done(await inside('+4989123', fromMenu))).toEqual([`bridge sofia/kamailio/+4989123@${TENANT}`])
    expect(await inside('4989123', fromMenu)).toBe(NOT_FOUND)
  })
  it('leave by gateways when there are any: rules, priorities, hosts in order; weights draw', async () => {
    const shares = [
      { trunkId: uuid(90), priority: 0, weight: 50 },
      { trunkId: uuid(91), priority: 0, weight: 50 },
      { trunkId: uuid(92), priority: 1, weight: 100 },
    ]
    sample.routes(external(6, '+49', { strip: 3, prepend: '0', trunks: shares }), external(7, '+'))
    await sample.trunk(90, 'a')
    await sample.trunk(91, 'b')
    const hosts = [
      { host: 'x.example', port: 5060 },
      { host: 'y.example', port: 5060 },
    ]
    await sample.trunk(92, 'c', { hosts })
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) seen.add(done(await inside('+4989123', {}, true)).join())
    const [a, b] = [`sofia/gateway/${uuid(90)}/089123`, `sofia/gateway/${uuid(91)}/089123`]
    const rest = `sofia/gateway/${uuid(92)}/089123|sofia/gateway/${uuid(92)}-2/089123|sofia/gateway/${uuid(90)}/+4989123`
    expect([...seen].sort()).toEqual([`bridge ${a}|${b}|${rest}`, `bridge ${b}|${a}|${rest}`])
  })
  it('have no gateway of a trunk that is off', async () => {
    sample.routes(external(5, '+'))
    const trunk = await sample.trunk(90, 'a')
    sample.add({ ...trunk, status: 'suspended', document: { ...trunk.document, active: false } })
    expect(await inside('+4989123', {}, true)).toBe(NOT_FOUND)
  })
})
