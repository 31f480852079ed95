import { describe, expect, it } from '@jest/globals'
import { address, createUser, sealed, tenant, uuid } from '../testing/samples.js'
import { specOf } from '../testing/given.js'
import type { SipUserCommand } from './sip-user.commands.js'
import { sipUserDecider } from './sip-user.decider.js'
import { sipUserEvent } from './sip-user.events.js'

const given = specOf(sipUserDecider)
const of = { id: uuid(1), tenant, username: 'alice' }
const to = address(1, 1001)
const suspend = { type: 'SuspendSipUser', ...to, reason: 'payment' } as const
const resume = { type: 'ResumeSipUser', ...to } as const
const remove = { type: 'RemoveSipUser', ...to, usedBy: [] } as const
const rotate = (version: number, secret = 910 + version) =>
  ({
    type: 'RotateSipUserCredential',
    ...to,
    credential: { secretId: uuid(secret), credentialVersion: version },
  }) as const
const alias = (type: 'AddSipUserAlias' | 'RemoveSipUserAlias', name: string) => ({ type, ...to, alias: name }) as const

describe('creating a SIP user', () => {
  it('tells everything that a registrar needs but secrets and clear personal data', () => {
    given()
      .when(createUser)
      .then(
        sipUserEvent('sip_user.created', {
          ...of,
          person: { displayName: sealed('alice'), email: null, phone: null },
          credential: { secretId: uuid(900), credentialVersion: 1 },
          limits: { concurrentCalls: 3, callsPerMinute: null },
          aliases: ['care4w-1000001'],
          claimId: uuid(1000),
        }),
      )
  })
  it('is safe to repeat, also after later changes and with personal data sealed anew', () => {
    const again = { ...createUser, person: { displayName: sealed('sealed-anew') } }
    given(createUser).when(again).thenNothing()
    given(createUser, suspend, rotate(2)).when(again).thenNothing()
  })
  it('is refused for an id that stands for another user', () => {
    given(createUser)
      .when({ ...createUser, username: 'bob' })
      .thenRefused('ALREADY_EXISTS')
  })
  it('names each field that breaks a rule', () => {
    given()
      .when({
        ...createUser,
        id: 'x',
        tenant: 'Example.org',
        username: 'a b',
        person: { email: { keyId: 'k', text: 'alice@example.org' } },
        credential: { secretId: 'secret-in-clear', credentialVersion: 1 },
        limits: { concurrentCalls: 0, callsPerMinute: 1.5 },
        aliases: ['care', 'CARE', '-x'],
      })
      .thenRefused(
        'INVALID',
        'id',
        'tenant',
        'username',
        'person.email.text',
        'credential.secretId',
        'limits.concurrentCalls',
        'limits.callsPerMinute',
        'aliases[2]',
        'aliases[1]',
      )
    given()
      .when({ ...createUser, aliases: ['ALICE'] })
      .thenRefused('INVALID', 'aliases[0]')
    given()
      .when({ ...createUser, credential: { secretId: uuid(900), credentialVersion: 2 } })
      .thenRefused('INVALID', 'credential.credentialVersion')
  })
  it('never repeats a value in its error, which may be a secret', () => {
    const wrong = { ...createUser, credential: { secretId: 'Tr0ub4dor', credentialVersion: 1 } }
    expect(() => sipUserDecider.decide(wrong, { kind: 'absent' })).toThrow(/^credential\.secretId: must be the id/)
    expect(() => sipUserDecider.decide(wrong, { kind: 'absent' })).not.toThrow(/Tr0ub4dor/)
  })
  it('drops what no event declares, such as a password that was passed on', () => {
    const careless = { ...createUser, credential: { ...createUser.credential!, password: 'x' }, ha1: 'y' }
    expect(JSON.stringify(given().when(careless).events)).not.toMatch(/password|ha1/)
  })
})

