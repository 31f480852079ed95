import { globSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { AnswerTooLargeError, answerXmlCurl } from '../answer.js'
import { NOT_FOUND } from '../document.js'
import { passwordOf, QUEUE, Sample, TENANT, uuid } from '../testing/index.js'

let sample: Sample
beforeEach(() => {
  sample = new Sample()
})
const ask = (key_value: string, fields: Record<string, string> = {}, gateways = false) =>
  answerXmlCurl(
    { things: sample.things, vault: sample.vault, options: { gateways } },
    new Map(Object.entries({ section: 'configuration', key_value, ...fields })),
  )
const param = (xml: string, name: string) => new RegExp(`<param name="${name}" value="([^"]*)"`).exec(xml)?.[1]
const all = (xml: string, pattern: RegExp) => [...xml.matchAll(pattern)].map((match) => match[1])

describe('conference.conf', () => {
  const room = (name = `3501-${TENANT}`) => ask('conference.conf', { conference_name: name, profile_name: 'trunkline' })

  it('has the room that is entered, with its limits', async () => {
    await sample.room(1, '3501', { maxMembers: 7, recording: 'always', waitForModerator: true, moderators: [uuid(9)] })
    const xml = await room()
    expect(param(xml, 'max-members')).toBe('7')
    expect(param(xml, 'conference-flags')).toBe('wait-mod')
    expect(param(xml, 'auto-record')).toMatch(/^\$\$\{recordings_dir\}\/room-3501-/)
    expect(param(xml, 'pin')).toBeUndefined()
    expect(await ask('conference.conf', { 'Conf-Name': `3501-${TENANT}`, Action: 'request-controls' })).toContain(
      '<control ',
    )
  })
  it('has PINs, which nobody can dial once they are destroyed', async () => {
    const [pinSecretId, moderatorPinSecretId] = [await sample.pin(41, '1234'), await sample.pin(42, '98765')]
    await sample.room(1, '3501', { pinSecretId, moderatorPinSecretId })
    const xml = await room()
    expect([param(xml, 'pin'), param(xml, 'moderator-pin')]).toEqual(['1234', '98765'])
    await sample.vault.destroySecrets([pinSecretId, moderatorPinSecretId])
    const shut = await room()
    expect([param(shut, 'pin'), param(shut, 'moderator-pin')]).toEqual(['closed', 'closed'])
  })
  it('asks members for 0 when only moderators have a PIN', async () => {
    await sample.room(1, '3501', { moderatorPinSecretId: await sample.pin(42, '98765') })
    const xml = await room()
    expect([param(xml, 'pin'), param(xml, 'moderator-pin')]).toEqual(['0', '98765'])
  })
  it('knows no other room', async () => {
    await sample.room(1, '3501')
    for (const name of ['3501', '3502-sip.example.test', `3501-other.example`, `3501-${TENANT}-x`, '-', '']) {
      expect(await room(name)).toBe(NOT_FOUND)
    }
    expect(await ask('conference.conf', { presence: 'true' })).toBe(NOT_FOUND)
  })
})

describe('ivr.conf', () => {
  it('has the menu and all below it, with what is gone left out', async () => {
    await sample.user(1, 'alice')
    sample.menu(11, '5002', { onTimeout: { kind: 'top' } })
    sample.menu(10, '5001', { entries: [{ digits: '1', action: { kind: 'menu', id: uuid(11) } }] })
    sample.menu(12, '5000', {
      entries: [
        { digits: '1', action: { kind: 'menu', id: uuid(10) } },
        { digits: '22', action: { kind: 'user', id: uuid(1) } },
        { digits: '3', action: { kind: 'user', id: uuid(404) } },
        { digits: '4', action: { kind: 'menu', id: uuid(404) } },
        { digits: '5', action: { kind: 'back' } },
        { digits: '6', action: { kind: 'top' } },
      ],
      onInvalid: { kind: 'user', id: uuid(1) },
      onTimeout: { kind: 'menu', id: uuid(10) },
    })
    const xml = await ask('ivr.conf', { 'Menu-Name': `5000-${TENANT}`, 'Caller-Context': 'internal' })
    expect(all(xml, /<menu name="([^"]*)"/g)).toEqual(['5000', '5001', '5002'].map((number) => `${number}-${TENANT}`))
    expect(all(xml, /<entry ([^/]*)\/>/g)).toEqual([
      `action="menu-sub" digits="1" param="5001-${TENANT}"`,
      'action="menu-exec-app" digits="22" param="transfer alice XML internal"',
      'action="menu-back" digits="5"',
      'action="menu-top" digits="6"',
      `action="menu-sub" digits="1" param="5002-${TENANT}"`,
      `action="menu-sub" digits="*" param="5002-${TENANT}"`,
    ])
    expect(xml).toContain('digit-len="2"')
    expect(xml).toContain(
      'exec-on-max-failures="transfer alice XML internal" exec-on-max-timeouts="transfer 5001 XML internal"',
    )
    expect(xml).toContain('exec-on-max-timeouts="transfer ${trunkline_menu} XML internal"')
  })
  it('sends callers from outside on to where names are served, and knows no other menu', async () => {
    sample.menu(10, '5000', { onInvalid: { kind: 'dial', name: '7000' } })
    const xml = await ask('ivr.conf', { 'Menu-Name': `5000-${TENANT}`, 'Caller-Context': 'public' })
    expect(xml).toContain('"transfer 7000 XML from-kamailio"')
    for (const name of ['5000', 'welcome_main', '5000-other.example']) {
      expect(await ask('ivr.conf', { 'Menu-Name': name })).toBe(NOT_FOUND)
    }
  })
  it('ends where menus lead in a circle between two states of the views', async () => {
    sample.menu(10, '5000', { entries: [{ digits: '1', action: { kind: 'menu', id: uuid(11) } }] })
    sample.menu(11, '5001', { entries: [{ digits: '1', action: { kind: 'menu', id: uuid(10) } }] })
    expect(all(await ask('ivr.conf', { 'Menu-Name': `5000-${TENANT}` }), /<menu name="(\d+)/g)).toEqual([
      '5000',
      '5001',
    ])
  })
})

describe('callcenter.conf', () => {
  beforeEach(async () => {
    await sample.user(1, 'alice')
    await sample.user(2, 'bob', { status: 'suspended' })
    const agent = (n: number, tier: number) => ({ userId: uuid(n), tier, position: 1 })
    sample.queue(10, '7000', { agents: [agent(1, 1), agent(2, 1)] })
    sample.queue(11, '7001', { agents: [agent(1, 3)], settings: { ...QUEUE, wrapUpSeconds: 60, strategy: 'ring-all' } })
  })
  it('has all queues at load; one person is one agent; suspended ones serve none', async () => {
    const xml = await ask('callcenter.conf')
    expect(all(xml, /<queue name="([^"]*)"/g)).toEqual([`7000@${TENANT}`, `7001@${TENANT}`])
    expect(all(xml, /<agent name="([^"]*)"/g)).toEqual([`alice@${TENANT}`])
    expect(xml).toContain('wrap-up-time="60"')
    expect(all(xml, /<tier agent="[^"]*" (queue="[^"]*" level="\d+")/g)).toEqual([
      `queue="7000@${TENANT}" level="0"`,
      `queue="7001@${TENANT}" level="2"`,
    ])
  })
  it('has one queue, or what one agent serves, when that is asked for', async () => {
    const queue = await ask('callcenter.conf', { 'CC-Queue': `7001@${TENANT}` })
    expect(all(queue, /<queue name="([^"]*)"/g)).toEqual([`7001@${TENANT}`])
    expect(all(queue, /<tier agent="[^"]*" queue="([^"]*)"/g)).toEqual([`7001@${TENANT}`])
    // with whatever queue an agent is loaded, the longest rest of all their queues holds
    expect(await ask('callcenter.conf', { 'CC-Queue': `7000@${TENANT}` })).toContain('wrap-up-time="60"')
    const agent = await ask('callcenter.conf', { 'CC-Agent': `alice@${TENANT}` })
    expect(all(agent, /<tier agent="[^"]*" queue="([^"]*)"/g)).toEqual([`7000@${TENANT}`, `7001@${TENANT}`])
    for (const fields of [{ 'CC-Queue': 'support@default' }, { 'CC-Agent': `bob@${TENANT}` }, { 'CC-Agent': 'x' }]) {
      expect(await ask('callcenter.conf', fields as unknown as Record<string, string>)).toBe(NOT_FOUND)
    }
    expect(await ask('callcenter.conf', { 'CC-Queue': 'all' })).toBe(await ask('callcenter.conf'))
  })
  it('is left to the static file while there is no queue', async () => {
    sample = new Sample()
    expect(await ask('callcenter.conf')).toBe(NOT_FOUND)
  })
  it('is refused when it is longer than the switch would take', async () => {
    for (let n = 0; n < 1_200; n++) sample.queue(1_000 + n, String(10_000 + n))
    await expect(ask('callcenter.conf')).rejects.toThrow(AnswerTooLargeError)
  })
})

describe('sofia.conf', () => {
  it('is left to the static file while gateways are off', async () => {
    await sample.trunk(90, 'carrier-a')
    expect(await ask('sofia.conf')).toBe(NOT_FOUND)
    expect(await ask('sofia.conf', { profile: 'trunks' })).toBe(NOT_FOUND)
  })
  it('has a gateway for each host of each active trunk, and registers each account once', async () => {
    const hosts = [
      { host: 'a.example', port: 5060 },
      { host: '2001:db8::1', port: 5062 },
    ]
    await sample.trunk(90, 'carrier-a', { hosts, transport: 'tls' })
    const off = await sample.trunk(91, 'carrier-b')
    sample.add({ ...off, status: 'suspended', document: { ...off.document, active: false } })
    const lost = await sample.trunk(92, 'carrier-c')
    await sample.vault.destroySecrets([lost.document.auth!.credential.secretId])
    const open = await sample.trunk(93, 'carrier-d', { registration: null })
    sample.add({ ...open, document: { ...open.document, auth: null } })

    const xml = await ask('sofia.conf', {}, true)
    expect(all(xml, /<gateway name="([^"]*)"/g)).toEqual([uuid(90), `${uuid(90)}-2`, uuid(93)])
    expect(all(xml, /<param name="proxy" value="([^"]*)"/g)).toEqual([
      'a.example:5060;transport=tls',
      '[2001:db8::1]:5062;transport=tls',
      'sip.carrier.example:5060;transport=udp',
    ])
    expect(all(xml, /<param name="register" value="([^"]*)"/g)).toEqual(['true', 'false', 'false'])
    expect(all(xml, /<param name="password" value="([^"]*)"/g)).toEqual([
      passwordOf('carrier-a'),
      passwordOf('carrier-a'),
      '',
    ])
  })
  it('has the one profile that is asked for, gateways in that of trunks alone, and knows no other', async () => {
    await sample.trunk(90, 'carrier-a')
    const users = await ask('sofia.conf', { profile: 'kamailio' }, true)
    expect(all(users, /<profile name="([^"]*)"/g)).toEqual(['kamailio'])
    expect(users).not.toContain('<gateway ')
    expect(all(await ask('sofia.conf', { profile: 'trunks' }, true), /<gateway name="([^"]*)"/g)).toHaveLength(1)
    expect(await ask('sofia.conf', { profile: 'internal' }, true)).toBe(NOT_FOUND)
  })
  it("keeps the operator's own profiles and gateways, with all profiles and each in its own", async () => {
    const files = async (fields: Record<string, string>) =>
      all(await ask('sofia.conf', fields, true), /<X-PRE-PROCESS cmd="include" data="([^"]*)"/g)
    expect(await files({})).toEqual(['sip_profiles/trunks/*.xml', 'sip_profiles/others/*.xml'])
    expect(await files({ profile: 'trunks' })).toEqual(['sip_profiles/trunks/*.xml'])
    expect(await files({ profile: 'kamailio' })).toEqual([])
    const text = readFileSync('infra/freeswitch/conf/autoload_configs/sofia.conf.xml', 'utf8')
    expect(text).toContain('data="../sip_profiles/others/*.xml"')
  })
  it('has the very settings of the static profiles', async () => {
    const settingsOf = (xml: string) =>
      [
        .../<settings>([\s\S]*)<\/settings>/
          .exec(xml.replace(/<!--[\s\S]*?-->/g, ''))![1]!
          .matchAll(/<param ([^/]*)\/>/g),
      ]
        .map((match) => match[1])
        .sort()
    const files = globSync('infra/freeswitch/conf/sip_profiles/*.xml')
    expect(files).toHaveLength(2)
    for (const file of files) {
      const text = readFileSync(file, 'utf8')
      const profile = /<profile name="(\w+)"/.exec(text)![1]!
      const answered = await ask('sofia.conf', { profile }, true)
      expect(settingsOf(answered)).toEqual(settingsOf(text))
      expect(/<domain [^/]*\/>/.exec(answered)![0]).toBe(/<domain [^/]*\/>/.exec(text)![0])
    }
  })
})
