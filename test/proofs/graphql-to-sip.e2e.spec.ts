/** From a mutation to a phone: commands by GraphQL, a real Kamailio, SIPp and phones of bytes. Needs the build. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../support/free-port.js'
import { until } from '../kamailio/harness/process.js'
import { SipPhone } from '../kamailio/harness/sip-phone.js'
import { runSipp, SippServer } from '../routing/support/sipp-run.js'
import { quickest } from '../support/in-time.js'
import type { Done } from './support/api.js'
import { TENANT, WholeSite } from './support/whole-site.js'

const busy = { scenario: 'callee-refuses', values: { answer: '486 Busy Here' } }
const fine = { succeeded: 1, failed: 0 }
const passwordOf = ({ result }: Done) => String(result?.['password'])

describe('what is commanded by GraphQL takes effect at the phones', () => {
  let site: WholeSite
  let phones: SippServer
  const passwords: Record<string, string> = {}
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    site = await WholeSite.start()
    phones = await SippServer.start({ scenario: 'callee-answers' })
  })
  afterAll(async () => {
    await site.dispose()
    await phones.stop()
  })

  async function createUser(username: string, more: Record<string, unknown> = {}): Promise<void> {
    const done = await site.api.command('createSipUser', { username, ...more }, 'password')
    passwords[username] = passwordOf(done)
    ids[username] = done.id
  }
  /** As soon as it is there for the proxy. */
  async function registered(username: string): Promise<void> {
    const phone = await SipPhone.udp(site.port)
    await until('the user registers', async () => {
      return (await phone.register(username, { password: passwords[username]! })) === 200
    })
    phone.close()
  }
  /** A revision of a thing has come to Kamailio. */
  const applied = (kind: string, { id, revision }: Done) =>
    until(`${kind} ${id} is applied`, async () => {
      const query = `query ($filter: ProvisioningItemsFilter) {
        provisioningItems(filter: $filter) { edges { node { state appliedRevision } } } }`
      type Items = { provisioningItems: { edges: { node: { state: string; appliedRevision: number | null } }[] } }
      const { provisioningItems } = await site.api.query<Items>(query, { filter: { kind, id } })
      const [item] = provisioningItems.edges
      return item?.node.state === 'applied' && (item.node.appliedRevision ?? -1) >= revision
    })
  const call = (user: string, to: string, talk = 100) =>
    runSipp({
      scenario: 'caller-hangs-up',
      remotePort: site.port,
      user,
      password: passwords[user]!,
      values: { to, talk },
    })
  const refused = (user: string, to: string, status: number, more: { calls?: number; rate?: number } = {}) =>
    runSipp({
      scenario: 'caller-refused',
      remotePort: site.port,
      user,
      password: passwords[user]!,
      values: { to, status },
      ...more,
    })

  it('a user created by GraphQL registers within a second and calls another', async () => {
    await createUser('bob', { aliases: ['1002'] })
    await registered('bob')
    const contact = `<sip:bob@127.0.0.1:${phones.port}>`
    const values = { contact, expires: 600, status: 200 }
    const asBob = { user: 'bob', password: passwords['bob']! }
    expect(await runSipp({ scenario: 'register', remotePort: site.port, ...asBob, values })).toEqual(fine)

    await createUser('alice')
    await registered('alice')
    const ms = await quickest(1000, async (number) => {
      await createUser(`quick${number}`)
      await registered(`quick${number}`)
    })
    expect(ms).toBeLessThan(1000)
    expect(await call('alice', 'bob')).toEqual(fine)
    expect(await call('alice', '1002')).toEqual(fine)
  })

  it('a suspended one is refused, and may again when resumed', async () => {
    await createUser('carol')
    await registered('carol')
    await applied('sip_user', await site.api.command('suspendSipUser', { id: ids['carol'], reason: 'payment' }))
    const phone = await SipPhone.udp(site.port)
    expect(await phone.register('carol', { password: passwords['carol']! })).toBe(403)
    expect(await refused('carol', 'bob', 403)).toEqual(fine)
    await site.api.command('resumeSipUser', { id: ids['carol'] })
    await registered('carol')
    phone.close()
  })

  it('the 4th call of a user with limit 3 is refused', async () => {
    await createUser('dave', { limits: { concurrentCalls: 3 } })
    await registered('dave')
    const three = Promise.all([1, 2, 3].map(() => call('dave', 'bob', 10_000)))
    await until('three calls run', async () => {
      const dialogs = (await site.kamailio.rpc.call('dlg.list')) as { state: number }[]
      return dialogs.filter(({ state }) => state === 4).length === 3
    })
    expect(await refused('dave', 'bob', 486)).toEqual(fine)
    expect(await three).toEqual([fine, fine, fine])
    expect(await call('dave', 'bob')).toEqual(fine)
  })

  it('a rotated password is the only one that counts', async () => {
    await createUser('erin')
    await registered('erin')
    const old = passwords['erin']!
    const done = await site.api.command('rotateSipUserCredential', { id: ids['erin'] }, 'password')
    passwords['erin'] = passwordOf(done)
    await registered('erin')
    const phone = await SipPhone.udp(site.port, '127.0.0.44')
    expect(await phone.register('erin', { password: old })).toBe(401)
    phone.close()
  })

  it('a trunk at 10 % weight gets 10 % of 1,000 calls; one that is dead fails over; a blocked number is refused', async () => {
    const ports = [await freePort(), await freePort(), await freePort()]
    const [major, minor] = await Promise.all(
      ports.slice(0, 2).map((localPort) => SippServer.start({ ...busy, address: '127.0.0.7', localPort })),
    )
    const activated: Done[] = []
    const trunk = async (name: string, port: number) => {
      const settings = { hosts: [{ host: '127.0.0.7', port }], codecs: ['PCMU'], allowList: ['127.0.0.61/32'] }
      const made = await site.api.command('createTrunk', { name, settings })
      activated.push(await site.api.command('activateTrunk', { id: made.id }))
      return made.id
    }
    const [first, second, dead] = [
      await trunk('major', ports[0]!),
      await trunk('minor', ports[1]!),
      await trunk('dead', ports[2]!),
    ]
    const route = (prefix: string, trunks: unknown[]) =>
      site.api.command('putRoute', { ruleId: randomUUID(), rule: { kind: 'external', prefix, trunks } })
    await site.api.command('putRoute', { ruleId: randomUUID(), rule: { kind: 'local' } })
    await route('+49', [
      { trunkId: first, weight: 90 },
      { trunkId: second, weight: 10 },
    ])
    const routes = await route('+44', [
      { trunkId: dead, weight: 100 },
      { trunkId: first, weight: 100, priority: 1 },
    ])
    for (const one of activated) await applied('trunk', one)
    await applied('route_set', routes)
    expect(await refused('alice', '+4930123', 486, { calls: 1000, rate: 50 })).toEqual({ succeeded: 1000, failed: 0 })
    expect(await refused('alice', '+4420123', 486)).toEqual(fine)
    const [most, few] = [await major!.stop(), await minor!.stop()]
    // a few more than once, when a trunk was slow and another was tried
    expect(most.succeeded + few.succeeded).toBeGreaterThanOrEqual(1001)
    expect(most.succeeded + few.succeeded).toBeLessThan(1011)
    expect(Math.abs(few.succeeded - 100)).toBeLessThan(4 * Math.sqrt(1000 * 0.1 * 0.9))

    const number = await site.api.command('addNumber', { number: '+493055501' })
    const assigned = await site.api.command('assignNumber', { id: number.id, target: { kind: 'user', id: ids['bob'] } })
    const block = await site.api.command('blockCaller', { match: 'exact', value: '+33666', reason: 'spam' })
    await applied('number', assigned)
    await applied('blocked_caller', block)
    const inbound = (from: string, scenario: string, more: Record<string, string | number>) =>
      runSipp({
        scenario,
        remotePort: site.port,
        address: '127.0.0.61',
        values: { uri: `sip:+493055501@127.0.0.1:${site.port}`, from: `<sip:${from}@sip.example>`, ...more },
      })
    expect(await inbound('+33666', 'peer-refused', { status: 403 })).toEqual(fine)
    expect(await inbound('+33777', 'peer-hangs-up', {})).toEqual(fine)
    await site.api.command('unblockCaller', { match: 'exact', value: '+33666' })
    await until('the caller is let through', async () => (await inbound('+33666', 'peer-hangs-up', {})).succeeded === 1)
  })

  it('who guesses is banned, and let in again by an operator or an admin', async () => {
    const guess = async (phone: SipPhone) => {
      for (let n = 0; n < 5; n++) await phone.register('alice', { password: `wrong ${n}` })
      expect(await phone.register('alice', { password: passwords['alice']! })).toBe(403)
    }
    const back = (phone: SipPhone) =>
      until('alice is let in', async () => (await phone.register('alice', { password: passwords['alice']! })) === 200)
    const [one, other] = [await SipPhone.udp(site.port, '127.0.0.45'), await SipPhone.udp(site.port, '127.0.0.46')]
    await guess(one)
    await site.api.command('unlockSipUser', { id: ids['alice'], source: '127.0.0.45' })
    await back(one)

    await guess(other)
    const admin = { authorization: `Bearer ${await site.token('admin', '*')}`, 'content-type': 'application/json' }
    const banned = [{ source: '127.0.0.46', user: `alice@${TENANT}`, reason: 'password' }]
    const asPlatform = async (query: string) => {
      const response = await fetch(`${site.app.url}/graphql`, {
        method: 'POST',
        headers: admin,
        body: JSON.stringify({ query }),
      })
      return ((await response.json()) as { data: unknown }).data
    }
    expect(await asPlatform('{ kamailioBans { items { source user reason } } }')).toEqual({
      kamailioBans: { items: banned },
    })
    const lift = (headers: Record<string, string>, body: object) =>
      fetch(`${site.app.url}/v1/bans/lift`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect((await lift(site.api.headers, { source: '127.0.0.46' })).status).toBe(403)
    expect((await lift(admin, { source: 'somewhere' })).status).toBe(422)
    const lifted = await asPlatform(
      'mutation { liftBan(input: { source: "127.0.0.46" }) { items { source user reason } } }',
    )
    expect(lifted).toEqual({ liftBan: { items: banned } })
    await back(other)
    one.close()
    other.close()
  })

  it('no password is in any event, table, log or answer after the first', async () => {
    const answers = site.api.answers.join('\n')
    const [kept, logged] = [await site.everythingKept(), `${site.app.log.join('\n')}${site.kamailio.log()}`]
    for (const [user, password] of Object.entries(passwords)) {
      expect(password.length).toBeGreaterThan(15)
      expect({ user, kept: kept.includes(password), logged: logged.includes(password) }).toEqual({
        user,
        kept: false,
        logged: false,
      })
      expect(answers.split(password)).toHaveLength(2)
    }
  })
})
