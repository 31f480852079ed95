/** Users of a provisioned tenant through a real Kamailio: names, aliases, suspension, limits, blocked callers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { quickest } from '../support/in-time.js'
import * as rows from './support/rows.js'
import { RoutingSite } from './support/routing-site.js'
import { runSipp, SippServer } from './support/sipp-run.js'

describe('users of a provisioned tenant', () => {
  let site: RoutingSite
  let media: SippServer
  let phones: SippServer
  const bob = { name: 'bob', aliases: ['Reception', '1002'] }
  beforeAll(async () => {
    media = await SippServer.start({ scenario: 'callee-refuses', values: { answer: '486 Busy Here' } })
    phones = await SippServer.start({ scenario: 'callee-answers' })
    const world = rows.all(
      rows.tenantRows('kam.lab', 1),
      rows.tenantRows('other.lab', 2),
      rows.userRows({ name: 'alice' }),
      rows.userRows(bob),
      rows.userRows({ name: 'carol', suspended: true }),
      rows.userRows({ name: 'dave', calls: 3 }),
      rows.userRows({ name: 'erin', perMinute: 4 }),
      rows.userRows({ name: 'frank', domain: 'other.lab' }),
      rows.userRows({ name: 'peter', domain: 'plain.lab' }),
      rows.userRows({ name: 'spammer' }),
      rows.userRows({ name: 'spare' }),
      rows.serviceRows('3001'),
      rows.patternRows(1, 1, '^care4w-[0-9]{7}$', 'fs'),
      rows.patternRows(1, 2, '^help-[a-z]+$', 'n=helper'),
      rows.patternRows(1, 3, '^helper$', 'n=reception'),
      rows.patternRows(1, 4, '^round$', 'n=round'),
      rows.blockedRows('kam.lab', 'e', 'spammer'),
      { sql: [`INSERT INTO dispatcher (setid, destination) VALUES (1, '${media.uri}')`], effect: [] },
    )
    site = await RoutingSite.start(world)
    const contact = `<sip:bob@127.0.0.1:${phones.port}>`
    const values = { contact, expires: 600, status: 200 }
    const { succeeded } = await runSipp({ scenario: 'register', remotePort: site.port, user: 'bob', values })
    expect(succeeded).toBe(1)
  })
  afterAll(async () => {
    await site.dispose()
    await media.stop()
    await phones.stop()
  })

  const refused = (to: string, status: number, user = 'alice') =>
    runSipp({ scenario: 'caller-refused', remotePort: site.port, user, values: { to, status } })
  const answered = (to: string, { user = 'alice', talk = 100, calls = 1 } = {}) =>
    runSipp({ scenario: 'caller-hangs-up', remotePort: site.port, user, calls, values: { to, talk } })
  const fine = { succeeded: 1, failed: 0 }

  it('a user registers within a second after the row, and calls another', async () => {
    const phone = await SipPhone.udp(site.port)
    const ms = await quickest(1000, async (number) => {
      await site.apply(rows.userRows({ name: `nora${number}` }))
      expect(await phone.register(`nora${number}`)).toBe(200)
    })
    expect(ms).toBeLessThan(1000)
    phone.close()
    expect(await answered('bob', { user: 'nora1' })).toEqual(fine)
  })

  it('a suspended user may neither register, nor call, nor be called; and all of it when resumed', async () => {
    const phone = await SipPhone.udp(site.port)
    expect(await phone.register('carol')).toBe(403)
    expect(await refused('bob', 403, 'carol')).toEqual(fine)
    expect(await refused('carol', 403)).toEqual(fine)
    await site.apply(rows.userRows({ name: 'carol' }))
    expect(await phone.register('carol')).toBe(200)
    expect(await answered('bob', { user: 'carol' })).toEqual(fine)
    phone.close()
  })

  it('a suspended user who was registered is refused at once', async () => {
    const phone = await SipPhone.udp(site.port)
    expect(await phone.register('spare')).toBe(200)
    await site.apply(rows.userRows({ name: 'spare', suspended: true }))
    expect(await phone.register('spare')).toBe(403)
    phone.close()
  })

  it('all phones of a user ring, by name and by alias, whatever its case', async () => {
    for (const name of ['bob', 'reception', 'RECEPTION', '1002']) expect(await answered(name)).toEqual(fine)
    const second = await SippServer.start({ scenario: 'callee-rings' })
    const third = await SipPhone.udp(site.port)
    const contact = `Contact: <sip:bob@127.0.0.1:${second.port}>\r\nExpires: 60\r\n`
    expect(await third.register('bob', { headers: contact })).toBe(200)
    await answered('bob')
    await until('the second rings', () => second.received('INVITE').length > 0)
    expect(second.received('INVITE').length).toBe(1)
    expect(await third.register('bob', { headers: contact.replace('60', '0') })).toBe(200)
    third.close()
    await second.stop()
  })

  it('a user without a phone is not registered, and a name of nobody not found', async () => {
    expect(await refused('dave', 480)).toEqual(fine)
    expect(await refused('nobody', 404)).toEqual(fine)
  })

  it('an alias pattern, and the number of a room, lead to FreeSWITCH as they were dialled, with the domain', async () => {
    for (const name of ['care4w-1000001', '3001']) {
      expect(await refused(name, 486)).toEqual(fine)
      expect(media.received('INVITE').at(-1)).toMatch(new RegExp(`^INVITE sip:${name}@kam\\.lab SIP`))
    }
    expect(await refused('care4w-100000', 404)).toEqual(fine)
  })

  it('FreeSWITCH is told which user has proved to call, whoever the caller claims to be', async () => {
    const values = { to: '3001', status: 486 }
    expect(await runSipp({ scenario: 'caller-claims', remotePort: site.port, user: 'alice', values })).toEqual(fine)
    const told = media
      .received('INVITE')
      .at(-1)!
      .match(/^X-Trunkline-User:.*$/gim)
    expect(told).toEqual(['X-Trunkline-User: alice@kam.lab'])
  })

  it('what FreeSWITCH would send back to itself is refused', async () => {
    const uri = 'sip:care4w-1000001@kam.lab'
    await media.stop()
    const localPort = media.port
    const from = '<sip:bob@kam.lab>'
    const values = { uri, from, status: 482 }
    expect(await runSipp({ scenario: 'peer-refused', remotePort: site.port, localPort, values })).toEqual(fine)
    const found = { uri: 'sip:bob@kam.lab', from: '<sip:3001@kam.lab>' }
    expect(await runSipp({ scenario: 'peer-hangs-up', remotePort: site.port, localPort, values: found })).toEqual(fine)
    media = await SippServer.start({ scenario: 'callee-refuses', localPort, values: { answer: '486 Busy Here' } })
  })

  it('a pattern leads to a name, and names to names, but not for ever', async () => {
    expect(await answered('help-me')).toEqual(fine)
    expect(await refused('round', 482)).toEqual(fine)
  })

  it('a user of a domain that nobody provisions cannot vouch for another number either', async () => {
    const [caller, phone] = [await SipPhone.udp(site.port), await SipPhone.udp(site.port)]
    const to = 'sip:peter@plain.lab'
    const contact = `Contact: <sip:peter@127.0.0.1:${phone.port}>\r\n`
    const peter = { user: 'peter', domain: 'plain.lab', uri: to, to, headers: contact }
    expect(await phone.register('peter', { ...peter, uri: 'sip:plain.lab' })).toBe(200)
    const claims = `${contact}P-Asserted-Identity: <sip:+4930999@plain.lab>\r\n`
    const answer = caller.request({ method: 'INVITE', ...peter, headers: claims })
    const invite = await phone.receive()
    expect(invite).toMatch(/^INVITE /)
    expect(invite).not.toContain('P-Asserted-Identity')
    await answer
    for (const one of [caller, phone]) one.close()
  })

  it('another tenant is not called by its domain', async () => {
    const values = { uri: 'sip:frank@other.lab', from: '<sip:alice@kam.lab>', status: 407 }
    expect(await runSipp({ scenario: 'peer-refused', remotePort: site.port, values })).toEqual(fine)
    const phone = await SipPhone.udp(site.port)
    const invite = { method: 'INVITE', user: 'alice', headers: `Contact: <sip:alice@127.0.0.1:${phone.port}>\r\n` }
    expect(await phone.request({ ...invite, uri: 'sip:frank@other.lab', to: 'sip:frank@other.lab' })).toBe(403)
    phone.close()
  })

  it('nor is it by a domain that nobody provisions, and neither is written to', async () => {
    const phone = await SipPhone.udp(site.port)
    const headers = `Contact: <sip:peter@127.0.0.1:${phone.port}>\r\n`
    const peter = { user: 'peter', domain: 'plain.lab', headers }
    const alice = { user: 'alice', headers }
    const to = (uri: string) => ({ uri, to: uri })
    expect(await phone.request({ method: 'INVITE', ...peter, ...to('sip:bob@kam.lab') })).toBe(403)
    expect(await phone.request({ method: 'MESSAGE', ...peter, ...to('sip:bob@kam.lab') })).toBe(403)
    expect(await phone.request({ method: 'MESSAGE', ...alice, ...to('sip:frank@other.lab') })).toBe(403)
    expect(await phone.request({ method: 'MESSAGE', ...alice, ...to('sip:peter@plain.lab') })).toBe(403)
    expect(await phone.request({ method: 'MESSAGE', ...alice, ...to('sip:nobody@kam.lab') })).toBe(404)
    phone.close()
  })

  it('a blocked caller is refused, with the reason, and let through when unblocked', async () => {
    expect(await refused('bob', 403, 'spammer')).toEqual(fine)
    const ended = async () => (await site.events('call.failed')).at(-1)
    expect(await ended()).toMatchObject({ from: 'sip:spammer@kam.lab', code: '403', reason: 'Caller Blocked' })
    await site.kamailio.rpc.call('htable.delete', ['blocked', 'kam.lab/e/spammer'])
    expect(await answered('bob', { user: 'spammer' })).toEqual(fine)
  })

  it('the 4th call at once of a user with limit 3 is refused, and taken when one has ended', async () => {
    const three = answered('bob', { user: 'dave', talk: 10_000, calls: 3 })
    await until('three calls run', async () => {
      const list = (await site.kamailio.rpc.call('dlg.list')) as { state: number }[]
      return list.filter(({ state }) => state === 4).length === 3
    })
    expect(await refused('bob', 486, 'dave')).toEqual(fine)
    expect(await answered('bob')).toEqual(fine)
    expect(await three).toEqual({ succeeded: 3, failed: 0 })
    expect(await answered('bob', { user: 'dave' })).toEqual(fine)
  })

  it('the 5th call within a minute of a user with 4 is refused', async () => {
    // of a minute that has ended a part counts, rounded down: all five in one
    await until('there is a minute left for it', () => new Date().getSeconds() < 40)
    expect(await answered('bob', { user: 'erin', calls: 4 })).toEqual({ succeeded: 4, failed: 0 })
    expect(await refused('bob', 480, 'erin')).toEqual(fine)
    await site.apply(rows.userRows({ name: 'erin', perMinute: 0 }))
    expect(await answered('bob', { user: 'erin' })).toEqual(fine)
  })

  it('the limits of the whole server hold for all', async () => {
    await site.apply(rows.globalRows({ calls: 2 }))
    const two = answered('bob', { talk: 10_000, calls: 2 })
    await until('two calls run', async () => {
      const list = (await site.kamailio.rpc.call('dlg.list')) as { state: number }[]
      return list.filter(({ state }) => state === 4).length === 2
    })
    expect(await refused('bob', 503)).toEqual(fine)
    expect(await two).toEqual({ succeeded: 2, failed: 0 })
    await site.apply(rows.globalRows({ perSecond: 2 }))
    const began = performance.now()
    const many = await runSipp({
      scenario: 'caller-refused',
      remotePort: site.port,
      calls: 60,
      rate: 100,
      values: { to: 'bob', status: 503 },
    })
    // two of each second that it took, of which the first and the last are not whole
    const seconds = (performance.now() - began) / 1000
    expect(60 - many.succeeded).toBeLessThanOrEqual(2 * (seconds + 2))
    await site.apply(rows.globalRows({}))
  })

  it('a call without a Contact, which no limit would count, is refused', async () => {
    const phone = await SipPhone.udp(site.port)
    const to = 'sip:bob@kam.lab'
    expect(await phone.request({ method: 'INVITE', user: 'dave', uri: to, to })).toBe(400)
    phone.close()
  })

  it('of several FreeSWITCH one has all rooms of a tenant, so that who calls one room meets there', async () => {
    const second = await SippServer.start({ scenario: 'callee-refuses', values: { answer: '486 Busy Here' } })
    const insert = `INSERT INTO dispatcher (setid, destination) VALUES (1, '${second.uri}')`
    await site.apply(rows.all(rows.serviceRows('3002'), { sql: [insert], effect: [['dispatcher.reload', []]] }))
    const taken = () => [media, second].map((server) => server.received('INVITE').length)
    const calls = async (name: string) => {
      const before = taken()
      for (let n = 0; n < 4; n++) expect(await refused(name, 486)).toEqual(fine)
      return taken().map((count, i) => count - before[i]!)
    }
    const first = await calls('3001')
    expect(first.toSorted()).toEqual([0, 4])
    expect(await calls('3002')).toEqual(first)
    expect(await calls('care4w-1000001')).toEqual([2, 2])
    await second.stop()
  })
})
