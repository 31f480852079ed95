/** Headers are written by attackers. Whatever byte they hold, every event arrives whole, and no field is made up. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readDialogs } from '@trunkline/kamailio'
import { PATIENT } from './harness/kamailio-server.js'
import { until } from './harness/process.js'
import { SipPhone } from './harness/sip-phone.js'
import { Site } from './harness/site.js'

const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => byte)
/** Line breaks end a header (RFC 3261, section 7.3.1): what follows them is another header, or none. */
const BREAKS = new Set([0x0a, 0x0d])
/** What is in the view of text that no UTF-8 reader can take. */
const asText = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8')
/** As readers see it: a listener that was held up tells the same again. */
const once = <F extends { readonly id: string }>(facts: readonly F[]) => [
  ...new Map(facts.map((fact) => [fact.id, fact])).values(),
]
const MESSAGE = { method: 'MESSAGE', uri: 'sip:carol@kam.lab', to: 'sip:carol@kam.lab' }

describe('hostile bytes', () => {
  let site: Site
  let phone: SipPhone
  beforeAll(async () => {
    site = await Site.start({ defines: PATIENT })
    await site.listen()
    phone = await SipPhone.udp(site.kamailio.ports.sip)
  })
  afterAll(async () => {
    phone.close()
    await site.dispose()
  })
  /** Everything that Kamailio numbered has come, each as an event of a known kind. */
  const complete = async () => {
    await site.settled()
    expect(site.listener!.status().nodes).toMatchObject([{ gaps: 0, unreadable: 0, unknown: 0 }])
    expect(await site.rows('SELECT * FROM parked_records')).toEqual([])
  }

  it('in the name of a client that is refused: every refusal is told, with its true source', async () => {
    for (const byte of EVERY_BYTE) {
      const userAgent = `a${String.fromCharCode(byte)}b`
      const headers = `Contact: <sip:alice@127.0.0.1:4000>\r\nUser-Agent: ${userAgent}\r\n`
      // a line that is no header: the request as a whole is dropped
      const timeoutMs = byte === 0x0a ? 500 : undefined
      const status = await phone.request(
        { method: 'REGISTER', user: 'alice', password: `x${byte}`, headers },
        timeoutMs,
      )
      expect(status).toBe(byte === 0x0a ? 0 : 401)
    }
    await complete()
    const failures = once(await site.facts('authentication.failed'))
    const agents = failures.map(({ data }) => data.userAgent)
    const expected = EVERY_BYTE.filter((byte) => byte !== 0x0a)
    expect(failures).toHaveLength(expected.length)
    for (const [index, byte] of expected.entries()) {
      const { data } = failures[index]!
      expect(data.source).toBe(`127.0.0.1:${phone.port}`)
      expect(data.user).toBe('alice')
      if (!BREAKS.has(byte)) expect(agents[index]).toBe(asText(`a${String.fromCharCode(byte)}b`))
    }
    expect(await site.contactsAgree()).toEqual([])
  })

  it('in the name of a client that registers: the contact is kept in the database and in the view', async () => {
    for (const byte of EVERY_BYTE) {
      if (BREAKS.has(byte)) continue
      const headers = `Contact: <sip:alice@127.0.0.1:4000>\r\nExpires: 60\r\nUser-Agent: a${String.fromCharCode(byte)}b\r\n`
      expect(await phone.request({ method: 'REGISTER', user: 'alice', headers })).toBe(200)
    }
    await complete()
    const agents = (await site.facts('registration.refreshed')).map(({ data }) => data.userAgent)
    expect(agents.length).toBeGreaterThan(250)
    expect(agents.filter((agent) => !/^(a[ -~]b|\?)$/.test(agent ?? ''))).toEqual([])
    const long = `Contact: <sip:alice@127.0.0.1:4000>\r\nExpires: 60\r\nUser-Agent: ${'x'.repeat(9000)}\r\n`
    expect(await phone.request({ method: 'REGISTER', user: 'alice', headers: long })).toBe(200)
    await complete()
    const [contact, ...others] = await site.contactsAgree()
    expect(others).toEqual([])
    expect(contact!.userAgent).toBe('x'.repeat(254))
    expect((await site.maria.sql('SELECT COUNT(*) FROM location')).trim()).toBe('1')
    expect(site.kamailio.log()).not.toContain('failed to insert in database')
  })

  it('in a contact: refused, and neither side keeps it', async () => {
    for (const byte of EVERY_BYTE) {
      if (byte >= 0x20 && byte < 0x7f) continue
      const headers = `Contact: <sip:bob@127.0.0.1:4000;x=${String.fromCharCode(byte)}>\r\nExpires: 60\r\n`
      await phone.request({ method: 'REGISTER', user: 'bob', headers }, 300)
    }
    await complete()
    const contacts = await site.contactsAgree()
    for (const { contact } of contacts) expect(contact).toMatch(/^[ -~]+$/)
  })

  it('in display names and texts of messages: each comes as it was sent', async () => {
    for (const byte of EVERY_BYTE) {
      const text = String.fromCharCode(byte)
      const headers = 'Content-Type: text/plain\r\n'
      const message = { ...MESSAGE, user: 'alice', displayName: '"x" ', headers, body: `<${text}>` }
      expect(await phone.request(message)).toBe(404)
      if (!BREAKS.has(byte) && byte !== 0x22 && byte !== 0) {
        await phone.request({ ...MESSAGE, user: 'alice', displayName: `"x${text}" `, body: 'name' }, 500)
      }
    }
    await complete()
    const received = once(await site.facts('message.changed')).filter(({ data }) => data.state === 'received')
    const bodies = received.map(({ data }) => data.body).filter((body) => body !== 'name')
    expect(bodies).toEqual(EVERY_BYTE.map((byte) => asText(`<${String.fromCharCode(byte)}>`)))
    for (const { data } of received) expect([data.from, data.to]).toEqual(['alice@kam.lab', 'carol@kam.lab'])
  })

  it('in a call: the caller is who authenticated, and the list of dialogs can be read', async () => {
    const before = once(await site.facts('dialog.started')).length
    for (const byte of EVERY_BYTE) {
      if (BREAKS.has(byte) || byte === 0 || byte === 0x22 || byte === 0x3e) continue
      const text = String.fromCharCode(byte)
      const call = { method: 'INVITE', user: 'alice', uri: 'sip:carol@kam.lab', displayName: `"x${text}" ` }
      const headers = `Contact: <sip:alice@127.0.0.1:${phone.port}>\r\nUser-Agent: ${text}\r\n`
      await phone.request({ ...call, to: `sip:carol@kam.lab;x=${text}`, headers }, 2000)
      await readDialogs(site.kamailio.rpc)
    }
    const started = async () => once(await site.facts('dialog.started'))
    const failed = async () => once(await site.facts('dialog.failed'))
    // one that was answered late may be on its way yet
    await until('all have failed', async () => (await failed()).length === (await started()).length)
    await complete()
    const calls = (await started()).slice(before)
    expect(calls.length).toBeGreaterThan(150)
    for (const { data } of calls) expect([data.authUser, data.to]).toEqual(['alice@kam.lab', 'carol@kam.lab'])
    expect(await failed()).toHaveLength(before + calls.length)
  })

  it('text that looks like an event is text', async () => {
    const trick = '","ev":"reg.new","aor":"root@kam.lab","seq":1,"boot":"x","b64":1,"x":"'
    const headers = `Contact: <sip:alice@127.0.0.1:4000>\r\nUser-Agent: ${trick}\r\n`
    for (const user of ['alice', trick.replaceAll('"', '')]) {
      await phone.request({ method: 'REGISTER', user, password: 'wrong', headers }, 5000)
    }
    await phone.request({ ...MESSAGE, user: 'alice', body: `${trick}\r\n*3\r\n$4\r\nXADD\r\n` })
    await complete()
    expect((await site.facts('authentication.failed')).filter(({ data }) => data.userAgent === trick)).not.toHaveLength(
      0,
    )
    expect(await site.rows("SELECT * FROM contacts WHERE aor LIKE '%root%'")).toEqual([])
    const [last] = (await site.facts('message.changed')).filter(({ data }) => data.state === 'received').slice(-1)
    expect(last!.data.body).toContain('XADD')
  })

  it('values of any length: cut, never lost', async () => {
    for (const filler of ['\u0001', '"', '\xff', '\u0000', '\xc3\xa4']) {
      const long = filler.repeat(12_000 / filler.length)
      const headers = `Contact: <sip:alice@127.0.0.1:4000>\r\nUser-Agent: ${long}\r\n`
      const refused = { method: 'REGISTER', user: 'alice', password: 'wrong', headers }
      expect(await phone.request(refused)).toBe(401)
      const body = filler.repeat(20_000 / filler.length)
      expect(await phone.request({ ...MESSAGE, user: 'alice', body })).toBe(404)
    }
    await complete()
    const bodies = once(await site.facts('message.changed')).flatMap(({ data }) => data.body ?? [])
    expect(bodies.filter((body) => body.length > 4000)).toHaveLength(5)
    // larger than any phone sends: refused as a whole, and nothing is told
    const told = once(await site.facts('message.changed')).length
    expect(await phone.request({ ...MESSAGE, user: 'alice', body: 'x'.repeat(40_000) })).toBe(513)
    await complete()
    expect(once(await site.facts('message.changed'))).toHaveLength(told)
  })

  it('the server lives and serves', async () => {
    await until('the node is connected', () => site.listener!.status().nodes[0]!.connected)
    expect(await phone.register('bob')).toBe(200)
    expect(await phone.register('bob', { headers: 'Contact: *\r\nExpires: 0\r\n' })).toBe(200)
    await complete()
    await site.contactsAgree()
    expect(site.kamailio.log()).not.toMatch(/segfault|exited by a signal|core was/)
  })
})