describe('a SIP user', () => {
  it('keeps personal data that an update leaves out, and loses what it sets to null', () => {
    const update = (person: object) => ({ type: 'UpdateSipUser', ...to, person }) as SipUserCommand
    const events = given(createUser).when(update({ email: sealed('mail'), phone: undefined })).events
    expect(events.map(({ data }) => data)).toEqual([
      { ...of, person: { displayName: sealed('alice'), email: sealed('mail'), phone: null } },
    ])
    given(createUser)
      .when(update({ displayName: sealed('alice') }))
      .thenNothing()
    expect(given(createUser).when(update({ displayName: null })).types).toEqual(['sip_user.updated'])
  })
  it('is suspended and resumed, each once', () => {
    given(createUser)
      .when(suspend)
      .then(sipUserEvent('sip_user.suspended', { ...of, reason: 'payment' }))
    given(createUser, suspend).when(suspend).thenNothing()
    given(createUser, suspend).when(resume).then(sipUserEvent('sip_user.resumed', of))
    given(createUser).when(resume).thenNothing()
    expect(given(createUser, suspend).when({ ...suspend, reason: 'fraud' }).types).toEqual(['sip_user.suspended'])
  })
  it('can be changed while it is suspended, and stays suspended', () => {
    const limits = { type: 'SetSipUserLimits', ...to, limits: { callsPerMinute: 10 } } as const
    expect(given(createUser, suspend, limits, rotate(2)).state).toMatchObject({
      kind: 'suspended',
      user: { limits: { concurrentCalls: 3, callsPerMinute: 10 }, credential: { credentialVersion: 2 } },
    })
    given(createUser, limits).when(limits).thenNothing()
  })
  it('gives its names and its secret back when it is removed', () => {
    given(createUser, alias('AddSipUserAlias', 'support'), rotate(2))
      .when(remove)
      .then(
        sipUserEvent('sip_user.removed', {
          ...of,
          names: [
            { name: 'alice', claimId: uuid(1000) },
            { name: 'care4w-1000001', claimId: uuid(1000) },
            { name: 'support', claimId: uuid(1001) },
          ],
          formerSecretId: uuid(912),
        }),
      )
    given(createUser, remove).when(remove).thenNothing()
  })
  it('is not removed while something leads to it', () => {
    given(createUser)
      .when({ ...remove, usedBy: [`number-${uuid(30)}`] })
      .thenRefused('IN_USE', 'id')
  })
  it('is gone for good once it is removed', () => {
    for (const command of [createUser, suspend, resume, rotate(2), alias('AddSipUserAlias', 'x')]) {
      given(createUser, remove).when(command).thenRefused('REMOVED')
    }
  })
  it('must be there to be changed', () => {
    for (const command of [suspend, resume, remove, rotate(1)]) given().when(command).thenRefused('NOT_FOUND')
  })
})

describe('credentials', () => {
  const bare = { ...createUser, credential: null }
  const set = { ...rotate(1), type: 'SetSipUserCredential' } as const

  it('are set once and then rotated', () => {
    given(bare)
      .when(set)
      .then(sipUserEvent('sip_user.credential_set', { ...of, credential: set.credential, formerSecretId: null }))
    given(bare, set).when(set).thenNothing()
    given(bare, set)
      .when({ ...rotate(2), type: 'SetSipUserCredential' })
      .thenRefused('WRONG_SITUATION', 'credential')
    given(bare).when(rotate(1)).thenRefused('WRONG_SITUATION', 'credential')
  })
  it('name the former secret, so that it can be destroyed', () => {
    given(createUser)
      .when(rotate(2))
      .then(
        sipUserEvent('sip_user.credential_rotated', {
          ...of,
          credential: { secretId: uuid(912), credentialVersion: 2 },
          formerSecretId: uuid(900),
        }),
      )
    given(createUser, rotate(2)).when(rotate(2)).thenNothing()
  })
  it('follow each other without a gap, so that of two rotations at a time one is refused', () => {
    given(createUser, rotate(2)).when(rotate(2, 999)).thenRefused('STALE_CREDENTIAL', 'credential.credentialVersion')
    given(createUser).when(rotate(3)).thenRefused('STALE_CREDENTIAL', 'credential.credentialVersion')
    given(createUser).when(rotate(2, 900)).thenRefused('STALE_CREDENTIAL', 'credential.secretId')
  })
})

describe('unlocking', () => {
  it('is asked for as often as needed, but each request counts once', () => {
    const unlock = { type: 'UnlockSipUser', ...to, source: '192.0.2.9' } as const
    given(createUser)
      .when(unlock)
      .then(sipUserEvent('sip_user.unlocked', { ...of, source: '192.0.2.9', requestId: uuid(1001) }))
    given(createUser, unlock).when(unlock).thenNothing()
    expect(given(createUser, unlock).when({ ...unlock, commandId: uuid(1002) }).types).toEqual(['sip_user.unlocked'])
    given(createUser)
      .when({ ...unlock, source: 'everyone' })
      .thenRefused('INVALID', 'source')
  })
})

describe('aliases', () => {
  it('are added and removed, each once, whatever the case', () => {
    const add = alias('AddSipUserAlias', 'Support')
    given(createUser)
      .when(add)
      .then(sipUserEvent('sip_user.alias_added', { ...of, alias: 'Support', claimId: uuid(1001) }))
    given(createUser, add).when(alias('AddSipUserAlias', 'SUPPORT')).thenNothing()
    given(createUser, add)
      .when({ ...alias('RemoveSipUserAlias', 'support'), commandId: uuid(1002) })
      .then(sipUserEvent('sip_user.alias_removed', { ...of, alias: 'Support', claimId: uuid(1001) }))
    given(createUser).when(alias('RemoveSipUserAlias', 'support')).thenNothing()
  })
  it('differ from the user name, which cannot be taken off either', () => {
    given(createUser).when(alias('AddSipUserAlias', 'Alice')).thenRefused('INVALID', 'alias')
    given(createUser).when(alias('RemoveSipUserAlias', 'alice')).thenRefused('INVALID', 'alias')
  })
  it('are at most 100', () => {
    const aliases = Array.from({ length: 100 }, (_, i) => `a${i}`)
    given({ ...createUser, aliases })
      .when(alias('AddSipUserAlias', 'one-more'))
      .thenRefused('INVALID', 'alias')
    given()
      .when({ ...createUser, aliases: [...aliases, 'one-more'] })
      .thenRefused('INVALID', 'aliases')
  })
})
