/** Requests that are made up to be taken for somebody else's: by credentials, by a tag, by an address. */
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import * as rows from './support/rows.js'
import { RoutingSite } from './support/routing-site.js'
import { SippServer } from './support/sipp-run.js'

const md5 = (text: string) => createHash('md5').update(text, 'latin1').digest('hex')

interface Shot {
  readonly method: string
  readonly from: string
  readonly to?: string
  readonly uri: string
  readonly headers?: string
  /** Has its own Contact among the headers. */
  readonly bare?: boolean
}

interface Credentials {
  readonly username: string
  readonly ha1: string
  readonly realm?: string
}

describe('a stranger', () => {
  let site: RoutingSite
  let media: SippServer
  let sent = 0
  const phones: SipPhone[] = []
  beforeAll(async () => {
    media = await SippServer.start({ scenario: 'callee-refuses', values: { answer: '486 Busy Here' } })
    const world = rows.all(
      rows.tenantRows('kam.lab', 1),
      rows.tenantRows('other.lab', 2),
      rows.userRows({ name: 'alice' }),
      rows.userRows({ name: 'bob' }),
      rows.userRows({ name: 'carol', suspended: true }),
      rows.userRows({ name: 'alice', domain: 'other.lab', password: 'of the other' }),
      rows.trunkRows({ set: 1000, id: 'carrier', hosts: ['sip:127.0.0.72:5099'], sources: ['127.0.0.73'] }),
      rows.didRows('+49301', 'bob'),
      { sql: [`INSERT INTO dispatcher (setid, destination) VALUES (1, '${media.uri}')`], effect: [] },
    )
    site = await RoutingSite.start(world, { FLOOD_SPARED: '"127.0.0.70/32"', BAN_SPARED: '"127.0.0.70/32"' })
  })
  afterEach(() => phones.splice(0).forEach((phone) => phone.close()))
  afterAll(async () => {
    await site.dispose()
    await media.stop()
  })

  const phoneAt = async (address: string) => {
    const phone = await SipPhone.udp(site.port, address)
    phones.push(phone)
    return phone
  }
  const send = (phone: SipPhone, shot: Shot): string => {
    const callId = `stranger-${++sent}`
    const lines = [
      `${shot.method} ${shot.uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bK${callId};rport`,
      'Max-Forwards: 70',
      `From: <sip:${shot.from}>;tag=stranger`,
      `To: ${shot.to ?? `<sip:${shot.from}>`}`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${shot.method}`,
      `${shot.headers ?? ''}${shot.bare === true ? '' : `Contact: <sip:x@${phone.address}:${phone.port}>\r\n`}Content-Length: 0`,
    ]
    phone.send(`${lines.join('\r\n')}\r\n\r\n`)
    return callId
  }
  const ask = async (phone: SipPhone, shot: Shot, timeoutMs?: number): Promise<string> => {
    const callId = send(phone, shot)
    for (;;) {
      const reply = await phone.receive(timeoutMs)
      if (reply === undefined) return 'SIP/2.0 0 No Answer'
      if (!reply.startsWith('SIP/2.0 1') && reply.includes(`Call-ID: ${callId}\r\n`)) return reply
    }
  }
  const statusOf = (reply: string) => Number(reply.split(' ')[1])
  /** Lets itself be challenged, then answers with all of these credentials, each in a header of its own. */
  const prove = async (phone: SipPhone, shot: Shot, all: readonly (readonly [string, Credentials])[]) => {
    const [, asked = '', nonce = ''] = /Digest realm="([^"]*)", nonce="([^"]*)"/.exec(await ask(phone, shot)) ?? []
    const headers = all.map(([header, { username, ha1, realm = asked }]) => {
      const response = md5(`${ha1}:${nonce}:00000001:abc:auth:${md5(`${shot.method}:${shot.uri}`)}`)
      const digest = `username="${username}", realm="${realm}", nonce="${nonce}", uri="${shot.uri}", response="${response}"`
      return `${header}: Digest ${digest}, algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"\r\n`
    })
    return statusOf(await ask(phone, { ...shot, headers: `${headers.join('')}${shot.headers ?? ''}` }))
  }
  const register = (aor: string): Shot => ({ method: 'REGISTER', from: aor, uri: `sip:${aor.split('@')[1]}` })
  const call = (from: string): Shot => ({ method: 'INVITE', from, to: '<sip:bob@kam.lab>', uri: 'sip:bob@kam.lab' })

  it('does not become the user of the same name in another tenant by a domain in the credentials', async () => {
    const phone = await phoneAt('127.0.0.71')
    const own = { username: 'alice@kam.lab', ha1: md5('alice@kam.lab:kam.lab:secret') }
    expect(await prove(phone, register('alice@other.lab'), [['Authorization', own]])).toBe(403)
    expect(await prove(phone, call('alice@other.lab'), [['Proxy-Authorization', own]])).toBe(403)
    expect(await prove(phone, register('alice@kam.lab'), [['Authorization', own]])).toBe(200)
  })

  it('who is suspended does not call by credentials beside the own ones', async () => {
    const phone = await phoneAt('127.0.0.71')
    const own = { username: 'carol', ha1: md5('carol:kam.lab:secret') }
    const beside = { username: 'bob', ha1: 'none', realm: 'elsewhere' }
    const header = 'Proxy-Authorization'
    expect(await prove(phone, call('carol@kam.lab'), [[header, own]])).toBe(403)
    expect(
      await prove(phone, call('carol@kam.lab'), [
        [header, beside],
        [header, own],
      ]),
    ).toBe(400)
    expect(
      await prove(phone, call('carol@kam.lab'), [
        ['Authorization', beside],
        [header, own],
      ]),
    ).toBe(403)
  })

  it('guesses of one user are not counted as those of another', async () => {
    const phone = await phoneAt('127.0.0.74')
    const guess = (n: number) =>
      prove(phone, register('alice@kam.lab'), [
        ['Proxy-Authorization', { username: `x${n}`, ha1: 'none' }],
        ['Authorization', { username: 'alice', ha1: `wrong ${n}` }],
      ])
    const answers: number[] = []
    for (let n = 0; n < 6; n++) answers.push(await guess(n))
    expect(answers).toEqual([401, 401, 401, 401, 401, 403])
  })

  it('a name with accents is not that of a user without', async () => {
    const phone = await phoneAt('127.0.0.71')
    const name = 'c\xc3\xa0rol'
    const own = { username: name, ha1: md5('carol:kam.lab:secret') }
    expect(await prove(phone, call(`${name}@kam.lab`), [['Proxy-Authorization', own]])).toBe(403)
  })

  it('is not let past the questions by the tag of a call that is not there', async () => {
    const phone = await phoneAt('127.0.0.71')
    const route = `Route: <sip:127.0.0.1:${site.port};lr>\r\n`
    for (const method of ['INVITE', 'REFER', 'MESSAGE', 'INFO', 'NOTIFY', 'BYE']) {
      const shot = {
        method,
        from: 'x@evil.lab',
        to: '<sip:49301@kam.lab>;tag=made-up',
        uri: `sip:49301@127.0.0.1:${media.port}`,
      }
      expect(statusOf(await ask(phone, { ...shot, headers: route }))).toBe(method === 'BYE' ? 407 : 481)
    }
    expect(media.messages()).not.toContain('made-up')
  })

  it('a late BYE of a user who proves to be one, or of a trunk, goes where it should', async () => {
    const other = await phoneAt('127.0.0.71')
    const headers = `Route: <sip:127.0.0.1:${site.port};lr>\r\n`
    const bye = { method: 'BYE', from: 'alice@kam.lab', to: '<sip:bob@kam.lab>;tag=late', headers }
    const shot = { ...bye, uri: `sip:bob@${other.address}:${other.port}` }
    const alice = { username: 'alice', ha1: md5('alice:kam.lab:secret') }
    void prove(await phoneAt('127.0.0.71'), shot, [['Proxy-Authorization', alice]])
    expect(await other.receive()).toMatch(/^BYE /)
    const late = send(await phoneAt('127.0.0.73'), shot)
    // the first is sent again and again, since nobody answers it
    await until('the BYE of the trunk comes', async () => (await other.receive())?.includes(`Call-ID: ${late}\r\n`))
  })

  it('does not wipe out wrong guesses by a request that is let through without credentials', async () => {
    const phone = await phoneAt('127.0.0.76')
    const digest = 'Digest username="alice", realm="kam.lab", nonce="x", uri="sip:kam.lab", response="x"'
    const answers: number[] = []
    for (let n = 0; n < 6; n++) {
      answers.push(
        await prove(phone, register('alice@kam.lab'), [['Authorization', { username: 'alice', ha1: `${n}` }]]),
      )
      const headers = `Proxy-Authorization: ${digest}\r\n`
      const prack = { method: 'PRACK', from: 'alice@kam.lab', uri: 'sip:kam.lab', headers }
      expect(statusOf(await ask(phone, prack))).toBe(481)
    }
    expect(answers).toEqual([401, 401, 401, 401, 401, 403])
  })

  it('who registers at the address of a trunk is called where he is, and not the world by this trunk', async () => {
    const [caller, trunk] = [await phoneAt('127.0.0.77'), await phoneAt('127.0.0.72')]
    const bob = { username: 'bob', ha1: md5('bob:kam.lab:secret') }
    const there = `sip:+4490123@${trunk.address}:${trunk.port}`
    const good = `<sip:bob@${caller.address}>`
    const contacts = [
      `<${there}>`,
      there,
      `"x, y" <${there}>`,
      `<sip:+4490123@carrier.lab:${trunk.port}>`,
      `${good}, <${there}>`,
      `"\\" " <${there}>;x="b ${good}"`,
    ]
    for (const contact of contacts) {
      const shot = { ...register('bob@kam.lab'), headers: `Contact: ${contact}\r\n`, bare: true }
      const status = await prove(caller, shot, [['Authorization', bob]])
      if (status !== 200) continue
      const alice = { username: 'alice', ha1: md5('alice:kam.lab:secret') }
      const own = await phoneAt('127.0.0.71')
      void prove(own, call('alice@kam.lab'), [['Proxy-Authorization', alice]])
      for (let came = ''; !came.startsWith('INVITE');) came = (await caller.receive())!
      expect(await trunk.receive(100)).toBeUndefined()
      const gone = { ...shot, headers: 'Contact: *\r\nExpires: 0\r\n' }
      expect(await prove(caller, gone, [['Authorization', bob]])).toBe(200)
    }
  })

  it('does not silence a trunk by guesses from its address', async () => {
    for (const address of ['127.0.0.72', '127.0.0.73']) {
      const forger = await phoneAt(address)
      for (let n = 100; n < 112; n++) expect(await forger.register(String(n))).toBe(401)
      const invite = {
        method: 'INVITE',
        from: '+4911@carrier.lab',
        to: '<sip:+49301@kam.lab>',
        uri: 'sip:+49301@kam.lab',
      }
      expect(statusOf(await ask(forger, invite))).toBe(480)
    }
  })

  it('does not have a trunk or FreeSWITCH taken for a flood, however many requests come from there', async () => {
    const options = { method: 'OPTIONS', from: 'x@kam.lab', uri: 'sip:kam.lab' }
    const flood = async (address: string) => {
      const phone = await phoneAt(address)
      // no more at a time than the buffer of a socket holds on a slow machine
      for (let n = 0; n < 200; n++) {
        send(phone, options)
        if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 40))
      }
      return async () => statusOf(await ask(phone, options, 2000))
    }
    // of so many datagrams some may be lost all the same
    const isAnswered = (asked: () => Promise<number>) => until('it is answered', async () => (await asked()) === 200)
    await isAnswered(await flood('127.0.0.73'))
    await isAnswered(await flood('127.0.0.1'))
    expect(await (await flood('127.0.0.75'))()).toBe(0)
  })
})
