/** What belongs to a call, before and after it is answered, and what is left of one that has ended. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import * as rows from './support/rows.js'
import { RoutingSite } from './support/routing-site.js'
import { runSipp, SippServer } from './support/sipp-run.js'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const fine = { succeeded: 1, failed: 0 }
const valueOf = (message: string, name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(message)?.[1] ?? ''
const linesOf = (message: string, name: string) => message.match(new RegExp(`^${name}: .*\r\n`, 'gim'))?.join('') ?? ''
const routeOf = (message: string) => linesOf(message, 'Record-Route').replaceAll(/^Record-Route/gim, 'Route')

interface Side {
  readonly from: string
  readonly to: string
  readonly target: string
  readonly route: string
}

let sent = 0
function send(phone: SipPhone, cseq: string, { from, to, target, route }: Side, more = ''): void {
  const lines = [
    `${cseq.split(' ')[1]} ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bKcall${++sent};rport`,
    'Max-Forwards: 70',
    `From: ${from}`,
    `To: ${to}`,
    'Call-ID: in-call',
    `CSeq: ${cseq}`,
    `${route}${more}Contact: <sip:x@${phone.address}:${phone.port}>`,
    'Content-Length: 0',
  ]
  phone.send(`${lines.join('\r\n')}\r\n\r\n`)
}

function answer(
  phone: SipPhone,
  request: string,
  status: string,
  tag = '',
  at = `${phone.address}:${phone.port}`,
): void {
  const kept = ['From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${valueOf(request, name)}\r\n`).join('')
  const head = `SIP/2.0 ${status}\r\n${linesOf(request, 'Via')}${linesOf(request, 'Record-Route')}${kept}`
  const to = `To: ${valueOf(request, 'To')}${tag}\r\n`
  phone.send(`${head}${to}Contact: <sip:x@${at}>\r\nContent-Length: 0\r\n\r\n`)
}

async function next(phone: SipPhone, wanted: RegExp): Promise<string> {
  for (;;) {
    const message = await phone.receive()
    if (message === undefined) throw new Error(`nothing like ${wanted} came`)
    if (wanted.test(message)) return message
  }
}

const out = { from: '<sip:alice@kam.lab>;tag=a', to: '<sip:bob@kam.lab>', target: 'sip:bob@kam.lab', route: '' }

/** Alice, or another, calls, and proves who she is. */
async function call(alice: SipPhone, side: Side = out, user = 'alice'): Promise<void> {
  send(alice, '1 INVITE', side)
  const asked = await next(alice, /^SIP\/2\.0 407/)
  send(alice, '1 ACK', { ...side, to: valueOf(asked, 'To') })
  const nonce = /nonce="([^"]*)"/.exec(asked)![1]!
  const ha1 = md5(`${user}:kam.lab:secret`)
  const response = md5(`${ha1}:${nonce}:00000001:abc:auth:${md5(`INVITE:${side.target}`)}`)
  const digest = `username="${user}", realm="kam.lab", nonce="${nonce}", uri="${side.target}", response="${response}"`
  send(alice, '2 INVITE', side, `Proxy-Authorization: Digest ${digest}, qop=auth, nc=00000001, cnonce="abc"\r\n`)
}

