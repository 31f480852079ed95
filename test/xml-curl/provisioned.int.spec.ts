/** Commands, events, views, vault and HTTP as they are: what an operator asks for is what FreeSWITCH is told. */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { createThings, startProvisioningProjector, type ProvisioningProjector } from '@trunkline/provisioning-views'
import { createVault, sipDigests } from '@trunkline/vault'
import { mountXmlCurl, NOT_FOUND } from '@trunkline/xml-curl'
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { startWriteSide, VAULT_KEY, type WriteSide } from '../../libs/commands/src/testing/write-side.js'
import { VIEW_STORES, type ViewStores } from '../support/view-stores.js'
import { faultsOf, values } from './xmllint.js'

const TENANT = 'sip.example.test'
const SECRET = 'a-secret-of-the-switch'
const viewer: Viewer = { role: 'operator', tenant: TENANT, user: `olga@${TENANT}`, expiresAt: Infinity }
const logger = pino({ level: 'silent' })
const bodies = readFileSync('test/xml-curl/requests.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { body: string }).body)

describe.each(VIEW_STORES)('what was commanded, with views in $name', ({ start }) => {
  let stores: ViewStores
  let side: WriteSide
  let projector: ProvisioningProjector
  let server: FastifyInstance
  let url: string
  const ids = new Map<string, string>()
  const passwords = new Map<string, string>()

  beforeAll(async () => {
    stores = await start()
    const viewStore = await stores.open('xmlcurl')
    const vault = await createVault({ store: viewStore, key: VAULT_KEY, formerKeys: [] })
    const things = createThings(viewStore)
    side = await startWriteSide({ viewStore, vault, things })
    projector = await startProvisioningProjector({ eventStore: side.eventStore, store: viewStore, logger })
    server = Fastify()
    mountXmlCurl(server, { things, vault, secret: SECRET, logger, options: { gateways: true } })
    await server.listen({ host: '127.0.0.1', port: 0 })
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/freeswitch/xml`
    await provision()
  })
  afterAll(async () => {
    await server.close()
    await projector.close()
    await side.dispose()
    await stores.dispose()
  })

  const post = (body: string) =>
    fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`freeswitch:${SECRET}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'freeswitch-xml/1.0',
      },
      body,
    })
  const ask = async (fields: Record<string, string>) => (await post(new URLSearchParams(fields).toString())).text()
  const directory = (user: string) => ask({ section: 'directory', key: 'id', user, domain: TENANT, action: 'sip_auth' })
  const send = (name: string, input: object) => side.send(name, input, { viewer })
  async function settled(): Promise<void> {
    const whole = await side.eventStore.readAll({ after: undefined, limit: 100_000 })
    expect(await side.things.caughtUp(whole.at(-1)!.position, 60_000)).toBe(true)
  }

  async function provision(): Promise<void> {
    for (const username of ['1001', '1002', '1006', '1007']) {
      const answer = await send('createSipUser', { username, person: { displayName: `Person "${username}" & Co` } })
      ids.set(username, answer.id)
      passwords.set(username, (answer.result as { password: string }).password)
      await settled()
    }
    const room = await send('createConferenceRoom', {
      number: '3501',
      settings: {
        name: 'Board',
        pin: '246810',
        moderatorPin: '13579',
        moderators: [ids.get('1001')],
        recording: 'always',
      },
    })
    ids.set('room', room.id)
    const queue = await send('createCallQueue', { number: '7000', settings: { name: 'Support' } })
    ids.set('queue', queue.id)
    await settled()
    await send('putQueueAgent', { id: queue.id, userId: ids.get('1006') })
    await settled()
    await send('putQueueAgent', { id: queue.id, userId: ids.get('1007'), tier: 2 })
    const entries = [
      { digits: '1', action: { kind: 'user', id: ids.get('1002') } },
      { digits: '2', action: { kind: 'queue', id: queue.id } },
      { digits: '3', action: { kind: 'room', id: room.id } },
      { digits: '9', action: { kind: 'dial', name: '+4989123456789' } },
    ]
    const menu = await send('createIvrMenu', {
      number: '5000',
      settings: { name: 'Main', greeting: 'main.wav', entries },
    })
    ids.set('menu', menu.id)
    const number = await send('addNumber', { number: '+493090182001' })
    await settled()
    await send('assignNumber', { id: number.id, target: { kind: 'menu', id: menu.id } })
    await settled()
    const trunk = await send('createTrunk', {
      name: 'carrier-a',
      settings: { hosts: [{ host: 'sip.carrier.example', port: 5060 }], registration: { domain: 'carrier.example' } },
      auth: { username: 'account42', password: 'trunk-password-1' },
    })
    await settled()
    await send('activateTrunk', { id: trunk.id })
    await settled()
  }

  it('is what each captured request is answered with, as the schemas have it', async () => {
    const answers = await Promise.all(
      bodies.map(async (body) => {
        const response = await post(body)
        expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/xml; charset=utf-8'])
        return response.text()
      }),
    )
    expect(faultsOf(answers)).toBe('')
    expect(answers.filter((answer) => answer !== NOT_FOUND).length).toBeGreaterThan(40)
    const all = answers.join('')
    for (const secret of [...passwords.values(), '246810', '13579']) expect(all).not.toContain(secret)
  })

  it('lets a user authenticate by the digest of the password that was shown, and tells who calls', async () => {
    const answer = await directory('1001')
    const { ha1 } = sipDigests({ username: '1001', domain: TENANT, password: passwords.get('1001')! })
    expect(values(answer, /name="a1-hash" value="([^"]*)"/g)).toEqual([ha1])
    expect(values(answer, /name="effective_caller_id_name" value="([^"]*)"/g)).toEqual(['Person 1001 & Co'])
    expect(answer).toContain(`<variable name="accountcode" value="${ids.get('1001')}"/>`)
  })

  it('gives rooms, queues and menus to the modules that serve them', async () => {
    const configuration = (key_value: string, fields: Record<string, string>) =>
      ask({ section: 'configuration', tag_name: 'configuration', key_name: 'name', key_value, ...fields })
    const room = await configuration('conference.conf', {
      conference_name: `3501-${TENANT}`,
      profile_name: 'trunkline-pin',
    })
    expect(values(room, /name="(?:moderator-)?pin" value="([^"]*)"/g)).toEqual(['246810', '13579'])
    const queue = await configuration('callcenter.conf', { 'CC-Queue': `7000@${TENANT}` })
    expect(values(queue, /<tier ([^/]*)\/>/g)).toEqual([
      `agent="1006@${TENANT}" queue="7000@${TENANT}" level="0" position="1"`,
      `agent="1007@${TENANT}" queue="7000@${TENANT}" level="1" position="1"`,
    ])
    const agent = await configuration('callcenter.conf', { 'CC-Agent': `1007@${TENANT}` })
    expect(values(agent, /<agent name="([^"]*)"/g)).toEqual([`1007@${TENANT}`])
    const menu = await configuration('ivr.conf', { 'Menu-Name': `5000-${TENANT}`, 'Caller-Context': 'public' })
    expect(values(menu, /param="([^"]*)"/g)).toEqual([
      'transfer 1002 XML from-kamailio',
      'transfer 7000 XML from-kamailio',
      'transfer 3501 XML from-kamailio',
      'transfer +4989123456789 XML from-kamailio',
    ])
    const gateways = await configuration('sofia.conf', { profile: 'trunks' })
    expect(values(gateways, /name="(?:username|password)" value="([^"]*)"/g)).toEqual(['account42', 'trunk-password-1'])
    expect(faultsOf([room, queue, agent, menu, gateways])).toBe('')
  })

  it('is gone for a user who was suspended, is erased, or removed', async () => {
    await send('suspendSipUser', { id: ids.get('1002') })
    await settled()
    expect(await directory('1002')).toBe(NOT_FOUND)
    await send('resumeSipUser', { id: ids.get('1002') })
    await settled()
    expect(await directory('1002')).toContain('a1-hash')
    await send('removeSipUser', { id: ids.get('1001') }).catch(({ code }) => expect(code).toBe('IN_USE'))
    await side.vault.erasePerson(ids.get('1007')!)
    expect(await directory('1007')).not.toContain('effective_caller_id_name')
  })
})
