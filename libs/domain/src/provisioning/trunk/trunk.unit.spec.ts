import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { address, createTrunk, tenant, uuid } from '../testing/samples.js'
import type { CreateTrunk } from './trunk.commands.js'
import { trunkDecider } from './trunk.decider.js'
import { trunkEvent, type TrunkSettings } from './trunk.events.js'

const given = specOf(trunkDecider)
const of = { id: uuid(20), tenant, name: 'carrier-a' }
const to = address(20, 1001)
const activate = { type: 'ActivateTrunk', ...to } as const
const deactivate = { type: 'DeactivateTrunk', ...to } as const
const remove = { type: 'RemoveTrunk', ...to, usedByRoutes: [] } as const
const update = (settings: Partial<TrunkSettings>) => ({ type: 'UpdateTrunk', ...to, settings }) as const
const authenticate = (version: number, secret: number, username = '4930123') =>
  ({
    type: 'SetTrunkCredential',
    ...to,
    auth: { username, realm: null, credential: { secretId: uuid(secret), credentialVersion: version } },
  }) as const
const withSettings = (settings: Partial<TrunkSettings>): CreateTrunk => ({
  ...createTrunk,
  settings: { ...createTrunk.settings, ...settings },
})

describe('a trunk', () => {
  it('carries no calls until it is activated', () => {
    const { settings, auth } = createTrunk
    given()
      .when(createTrunk)
      .then(trunkEvent('trunk.created', { ...of, settings, auth, claimId: uuid(1000) }))
    expect(given(createTrunk).state.kind).toBe('inactive')
    given(createTrunk).when(activate).then(trunkEvent('trunk.activated', of))
    given(createTrunk, activate).when(activate).thenNothing()
    given(createTrunk, activate).when(deactivate).then(trunkEvent('trunk.deactivated', of))
    given(createTrunk).when(deactivate).thenNothing()
  })
  it('is created once', () => {
    given(createTrunk, activate, update({ transport: 'tls' }))
      .when(createTrunk)
      .thenNothing()
    given(createTrunk)
      .when({ ...createTrunk, name: 'other' })
      .thenRefused('ALREADY_EXISTS')
  })
  it('keeps what an update leaves out', () => {
    given(createTrunk)
      .when(update({ transport: 'tls', hosts: [{ host: '2001:db8::1', port: 5061 }] }))
      .then(
        trunkEvent('trunk.updated', {
          ...of,
          settings: { ...createTrunk.settings, transport: 'tls', hosts: [{ host: '2001:db8::1', port: 5061 }] },
        }),
      )
    given(createTrunk)
      .when(update({ transport: 'udp' }))
      .thenNothing()
  })
  it('is removed only when it is inactive and no route names it', () => {
    given(createTrunk, activate).when(remove).thenRefused('WRONG_SITUATION', 'id')
    given(createTrunk)
      .when({ ...remove, usedByRoutes: [uuid(50)] })
      .thenRefused('IN_USE', 'id')
    given(createTrunk)
      .when(remove)
      .then(trunkEvent('trunk.removed', { ...of, claimId: uuid(1000), formerSecretId: uuid(901) }))
    given(createTrunk, remove).when(remove).thenNothing()
    for (const command of [createTrunk, activate, deactivate, update({}), authenticate(2, 911)]) {
      given(createTrunk, remove).when(command).thenRefused('REMOVED')
    }
    given().when(activate).thenRefused('NOT_FOUND')
  })
})

