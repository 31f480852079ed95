/** Who guesses passwords is stopped, and nobody else: not the neighbour behind one NAT, not the customer elsewhere. */
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { liftBan, listBans, unban } from '@trunkline/kamailio'
import { PATIENT } from '../kamailio/harness/kamailio-server.js'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { Site } from '../kamailio/harness/site.js'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('wrong credentials', () => {
  let site: Site
  const phones: SipPhone[] = []
  beforeAll(async () => {
    const bans = { BAN_USER_SECONDS: '20', BAN_SOURCE_SECONDS: '20', BAN_SCAN: '1', FLOOD_SPARED: '"127.0.0.0/8"' }
    site = await Site.start({ defines: { ...PATIENT, ...bans } })
    await site.listen()
  })
  afterEach(() => phones.splice(0).forEach((phone) => phone.close()))
  afterAll(() => site.dispose())

  const phoneAt = async (address: string) => {
    const phone = await SipPhone.udp(site.kamailio.ports.sip, address)
    phones.push(phone)
    return phone
  }
  const guess = async (phone: SipPhone, user: string, times: number) => {
    const answers: number[] = []
    for (let n = 0; n < times; n++) answers.push(await phone.register(user, { password: `wrong ${n}` }))
    return answers
  }
  const bansFrom = async (source: string) => {
    await site.settled()
    return site.rows(`SELECT * FROM bans WHERE source = '${source}' ORDER BY set_at_us, user`)
  }

  it('5 distinct ones of a user lock this user from this address, and nobody else and nowhere else', async () => {
    const [attacker, neighbour, elsewhere] = [
      await phoneAt('127.0.0.31'),
      await phoneAt('127.0.0.31'),
      await phoneAt('127.0.0.32'),
    ]
    expect(await guess(attacker, 'alice', 5)).toEqual([401, 401, 401, 401, 401])
    expect(await attacker.register('alice')).toBe(403)
    expect(await neighbour.register('bob')).toBe(200)
    expect(await elsewhere.register('alice')).toBe(200)
    expect(await bansFrom('127.0.0.31')).toMatchObject([
      { switch: 'sbc1', user: 'alice@kam.lab', tenant: 'kam.lab', reason: 'password', attempts: 5, lifted_at: null },
    ])
    const [row] = await bansFrom('127.0.0.31')
    expect(Number(row!['expires_at']) - Number(row!['set_at'])).toBeGreaterThan(18_900)
    expect(Number(row!['expires_at']) - Number(row!['set_at'])).toBeLessThanOrEqual(20_000)
    // it runs out, and that is told
    const lifted = await until('the lock has ended', async () => {
      const [now] = await bansFrom('127.0.0.31')
      return now!['lifted_at'] === null ? undefined : now
    })
    expect(lifted).toMatchObject({ lifted_by: 'expired' })
    expect(await attacker.register('alice')).toBe(200)
    expect(await site.facts('security.ban_lifted')).toHaveLength(1)
  })

  it('a nonce of another server is no wrong credential, and a new one is given', async () => {
    const phone = await phoneAt('127.0.0.37')
    const digest = 'Digest username="alice", realm="kam.lab", nonce="5f8a71c0", uri="sip:kam.lab"'
    for (let n = 0; n < 6; n++) {
      const headers = `Authorization: ${digest}, response="${md5(String(n))}"\r\n`
      const branch = `z9hG4bKforeign${n}`
      const lines = ['REGISTER sip:kam.lab SIP/2.0', `Via: SIP/2.0/UDP 127.0.0.37:${phone.port};branch=${branch};rport`]
      lines.push('Max-Forwards: 70', 'From: <sip:alice@kam.lab>;tag=f', 'To: <sip:alice@kam.lab>', `Call-ID: foreign`)
      lines.push(`CSeq: ${n + 1} REGISTER`, `${headers}Contact: <sip:alice@127.0.0.37:${phone.port}>`)
      phone.send([...lines, 'Content-Length: 0', '', ''].join('\r\n'))
      expect(await phone.receive()).toMatch(/^SIP\/2\.0 401 /)
    }
    expect(await phone.register('alice')).toBe(200)
  })

  it('the same one over again counts once', async () => {
    const phone = await phoneAt('127.0.0.36')
    const head = (cseq: number, credentials: string) =>
      [
        'REGISTER sip:kam.lab SIP/2.0',
        `Via: SIP/2.0/UDP 127.0.0.36:${phone.port};branch=z9hG4bKsame${cseq};rport`,
        'Max-Forwards: 70',
        'From: <sip:alice@kam.lab>;tag=same',
        'To: <sip:alice@kam.lab>',
        `Call-ID: same-${phone.port}`,
        `CSeq: ${cseq} REGISTER`,
        `${credentials}Contact: <sip:alice@127.0.0.36:${phone.port}>`,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n')
    phone.send(head(1, ''))
    const nonce = /nonce="([^"]*)"/.exec((await phone.receive()) ?? '')![1]!
    const response = md5(`${md5('alice:kam.lab:wrong')}:${nonce}:00000001:abc:auth:${md5('REGISTER:sip:kam.lab')}`)
    const digest = `username="alice", realm="kam.lab", nonce="${nonce}", uri="sip:kam.lab", response="${response}"`
    const again = head(2, `Authorization: Digest ${digest}, qop=auth, nc=00000001, cnonce="abc"\r\n`)
    for (let n = 0; n < 8; n++) phone.send(again)
    const answers: string[] = []
    for (let one = await phone.receive(); one !== undefined; one = await phone.receive(300)) answers.push(one)
    expect(answers.length).toBeGreaterThan(0)
    for (const answer of answers) expect(answer).toMatch(/^SIP\/2\.0 401/)
    expect(await guess(phone, 'alice', 3)).toEqual([401, 401, 401])
    expect(await phone.register('alice')).toBe(200)
    expect(await bansFrom('127.0.0.36')).toEqual([])
  })

  it('a phone with one wrong password saved is locked by itself, however long it goes on', async () => {
    const [broken, neighbour] = [await phoneAt('127.0.0.37'), await phoneAt('127.0.0.37')]
    for (let n = 0; n < 30; n++) await broken.register('alice', { password: 'saved wrongly' })
    expect(await neighbour.register('bob')).toBe(200)
    expect((await bansFrom('127.0.0.37')).map((row) => row['user'])).toEqual(['alice@kam.lab'])
  })

  it('a phone that is registered is not locked out by who guesses beside it', async () => {
    const [owner, attacker] = [await phoneAt('127.0.0.33'), await phoneAt('127.0.0.33')]
    expect(await owner.register('carol')).toBe(200)
    await guess(attacker, 'carol', 5)
    expect(await attacker.register('carol', { password: 'wrong 9' })).toBe(403)
    expect(await owner.register('carol')).toBe(200)
    expect((await bansFrom('127.0.0.33')).map((row) => row['user'])).toEqual(['carol@kam.lab'])
  })

  it('an address that fails with 10 users is silenced as a whole, for a while', async () => {
    const [scanner, other] = [await phoneAt('127.0.0.34'), await phoneAt('127.0.0.39')]
    for (let n = 100; n < 110; n++) expect(await scanner.register(String(n))).toBe(401)
    expect(await scanner.request({ method: 'OPTIONS', user: 'x' }, 500)).toBe(0)
    expect(await other.request({ method: 'OPTIONS', user: 'x' })).toBe(200)
    expect(await bansFrom('127.0.0.34')).toMatchObject([
      { user: '', tenant: null, reason: 'scan', attempts: 10, lifted_at: null },
    ])
    await until(
      'it may speak again',
      async () => (await scanner.request({ method: 'OPTIONS', user: 'x' }, 300)) === 200,
    )
    await until('the end is told', async () => (await bansFrom('127.0.0.34'))[0]!['lifted_by'] === 'expired')
  })

  it('an address that phones are registered from is not silenced, and neither is a spared one', async () => {
    const phone = await phoneAt('127.0.0.35')
    expect(await phone.register('bob')).toBe(200)
    for (let n = 200; n < 213; n++) expect(await phone.register(String(n))).toBe(401)
    expect(await phone.register('bob')).toBe(200)
    const proxy = await phoneAt('127.0.0.1')
    for (let n = 200; n < 213; n++) expect(await proxy.register(String(n))).toBe(401)
    expect(await guess(proxy, 'alice', 7)).toEqual(Array(7).fill(401))
    expect(await proxy.register('alice')).toBe(200)
    expect(await bansFrom('127.0.0.35')).toEqual([])
    expect(await bansFrom('127.0.0.1')).toEqual([])
  })

  it('an operator lifts a ban: of a user at an address, of a user everywhere, of an address', async () => {
    const rpc = site.kamailio.rpc
    const [one, two] = [await phoneAt('127.0.0.41'), await phoneAt('127.0.0.42')]
    await guess(one, 'alice', 5)
    expect(await one.register('alice')).toBe(403)
    expect(await liftBan(rpc, { source: '127.0.0.41', user: 'bob@kam.lab' })).toEqual([])
    const ban = { source: '127.0.0.41', user: 'alice@kam.lab', reason: 'password' }
    expect(await liftBan(rpc, { source: '127.0.0.41', user: 'Alice@kam.lab' })).toEqual([ban])
    expect(await one.register('alice')).toBe(200)
    expect(await liftBan(rpc, { source: '127.0.0.41', user: 'alice@kam.lab' })).toEqual([])
    // it begins from nothing
    expect(await guess(one, 'alice', 4)).toEqual([401, 401, 401, 401])
    expect(await one.register('alice')).toBe(200)
    for (const phone of [one, two]) await guess(phone, 'carol', 5)
    expect((await unban([rpc], { user: 'carol@kam.lab' })).map(({ source }) => source).sort()).toEqual([
      '127.0.0.41',
      '127.0.0.42',
    ])
    for (const phone of [one, two]) expect(await phone.register('carol')).toBe(200)
    const scanner = await phoneAt('127.0.0.43')
    for (let n = 100; n < 110; n++) await scanner.register(String(n))
    expect(await unban([rpc], { source: '127.0.0.43' })).toMatchObject([{ source: '127.0.0.43', reason: 'scan' }])
    expect(await scanner.request({ method: 'OPTIONS', user: 'x' })).toBe(200)
    expect(await listBans(rpc)).toEqual([])
    await until('all ends are told', async () => {
      const rows = [
        ...(await bansFrom('127.0.0.41')),
        ...(await bansFrom('127.0.0.42')),
        ...(await bansFrom('127.0.0.43')),
      ]
      return rows.length === 4 && rows.every((row) => row['lifted_by'] === 'operator')
    })
  })

  it('a restart forgets all bans, and the view says so', async () => {
    const phone = await phoneAt('127.0.0.45')
    await guess(phone, 'alice', 5)
    expect(await bansFrom('127.0.0.45')).toMatchObject([{ lifted_at: null }])
    await site.kamailio.stop('SIGKILL')
    await site.kamailio.start()
    await until('the view knows', async () => {
      const [row] = await site.rows("SELECT lifted_by FROM bans WHERE source = '127.0.0.45'")
      return row!['lifted_by'] === 'restarted' || row!['lifted_by'] === 'expired' ? row : undefined
    })
    expect(await phone.register('alice')).toBe(200)
    expect(await site.rows('SELECT * FROM parked_records')).toEqual([])
    expect(site.listener!.status().nodes).toMatchObject([{ unreadable: 0, unknown: 0 }])
  })
})