describe('a call', () => {
  let site: RoutingSite
  let media: SippServer
  beforeAll(async () => {
    media = await SippServer.start({ scenario: 'callee-answers' })
    const world = rows.all(
      rows.tenantRows('kam.lab', 1),
      rows.userRows({ name: 'alice' }),
      rows.userRows({ name: 'bob' }),
      rows.userRows({ name: 'dave', calls: 1 }),
      rows.serviceRows('3001'),
      { sql: [`INSERT INTO dispatcher (setid, destination) VALUES (1, '${media.uri}')`], effect: [] },
    )
    site = await RoutingSite.start(world)
  })
  afterAll(async () => {
    await site.dispose()
    await media.stop()
  })

  it('takes what its two sides send each other, also while it rings', async () => {
    const [alice, bob] = [await SipPhone.udp(site.port), await SipPhone.udp(site.port)]
    expect(await bob.register('bob')).toBe(200)
    await call(alice)
    const invite = await next(bob, /^INVITE/)
    answer(bob, invite, '183 Session Progress', ';tag=b')
    const rings = await next(alice, /^SIP\/2\.0 183/)
    const within = {
      from: out.from,
      to: valueOf(rings, 'To'),
      target: `sip:bob@127.0.0.1:${bob.port}`,
      route: routeOf(rings),
    }
    const digest = 'Digest username="alice", realm="kam.lab", nonce="x", uri="sip:bob@kam.lab", response="x"'
    const proof = `Proxy-Authorization: ${digest}\r\nAuthorization: ${digest}\r\n`
    for (const [i, method] of ['PRACK', 'UPDATE', 'INFO'].entries()) {
      send(alice, `${3 + i} ${method}`, within, proof)
      const request = await next(bob, new RegExp(`^${method} `))
      expect(request).not.toContain('Authorization')
      answer(bob, request, '200 OK')
      await next(alice, /^SIP\/2\.0 200/)
    }
    answer(bob, invite, '200 OK', ';tag=b')
    await next(alice, /^SIP\/2\.0 200/)
    send(alice, '2 ACK', within, proof)
    expect(await next(bob, /^ACK/)).not.toContain('Authorization')
    const back = { from: within.to, to: out.from, target: `sip:alice@127.0.0.1:${alice.port}`, route: routeOf(invite) }
    for (const [i, method] of ['INVITE', 'INFO', 'REFER', 'BYE'].entries()) {
      send(bob, `${10 + i} ${method}`, back)
      answer(alice, await next(alice, new RegExp(`^${method} `)), '200 OK')
      await next(bob, /^SIP\/2\.0 200/)
      if (method === 'INVITE') send(bob, `${10 + i} ACK`, back)
    }
    alice.close()
    bob.close()
  })

  it('reaches a phone behind a NAT after a re-INVITE too, which tells anew where it is', async () => {
    const [alice, bob] = [await SipPhone.udp(site.port), await SipPhone.udp(site.port, '127.0.0.41')]
    const inside = '10.9.8.7:5060'
    const headers = `Contact: <sip:bob@${inside}>\r\nExpires: 60\r\n`
    expect(await bob.register('bob', { headers })).toBe(200)
    await call(alice)
    answer(bob, await next(bob, /^INVITE/), '200 OK', ';tag=b', inside)
    const taken = await next(alice, /^SIP\/2\.0 200/)
    const targetOf = (message: string) => /<(.*)>/.exec(valueOf(message, 'Contact'))![1]!
    const within = { from: out.from, to: valueOf(taken, 'To'), target: targetOf(taken), route: routeOf(taken) }
    send(alice, '2 ACK', within)
    await next(bob, /^ACK/)
    send(alice, '3 INVITE', within)
    answer(bob, await next(bob, /^INVITE/), '200 OK', '', inside)
    const again = { ...within, target: targetOf(await next(alice, /^SIP\/2\.0 200/)) }
    send(alice, '3 ACK', again)
    send(alice, '4 BYE', again)
    answer(bob, await next(bob, /^BYE/), '200 OK')
    await next(alice, /^SIP\/2\.0 200/)
    alice.close()
    bob.close()
  })

  it('has the credentials of its trunk when the trunk asks within it, and nobody else is given them', async () => {
    const [alice, trunk] = [await SipPhone.udp(site.port), await SipPhone.udp(site.port, '127.0.0.42')]
    const auth = { username: 'account', password: 'trunk-secret', realm: 'provider' }
    const hosts = [`sip:${trunk.address}:${trunk.port}`]
    await site.apply(
      rows.all(rows.trunkRows({ set: 1000, id: 'asks', hosts, auth }), rows.routeRows(1, '+49', '0,-,1000:1')),
    )
    const asks = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="provider", nonce="n", algorithm=MD5, qop="auth"'
    const from = { ...out, from: '<sip:alice@kam.lab>;tag=t', to: '<sip:+4930@kam.lab>', target: 'sip:+4930@kam.lab' }
    await call(alice, from)
    const invite = await next(trunk, /^INVITE/)
    answer(trunk, invite, '200 OK', ';tag=b')
    const taken = await next(alice, /^SIP\/2\.0 200/)
    const within = { ...from, to: valueOf(taken, 'To'), target: hosts[0]!, route: routeOf(taken) }
    send(alice, '2 ACK', within)
    await next(trunk, /^ACK/)
    let last = 2
    for (const [i, method] of ['INVITE', 'INFO'].entries()) {
      send(alice, `${3 + i} ${method}`, within)
      answer(trunk, await next(trunk, new RegExp(`^${method} `)), asks)
      const signed = await next(trunk, new RegExp(`^${method} [^]*Authorization: Digest username="account"`))
      expect(Number.parseInt(valueOf(signed, 'CSeq'))).toBeGreaterThan(last + 1)
      last = Number.parseInt(valueOf(signed, 'CSeq'))
      answer(trunk, signed, '200 OK')
      expect(valueOf(await next(alice, /^SIP\/2\.0 200/), 'CSeq')).toBe(`${3 + i} ${method}`)
      if (method === 'INVITE') send(alice, '3 ACK', within)
    }
    const thief = await SipPhone.udp(site.port, '127.0.0.43')
    send(alice, '5 INFO', { ...within, target: `sip:+4930@${thief.address}:${thief.port}` })
    answer(thief, await next(thief, /^INFO/), asks)
    await next(alice, /^SIP\/2\.0 401/)
    // no more than the same once again
    for (let more; (more = await thief.receive(300)) !== undefined;) expect(more).not.toContain('Authorization')
    const back = { from: within.to, to: from.from, target: `sip:alice@127.0.0.1:${alice.port}`, route: routeOf(invite) }
    send(trunk, '20 INFO', back)
    answer(alice, await next(alice, /^INFO/), asks)
    await next(trunk, /^SIP\/2\.0 401/)
    send(alice, '6 BYE', within)
    answer(trunk, await next(trunk, /^BYE/), asks)
    answer(trunk, await next(trunk, /^BYE [^]*Authorization/), '200 OK')
    await next(alice, /^SIP\/2\.0 200/)
    for (const phone of [alice, trunk, thief]) phone.close()
  })

  it('that ended just before a restart does not run after it, and one that runs does', async () => {
    const run = (scenario: string, values: Readonly<Record<string, string | number>>) =>
      runSipp({ scenario, remotePort: site.port, user: 'dave', values })
    const running = async () => {
      const list = (await site.kamailio.rpc.call('dlg.list')) as { state: number }[]
      return list.filter(({ state }) => state === 4).length
    }
    expect(await run('caller-hangs-up', { to: '3001', talk: 100 })).toEqual(fine)
    const dave = await SipPhone.udp(site.port)
    const side = { from: '<sip:dave@kam.lab>;tag=d', to: '<sip:3001@kam.lab>', target: 'sip:3001@kam.lab', route: '' }
    await call(dave, side, 'dave')
    const taken = await next(dave, /^SIP\/2\.0 200/)
    const target = /<(.*)>/.exec(valueOf(taken, 'Contact'))![1]!
    const within = { ...side, to: valueOf(taken, 'To'), target, route: routeOf(taken) }
    send(dave, '2 ACK', within)
    await until('it runs', async () => (await running()) === 1)
    // and the database knows it whole: until then its row has no end of its own
    await until('it is written down', async () => /^4\b/.test(await site.maria.sql('SELECT state FROM dialog')))
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await site.kamailio.stop(signal)
      await site.kamailio.start()
      expect(await running()).toBe(1)
      expect(await run('caller-refused', { to: '3001', status: 486 })).toEqual(fine)
    }
    send(dave, '3 BYE', within)
    expect(valueOf(await next(dave, /^SIP\/2\.0 200 [^]*BYE/), 'CSeq')).toBe('3 BYE')
    dave.close()
    expect(await run('caller-hangs-up', { to: '3001', talk: 100 })).toEqual(fine)
    await until(
      'no call is left in the database',
      async () => (await site.maria.sql('SELECT COUNT(*) FROM dialog')).trim() === '0',
      15_000,
    )
  })
})