describe('authentication at a provider', () => {
  it('changes the secret with the next version, and names the former one', () => {
    given(createTrunk)
      .when(authenticate(2, 911))
      .then(trunkEvent('trunk.credential_set', { ...of, auth: authenticate(2, 911).auth, formerSecretId: uuid(901) }))
    given(createTrunk, authenticate(2, 911)).when(authenticate(2, 911)).thenNothing()
    given(createTrunk).when(authenticate(3, 911)).thenRefused('STALE_CREDENTIAL', 'auth.credential.credentialVersion')
    given(createTrunk).when(authenticate(2, 901)).thenRefused('STALE_CREDENTIAL', 'auth.credential.secretId')
  })
  it('may change the name while the secret stays', () => {
    expect(given(createTrunk).when(authenticate(1, 901, 'other')).events).toMatchObject([
      { type: 'trunk.credential_set', data: { formerSecretId: null, auth: { username: 'other' } } },
    ])
  })
  it('is needed by a trunk that registers', () => {
    const none = { type: 'SetTrunkCredential', ...to, auth: null } as const
    given(createTrunk).when(none).thenRefused('INVALID', 'auth')
    given()
      .when({ ...createTrunk, auth: null })
      .thenRefused('INVALID', 'auth')
    given({ ...withSettings({ registration: null }), auth: null })
      .when(update({ registration: createTrunk.settings.registration }))
      .thenRefused('INVALID', 'auth')
  })
  it('never takes a version twice, also after it was taken away', () => {
    const none = { type: 'SetTrunkCredential', ...to, auth: null } as const
    const history = [createTrunk, update({ registration: null }), none] as const
    given(...history)
      .when(authenticate(1, 911))
      .thenRefused('STALE_CREDENTIAL', 'auth.credential.credentialVersion')
    expect(given(...history).when(authenticate(2, 911)).types).toEqual(['trunk.credential_set'])
  })
  it('has names that neither a digest nor a header can be broken with', () => {
    for (const username of ['a:b', 'a"b', '', 'a b', 'a\r\nVia: x']) {
      given()
        .when({ ...createTrunk, auth: { ...createTrunk.auth!, username } })
        .thenRefused('INVALID', 'auth.username')
    }
    given()
      .when({ ...createTrunk, auth: { ...createTrunk.auth!, realm: 'a"' } })
      .thenRefused('INVALID', 'auth.realm')
    expect(given().when({ ...createTrunk, auth: { ...createTrunk.auth!, realm: 'Our Realm' } }).types).toHaveLength(1)
  })
})

describe('settings of a trunk', () => {
  it.each<[string, Partial<TrunkSettings>, string]>([
    ['a host', { hosts: [] }, 'settings.hosts'],
    ['hosts that are no addresses', { hosts: [{ host: 'a_b', port: 5060 }] }, 'settings.hosts[0].host'],
    ['ports', { hosts: [{ host: 'a.example', port: 0 }] }, 'settings.hosts[0].port'],
    [
      'hosts twice',
      {
        hosts: [
          { host: 'a.example', port: 1 },
          { host: 'a.example', port: 1 },
        ],
      },
      'settings.hosts[1]',
    ],
    ['transports', { transport: 'sctp' as 'udp' }, 'settings.transport'],
    ['codecs', { codecs: ['MP3' as 'PCMU'] }, 'settings.codecs[0]'],
    ['codecs twice', { codecs: ['PCMU', 'PCMU'] }, 'settings.codecs[1]'],
    ['no codec', { codecs: [] }, 'settings.codecs'],
    ['limits', { limits: { callsPerSecond: 0, concurrentCalls: null } }, 'settings.limits.callsPerSecond'],
    [
      'registrations',
      { registration: { domain: 'a.example', expiresSeconds: 5 } },
      'settings.registration.expiresSeconds',
    ],
    ['networks', { allowList: ['10.0.0.0/33'] }, 'settings.allowList[0]'],
    ['everybody', { allowList: ['0.0.0.0/0'] }, 'settings.allowList[0]'],
    ['networks twice', { allowList: ['2001:db8::/32', '2001:0DB8:0::/32'] }, 'settings.allowList[1]'],
  ])('refuse %s', (_, settings, field) => {
    given().when(withSettings(settings)).thenRefused('INVALID', field)
    given(createTrunk).when(update(settings)).thenRefused('INVALID', field)
  })
})
