/** Registrations against a real Kamailio: after every step the contacts in the view are those that Kamailio lists. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ENGINES, type Deployment, type Engines } from '../support/engines.js'
import { freePort } from '../support/free-port.js'
import { PATIENT } from './harness/kamailio-server.js'
import { until } from './harness/process.js'
import { SipPhone } from './harness/sip-phone.js'
import { sipp } from './harness/sipp.js'
import { Site } from './harness/site.js'

describe.each(ENGINES)('registrations: %s', (_, startEngines) => {
  let engines: Engines
  let deployment: Deployment
  let site: Site
  let certificates: string
  const phones: SipPhone[] = []
  const phone = async (address?: string) => {
    const made = await SipPhone.udp(site.kamailio.ports.sip, address)
    phones.push(made)
    return made
  }
  const register = (
    user: string,
    contact: string,
    more: { expires?: number; status?: number; password?: string } = {},
  ) => {
    const { expires = 60, status = 200, password = 'secret' } = more
    const values = { contact, expires, status }
    return sipp({
      scenario: 'register',
      remotePort: site.kamailio.ports.sip,
      user,
      password,
      values,
    })
  }
  beforeAll(async () => {
    certificates = mkdtempSync(join(tmpdir(), 'trunkline-certificates-'))
    const [key, certificate] = [join(certificates, 'key.pem'), join(certificates, 'certificate.pem')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=kam.lab']
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    engines = await startEngines()
    deployment = await engines.deploy()
    site = await Site.start({ tls: certificates, defines: { ...PATIENT, FLOOD_REQUESTS: '30' } }, deployment)
    await site.listen()
  })
  afterAll(async () => {
    for (const each of phones) each.close()
    await site.dispose()
    await deployment.dispose()
    await engines.dispose()
    rmSync(certificates, { recursive: true, force: true })
  })

  it('a phone registers, refreshes and leaves: one contact all along, then none', async () => {
    const contact = `<sip:alice@127.0.0.1:${await freePort()}>`
    await register('alice', contact)
    const [first, ...others] = await site.contactsAgree()
    expect(others).toEqual([])
    expect(first).toMatchObject({ aor: 'alice@kam.lab', contact: contact.slice(1, -1), userAgent: 'SIPp phone' })
    expect(await site.presenceOf('alice@kam.lab')).toEqual({ online: true, contacts: 1 })
    await register('alice', contact, { expires: 90 })
    await site.settled()
    expect(await site.contactsAgree()).toEqual([first])
    const [refreshed] = await site.facts('registration.refreshed')
    expect(refreshed?.data.contactId).toBe(first!.id)
    const left = (refreshed!.data.expiresAt - refreshed!.time) / 1_000_000
    expect(left).toBeGreaterThan(80)
    expect(left).toBeLessThanOrEqual(90)
    await register('alice', contact, { expires: 0 })
    await site.settled()
    expect(await site.contactsAgree()).toEqual([])
    expect(await site.facts('registration.removed')).toHaveLength(1)
    expect(await site.presenceOf('alice@kam.lab')).toEqual({ online: false, contacts: 0 })
  })

  it('a contact that runs out is expired, once', async () => {
    await register('bob', `<sip:bob@127.0.0.1:${await freePort()}>`, { expires: 8 })
    const [contact] = await site.contactsAgree()
    await until('the contact is expired', async () => (await site.facts('registration.expired')).length > 0)
    await site.settled()
    expect(await site.contactsAgree()).toEqual([])
    const rows = await site.rows(`SELECT state FROM contacts WHERE contact_id = '${contact!.id}'`)
    expect(rows).toEqual([{ state: 'expired' }])
    expect(await site.facts('registration.expired')).toHaveLength(1)
    expect(await site.presenceOf('bob@kam.lab')).toEqual({ online: false, contacts: 0 })
  })

  it('of two contacts one leaves, and the other stays', async () => {
    const [one, two] = [await freePort(), await freePort()]
    await register('alice', `<sip:alice@127.0.0.1:${one}>`)
    await register('alice', `<sip:alice@127.0.0.1:${two}>`)
    await site.settled()
    expect(await site.contactsAgree()).toHaveLength(2)
    expect(await site.presenceOf('alice@kam.lab')).toEqual({ online: true, contacts: 2 })
    await register('alice', `<sip:alice@127.0.0.1:${one}>`, { expires: 0 })
    await site.settled()
    const [left, ...others] = await site.contactsAgree()
    expect(others).toEqual([])
    expect(left!.contact).toBe(`sip:alice@127.0.0.1:${two}`)
    await register('alice', '*', { expires: 0 })
    await site.settled()
    expect(await site.contactsAgree()).toEqual([])
  })

  it('one REGISTER may add a contact and take another off', async () => {
    const alice = await phone()
    const both = '<sip:alice@127.0.0.1:4001>, <sip:alice@127.0.0.1:4002>'
    expect(await alice.register('alice', { headers: `Contact: ${both}\r\nExpires: 60\r\n` })).toBe(200)
    await site.settled()
    expect(await site.contactsAgree()).toHaveLength(2)
    const change = '<sip:alice@127.0.0.1:4001>;expires=0, <sip:alice@127.0.0.1:4003>;expires=60'
    expect(await alice.register('alice', { headers: `Contact: ${change}\r\n` })).toBe(200)
    await site.settled()
    const contacts = await site.contactsAgree()
    expect(contacts.map(({ contact }) => contact).sort()).toEqual([
      'sip:alice@127.0.0.1:4002',
      'sip:alice@127.0.0.1:4003',
    ])
    expect(await alice.register('alice', { headers: 'Contact: *\r\nExpires: 0\r\n' })).toBe(200)
    await site.settled()
    expect(await site.contactsAgree()).toEqual([])
  })

  it('a wrong password and an unknown user are told with their source, and register nobody', async () => {
    await register('alice', '<sip:alice@127.0.0.1:4001>', { password: 'wrong', status: 401 })
    await register('mallory', '<sip:mallory@127.0.0.1:4001>', { status: 401 })
    await site.settled()
    const failures = await site.facts('authentication.failed')
    expect(failures.map(({ data }) => [data.user, data.domain, data.reason, data.method])).toEqual([
      ['alice', 'kam.lab', 'wrong_password', 'REGISTER'],
      ['mallory', 'kam.lab', 'unknown_user', 'REGISTER'],
    ])
    for (const { data } of failures) {
      expect(data.source).toMatch(/^127\.0\.0\.1:\d+$/)
      expect(data.credential).toMatch(/^[0-9a-f]{32}$/)
    }
    expect(await site.contactsAgree()).toEqual([])
    const rows = await site.rows('SELECT user, reason, tenant FROM authentication_failures ORDER BY at, id')
    expect(rows.map((row) => row['reason'])).toEqual(['wrong_password', 'unknown_user'])
  })

  it('a phone behind a NAT is reached at the address that it speaks from', async () => {
    const alice = await phone()
    const headers = 'Contact: <sip:alice@10.9.8.7:5060>\r\nExpires: 60\r\n'
    expect(await alice.register('alice', { headers })).toBe(200)
    await site.settled()
    await site.contactsAgree()
    const [added] = (await site.facts('registration.added')).slice(-1)
    expect(added!.data).toMatchObject({ contact: 'sip:alice@10.9.8.7:5060', source: `127.0.0.1:${alice.port}` })
    const sender = await phone()
    const [uri, to] = ['sip:alice@kam.lab', 'sip:alice@kam.lab']
    const sent = sender.request({ method: 'MESSAGE', user: 'bob', uri, to, body: 'x' })
    expect(await alice.receive(15_000)).toMatch(/^MESSAGE sip:alice@10\.9\.8\.7/)
    expect(await sent).toBe(408)
    expect(await alice.register('alice', { headers: 'Contact: *\r\nExpires: 0\r\n' })).toBe(200)
  })

  it('a phone registers over TLS; when its connection breaks, it is gone', async () => {
    const alice = await SipPhone.tls(site.kamailio.ports.tls)
    const headers = `Contact: <sip:alice@127.0.0.1:${alice.port};transport=tls>\r\nExpires: 60\r\n`
    expect(await alice.register('alice', { headers })).toBe(200)
    await site.settled()
    expect(await site.contactsAgree()).toHaveLength(1)
    const [added] = (await site.facts('registration.added')).slice(-1)
    expect(added!.data.transport).toBe('tls')
    alice.close()
    await until('the contact is gone', async () => (await site.contactsInView()).length === 0)
    await site.contactsAgree()
  })

  it('a flood is told once, and spares the others', async () => {
    const flooder = await phone('127.0.0.9')
    for (let n = 0; n < 300; n++) {
      flooder.send(
        `OPTIONS sip:kam.lab SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:${flooder.port};branch=z9hG4bKf${n}\r\n` +
          `Max-Forwards: 70\r\nFrom: <sip:x@x>;tag=${n}\r\nTo: <sip:x@x>\r\nCall-ID: flood${n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
      )
    }
    await until('the flood is told', async () => (await site.facts('flood.detected')).length > 0)
    const alice = await phone()
    expect(await alice.register('alice')).toBe(200)
    await site.settled()
    const floods = await site.facts('flood.detected')
    expect(floods).toHaveLength(1)
    expect(floods[0]!.data).toMatchObject({ source: `127.0.0.9:${flooder.port}`, method: 'OPTIONS' })
    expect(await alice.register('alice', { expires: 0 })).toBe(200)
    await site.settled()
    await site.contactsAgree()
  })

  it('an address that is banned is not heard, until the ban is lifted', async () => {
    const banned = await phone('127.0.0.8')
    const options = (timeoutMs: number) =>
      banned.request({ method: 'OPTIONS', user: 'x', to: 'sip:kam.lab' }, timeoutMs)
    expect(await options(15_000)).toBe(200)
    await site.kamailio.rpc.call('htable.sets', ['ban', '127.0.0.8', '1'])
    expect(await options(1000)).toBe(0)
    await site.kamailio.rpc.call('htable.delete', ['ban', '127.0.0.8'])
    expect(await options(15_000)).toBe(200)
  })

  it('JSON-RPC is for those who may ask, on its own port alone', async () => {
    const { sip, rpc } = site.kamailio.ports
    const ask = (port: number, more: object = {}) =>
      fetch(`http://127.0.0.1:${port}/RPC`, {
        method: 'POST',
        body: JSON.stringify({ jsonrpc: '2.0', method: 'core.version', params: [], id: 1 }),
        ...more,
      })
    const headers = { authorization: `Basic ${Buffer.from('tester:secret').toString('base64')}` }
    expect((await ask(rpc, { headers })).status).toBe(200)
    expect((await ask(rpc)).status).toBe(401)
    expect((await ask(rpc, { headers: { authorization: 'Basic x' } })).status).toBe(401)
    expect((await ask(sip, { headers })).status).toBe(403)
  })

  it('lost nothing on the way, and read everything', async () => {
    expect(await site.facts('switch.gap')).toEqual([])
    expect(site.listener!.status().nodes).toMatchObject([
      { role: 'reading', connected: true, gaps: 0, unreadable: 0, unknown: 0 },
    ])
    const [row] = await site.rows("SELECT kind, state FROM switches WHERE switch = 'sbc1'")
    expect(row).toEqual({ kind: 'kamailio', state: 'connected' })
  })
})
