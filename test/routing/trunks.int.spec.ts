/** Calls to and from the outside world through a real Kamailio: shares, failover, limits, credentials, numbers. */
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../support/free-port.js'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import * as rows from './support/rows.js'
import { RoutingSite } from './support/routing-site.js'
import { runSipp, SippServer } from './support/sipp-run.js'

const busy = { scenario: 'callee-refuses', values: { answer: '486 Busy Here' } }
const by401 = { challenge: '401 Unauthorized', header: 'WWW-Authenticate' }
const by407 = { challenge: '407 Proxy Authentication Required', header: 'Proxy-Authenticate' }
const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const fine = { succeeded: 1, failed: 0 }

describe('trunks of a provisioned tenant', () => {
  let site: RoutingSite
  const open: SippServer[] = []
  const port: Record<string, number> = {}
  const serve = async (name: string, given: Parameters<typeof SippServer.start>[0]) => {
    const server = await SippServer.start({ ...given, address: '127.0.0.7', localPort: port[name]! })
    open.push(server)
    return server
  }
  const uri = (name: string) => `sip:127.0.0.7:${port[name]}`
  const trunk = (set: number, name: string, more: Partial<rows.TrunkRow> = {}) =>
    rows.trunkRows({ set, id: `trunk-${name}`, hosts: [uri(name)], ...more })

  beforeAll(async () => {
    for (const name of ['major', 'minor', 'dead', 'spare', 'slow', 'strict', 'narrow', 'bob'])
      port[name] = await freePort()
    const auth = { username: 'account', password: 'trunk-secret', realm: 'provider.example' }
    const world = rows.all(
      rows.tenantRows('kam.lab', 1),
      rows.tenantRows('other.lab', 2),
      rows.userRows({ name: 'alice' }),
      rows.userRows({ name: 'bob' }),
      rows.userRows({ name: 'carol', suspended: true }),
      rows.serviceRows('3001'),
      trunk(1000, 'major', { sources: ['127.0.0.61'] }),
      trunk(1001, 'minor'),
      trunk(1002, 'dead', { hosts: [uri('dead'), uri('spare')] }),
      trunk(1003, 'slow', { perSecond: 1 }),
      trunk(1004, 'strict', { auth }),
      trunk(1005, 'narrow', { calls: 1, codecs: ['PCMU'] }),
      trunk(1006, 'off', { active: false, hosts: [uri('major')], sources: ['127.0.0.66'] }),
      trunk(1007, 'other', { domain: 'other.lab', hosts: ['sip:127.0.0.77'], sources: ['127.0.0.77'] }),
      trunk(1008, 'shared', { hosts: ['sip:127.0.0.62'], sources: ['127.0.0.62'] }),
      trunk(1009, 'shared-too', { domain: 'other.lab', hosts: ['sip:127.0.0.62:5070'], sources: ['127.0.0.62'] }),
      rows.userRows({ name: 'frida', domain: 'other.lab', suspended: true }),
      rows.routeRows(1, '+49', '0,-,1000:90+1001:10'),
      rows.routeRows(1, '+44', '0,-,1002:1/1000:1'),
      rows.routeRows(1, '+441', '3,00,1001:1|0,-,1002:1/1000:1'),
      rows.routeRows(1, '+33', '0,-,1003:1/1001:1'),
      rows.routeRows(1, '+34', '0,-,1004:1'),
      rows.routeRows(1, '+35', '0,-,1005:1/1001:1'),
      rows.routeRows(1, '+36', '0,-,1006:1'),
      rows.routeRows(2, '', '0,-,1000:1'),
      rows.didRows('+493012345', 'bob'),
      rows.didRows('+493012346', '3001'),
      rows.didRows('+493012347', 'carol'),
      rows.didRows('+493012348', 'frank', 'other.lab'),
      rows.didRows('+493012349', 'frida', 'other.lab'),
      rows.blockedRows('*', 'p', '+4916'),
      rows.blockedRows('*', 'e', '+4917112345'),
      { sql: [`INSERT INTO dispatcher (setid, destination) VALUES (1, '${uri('spare')}')`], effect: [] },
    )
    // a trunk that was taken for a dead one once gets no more calls
    site = await RoutingSite.start(world, { TRUNK_CONTACT: '"127.0.0.1:5060"', REPLY_TIMEOUT: '6000' })
  })
  afterEach(async () => {
    for (const server of open.splice(0)) await server.stop()
  })
  afterAll(() => site.dispose())

  const refused = (to: string, status: number, more: { calls?: number; rate?: number } = {}) =>
    runSipp({ scenario: 'caller-refused', remotePort: site.port, values: { to, status }, ...more })
  const answered = (to: string, talk = 100) =>
    runSipp({ scenario: 'caller-hangs-up', remotePort: site.port, values: { to, talk } })
  const inbound = (
    did: string,
    status: number,
    { address = '127.0.0.61', from = '<sip:+33123456@sip.example>' } = {},
  ) =>
    runSipp({
      scenario: 'peer-refused',
      remotePort: site.port,
      address,
      values: { uri: `sip:${did}@127.0.0.1:${site.port}`, from, status },
    })

  it('a trunk at 10 % weight gets 10 % of 1,000 calls, within four standard deviations', async () => {
    const [major, minor] = [await serve('major', busy), await serve('minor', busy)]
    const calls = await refused('+4930123', 486, { calls: 1000, rate: 50 })
    expect(calls).toEqual({ succeeded: 1000, failed: 0 })
    open.splice(0)
    const [most, few] = [await major.stop(), await minor.stop()]
    // a few more than once, when a trunk was slow and another was tried
    expect(most.succeeded + few.succeeded).toBeGreaterThanOrEqual(1000)
    expect(most.succeeded + few.succeeded).toBeLessThan(1010)
    const deviation = Math.sqrt(1000 * 0.1 * 0.9)
    expect(Math.abs(few.succeeded - 100)).toBeLessThan(4 * deviation)
  })

  it('a host that is dead is passed over to the next host, and a dead trunk to the next tier', async () => {
    const spare = await serve('spare', busy)
    expect(await refused('+4420123', 486)).toEqual(fine)
    expect(spare.received('INVITE')).toHaveLength(1)
    await spare.stop()
    const major = await serve('major', busy)
    expect(await refused('+4420123', 486)).toEqual(fine)
    expect(major.received('INVITE')).toHaveLength(1)
  })

  it('a trunk that answers 503 is passed over; one that is busy is believed', async () => {
    await serve('minor', { scenario: 'callee-refuses', values: { answer: '503 Overloaded' } })
    const major = await serve('major', busy)
    expect(await refused('+4412345', 486)).toEqual(fine)
    expect(major.received('INVITE')).toHaveLength(1)
    expect(major.received('INVITE')[0]).toMatch(/^INVITE sip:\+4412345@/)
  })

  it('the longest prefix decides, digits are cut off and put before, and the call is told as one of this trunk', async () => {
    const minor = await serve('minor', busy)
    expect(await refused('+4412345', 486)).toEqual(fine)
    expect(minor.received('INVITE')[0]).toMatch(/^INVITE sip:0012345@127\.0\.0\.7:\d+ SIP/)
    expect((await site.events('call.failed')).at(-1)).toMatchObject({
      dir: 'outbound',
      trunk: 'trunk-minor',
      code: '486',
    })
  })

  it('no trunk takes the call: 503, and none leads there: 404', async () => {
    expect(await refused('+4412345', 503)).toEqual(fine)
    expect(await refused('+3612345', 503)).toEqual(fine)
    expect(await refused('+9912345', 404)).toEqual(fine)
  })

  it('more calls a second than a trunk takes go to the next', async () => {
    const [slow, minor] = [await serve('slow', busy), await serve('minor', busy)]
    const began = performance.now()
    expect(await refused('+3312345', 486, { calls: 20, rate: 50 })).toEqual({ succeeded: 20, failed: 0 })
    const seconds = (performance.now() - began) / 1000
    const taken = slow.received('INVITE').length
    expect(taken).toBeGreaterThanOrEqual(1)
    // one of each second that it took, of which the first and the last are not whole
    expect(taken).toBeLessThanOrEqual(seconds + 2)
    expect(minor.received('INVITE')).toHaveLength(20 - taken)
  })

  it('more calls at once than a trunk takes go to the next, and it is offered only the codecs that it speaks', async () => {
    const [narrow, minor] = [await serve('narrow', { scenario: 'callee-answers' }), await serve('minor', busy)]
    const first = answered('+3512345', 10_000)
    await until('the call runs', () => narrow.received('ACK').length > 0)
    expect(await refused('+3512345', 486)).toEqual(fine)
    expect(minor.received('INVITE')).toHaveLength(1)
    expect(await first).toEqual(fine)
    expect(await answered('+3512345')).toEqual(fine)
    expect(narrow.received('INVITE')).toHaveLength(2)
    // FreeSWITCH offers two
    const values = { uri: 'sip:+3512345@kam.lab', from: '<sip:3001@kam.lab>' }
    const media = { scenario: 'peer-hangs-up', remotePort: site.port, address: '127.0.0.7', localPort: port['spare']! }
    expect(await runSipp({ ...media, values })).toEqual(fine)
    expect(narrow.received('INVITE')[2]).toMatch(/m=audio 40000 RTP\/AVP 0\s/)
    expect(narrow.received('INVITE')[2]).not.toContain('PCMA')
  })

  it('keys that are pressed pass a trunk with codecs, and a picture that is offered beside stays whole', async () => {
    const narrow = await serve('narrow', busy)
    const offer = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
    offer.push('m=audio 40000 RTP/AVP 0 8 101', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000')
    offer.push('m=video 40002 RTP/AVP 99', 'a=rtpmap:99 H264/90000', '')
    const phone = await SipPhone.udp(site.port)
    const headers = `Contact: <sip:alice@127.0.0.1:${phone.port}>\r\nContent-Type: application/sdp\r\n`
    const to = 'sip:+3512345@kam.lab'
    const invite = { method: 'INVITE', user: 'alice', uri: to, to, headers, body: offer.join('\r\n') }
    expect(await phone.request(invite)).toBe(486)
    phone.close()
    const got = narrow.received('INVITE')[0]
    expect(got).toMatch(/m=audio 40000 RTP\/AVP 0 101\s/)
    expect(got).toMatch(/m=video 40002 RTP\/AVP 99\s/)
  })

  it('a trunk that wants credentials gets them, and the call goes on to its end', async () => {
    const values = { ...by401, realm: 'provider.example', account: 'account', pass: 'trunk-secret' }
    const strict = await serve('strict', { scenario: 'trunk-challenges', values })
    expect(await answered('+3412345')).toEqual(fine)
    await until('SIPp has written down the end', () => strict.received('BYE').length > 0)
    const [plain, signed] = strict.received('INVITE')
    expect(plain).not.toContain('Authorization')
    expect(signed).toContain('Authorization: Digest username="account"')
    expect(signed).toMatch(/^INVITE sip:\+3412345@127\.0\.0\.7/)
    const cseq = (text?: string) => Number(/^CSeq: (\d+)/im.exec(text ?? '')?.[1])
    expect(cseq(signed)).toBe(cseq(plain) + 1)
    expect(cseq(strict.received('BYE')[0])).toBeGreaterThan(cseq(signed))
    expect(strict.received('ACK').map(cseq)).toEqual(expect.arrayContaining([cseq(plain), cseq(signed)]))
    open.splice(0)
    // it would have failed at a BYE that did not come
    expect((await strict.stop()).failed).toBe(0)
    expect(site.kamailio.log()).not.toContain('trunk-secret')
  })

  it('a trunk that challenges as a proxy gets the right digest too', async () => {
    const values = { ...by407, realm: 'any realm', account: 'account', pass: 'trunk-secret' }
    const strict = await serve('strict', { scenario: 'trunk-challenges', values })
    await refused('+3412345', 403)
    const sent = /^Proxy-Authorization: Digest (.*)$/m.exec(strict.received('INVITE')[1] ?? '')?.[1] ?? ''
    const of = (name: string) => new RegExp(`${name}="?([^",\\s]+)`).exec(sent)?.[1] ?? ''
    const half = [of('nonce'), of('nc'), of('cnonce'), 'auth', md5(`INVITE:${of('uri')}`)].join(':')
    expect(of('response')).toBe(md5(`${md5('account:any realm:trunk-secret')}:${half}`))
  })

  it('a trunk that takes other credentials refuses ours, and that is told', async () => {
    await serve('strict', {
      scenario: 'trunk-challenges',
      values: { ...by401, realm: 'x.example', account: 'account', pass: 'other' },
    })
    expect(await refused('+3412345', 403)).toEqual(fine)
  })

  it('who calls is said by From alone: a caller cannot vouch for another number', async () => {
    const minor = await serve('minor', busy)
    const values = { to: '+4412345', status: 486 }
    expect(await runSipp({ scenario: 'caller-claims', remotePort: site.port, values })).toEqual(fine)
    expect(minor.received('INVITE')[0]).toContain('From: "alice" <sip:alice@kam.lab>')
    expect(minor.received('INVITE')[0]).not.toMatch(/P-Asserted-Identity|P-Preferred-Identity|Remote-Party-ID/i)
  })

  it('a number leads to its target: a user, a room; and not to one who is suspended', async () => {
    const bob = await serve('bob', busy)
    const contact = `<sip:bob@127.0.0.7:${port['bob']}>`
    const values = { contact, expires: 60, status: 200 }
    const register = { scenario: 'register', remotePort: site.port, address: '127.0.0.7', user: 'bob', values }
    expect(await runSipp(register)).toEqual(fine)
    for (const did of ['+493012345', '493012345', '00493012345', '+493012345;npdi'])
      expect(await inbound(did, 486)).toEqual(fine)
    expect(bob.received('INVITE')).toHaveLength(4)
    expect((await site.events('call.start')).at(-1)).toMatchObject({ dir: 'inbound', trunk: 'trunk-major' })
    const media = await serve('spare', busy)
    expect(await inbound('+493012346', 486)).toEqual(fine)
    expect(media.received('INVITE')[0]).toMatch(/^INVITE sip:3001@kam\.lab SIP/)
    expect(await inbound('+493012347', 403)).toEqual(fine)
  })

  it('an unknown number, that of another tenant, a stranger and an inactive trunk get nowhere', async () => {
    expect(await inbound('+493019999', 404)).toEqual(fine)
    expect(await inbound('+493012348', 404)).toEqual(fine)
    expect(await inbound('+493012348', 480, { address: '127.0.0.77' })).toMatchObject({ succeeded: 0, failed: 1 })
    expect(await inbound('+493012345', 407, { address: '127.0.0.99' })).toEqual(fine)
    expect(await inbound('+493012345', 403, { address: '127.0.0.66' })).toEqual(fine)
  })

  it('a provider that serves two tenants from one address brings calls to the numbers of both', async () => {
    for (const did of ['+493012347', '+493012349'])
      expect(await inbound(did, 403, { address: '127.0.0.62' })).toEqual(fine)
    const starts = (await site.events('call.start')).slice(-2)
    expect(starts.map(({ trunk: id }) => id)).toEqual(['trunk-shared', 'trunk-shared-too'])
  })

  it('a blocked prefix is refused for all tenants, also when the provider names the caller', async () => {
    const from = '<sip:+491601234567@sip.example>'
    expect(await inbound('+493012345', 403, { from })).toEqual(fine)
    for (const form of ['491601234567', '00491601234567'])
      expect(await inbound('+493012345', 403, { from: `<sip:${form}@sip.example>` })).toEqual(fine)
    for (const whole of ['+4917112345', '+4917112345;cpc=ordinary'])
      expect(await inbound('+493012345', 403, { from: `<sip:${whole}@sip.example>` })).toEqual(fine)
    expect((await site.events('call.failed')).at(-1)).toMatchObject({ reason: 'Caller Blocked' })
    const hidden = `<sip:anonymous@anonymous.invalid>`
    const values = { uri: `sip:+493012345@127.0.0.1:${site.port}`, from: hidden, status: 403, number: '+491601234567' }
    const run = { scenario: 'peer-names-caller', remotePort: site.port, address: '127.0.0.61', values }
    expect(await runSipp(run)).toEqual(fine)
  })
})
