import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { digestsFromText, sipDigests } from '@trunkline/vault'
import { createCommander } from './create-commander.js'
import { loggerInto, operator, root, startWriteSide, type WriteSide } from './testing/write-side.js'

let side: WriteSide
beforeAll(async () => {
  side = await startWriteSide()
})
afterAll(() => side.dispose())

const eventsOf = async (stream: string) => (await side.eventStore.read(stream)).map(({ type }) => type)

describe('a user', () => {
  it('is created with a password that is shown once, and whose digests are kept', async () => {
    const input = { username: 'Alice', person: { displayName: 'Alice A.' }, aliases: ['care4w-1000001'] }
    const answer = await side.send('createSipUser', input, { key: 'alice' })
    expect(answer).toMatchObject({ tenant: 'a.example', revision: 0, changed: true, replayed: false })
    const { username, password } = answer.result as { username: string; password: string }
    expect(username).toBe('alice')
    const [created] = await side.eventStore.read(`sip_user-${answer.id}`)
    const { secretId } = (created!.data as { credential: { secretId: string } }).credential
    const kept = digestsFromText((await side.vault.secrets('sip_user', [secretId])).get(secretId)!)
    expect(kept).toEqual(sipDigests({ username: 'alice', domain: 'a.example', password }))
    expect(created!.meta).toMatchObject({ actor: 'olga@a.example', tenant: 'a.example', command: 'createSipUser' })
    const again = await side.send('createSipUser', input, { key: 'alice' })
    expect(again).toEqual({ ...answer, replayed: true, result: { username: 'alice', password: null } })
  })

  it('cannot be created under a name that another has, in whatever case', async () => {
    await side.send('createSipUser', { username: 'bert' })
    const refused = side.send('createSipUser', { username: 'carl', aliases: ['BERT'] })
    await expect(refused).rejects.toMatchObject({ code: 'TAKEN' })
    // what was claimed before the refusal is free again
    await side.send('createSipUser', { username: 'carl' })
  })

  it('is refused with the name and the rule of each field, and never the value', async () => {
    const input = { username: 'x y', password: 'short', aliases: 3, colour: 'red' }
    const error = await side.send('createSipUser', input).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'INVALID',
      faults: [
        { field: 'password', rule: 'must be 12 to 128 printable ASCII characters without blanks' },
        { field: 'aliases', rule: 'must be of type array' },
        { field: 'colour', rule: 'is not known here' },
      ],
    })
    await expect(side.send('createSipUser', {})).rejects.toMatchObject({
      faults: [{ field: 'username', rule: 'must be given (string)' }],
    })
    await expect(side.send('createSipUser', { username: 'x y' })).rejects.toMatchObject({
      faults: [{ field: 'username' }],
    })
  })

  it('goes through its life', async () => {
    const { id } = await side.send('createSipUser', { username: 'dora', password: null })
    const on = async (name: string, input: object = {}) => (await side.send(name, { id, ...input })).changed
    expect(await on('rotateSipUserCredential').catch(({ code }) => code)).toBe('WRONG_SITUATION')
    expect(await on('setSipUserCredential')).toBe(true)
    expect(await on('rotateSipUserCredential', { password: 'chosen-by-hand-1' })).toBe(true)
    expect(await on('updateSipUser', { person: { email: 'dora@a.example' } })).toBe(true)
    expect(await on('updateSipUser', { person: { email: 'dora@a.example' } })).toBe(false)
    expect(await on('suspendSipUser')).toBe(true)
    expect(await on('suspendSipUser')).toBe(false)
    expect(await on('resumeSipUser')).toBe(true)
    expect(await on('setSipUserLimits', { limits: { concurrentCalls: 3 } })).toBe(true)
    expect(await on('addSipUserAlias', { alias: 'Dorothea' })).toBe(true)
    expect(await on('removeSipUserAlias', { alias: 'dorothea' })).toBe(true)
    expect(await on('unlockSipUser', { source: '192.0.2.7' })).toBe(true)
    expect(await on('eraseSipUserPerson')).toBe(true)
    expect(await on('updateSipUser', { person: { email: 'd@a.example' } }).catch(({ code }) => code)).toBe(
      'PERSON_ERASED',
    )
    expect(await on('removeSipUser')).toBe(true)
    expect(await on('eraseSipUserPerson')).toBe(true)
    expect(await eventsOf(`sip_user-${id}`)).toEqual([
      'sip_user.created',
      'sip_user.credential_set',
      'sip_user.credential_rotated',
      'sip_user.updated',
      'sip_user.suspended',
      'sip_user.resumed',
      'sip_user.limits_set',
      'sip_user.alias_added',
      'sip_user.alias_removed',
      'sip_user.unlocked',
      'sip_user.updated',
      'sip_user.removed',
    ])
    // the last secret went with the user
    expect(await side.viewStore.all('SELECT id FROM vault_secrets WHERE purpose = ?', ['pin'])).toEqual([])
    await side.send('createSipUser', { username: 'dora' })
  })
})

describe('the other things', () => {
  it('are made, changed, led to each other and removed', async () => {
    const { send } = side
    const user = await send('createSipUser', { username: 'eva' })
    const trunk = await send('createTrunk', {
      name: 'carrier',
      settings: { hosts: [{ host: 'sip.carrier.example' }], registration: { domain: 'sip.carrier.example' } },
      auth: { username: '49301234', password: 'given by the provider' },
    })
    const backup = await send('createTrunk', {
      name: 'backup',
      settings: { hosts: [{ host: '192.0.2.9', port: 5080 }] },
    })
    await send('activateTrunk', { id: trunk.id })
    await send('updateTrunk', { id: trunk.id, settings: { limits: { concurrentCalls: 10 } } })
    await send('setTrunkCredential', { id: trunk.id, auth: { username: 'other' } })
    await send('setTrunkCredential', { id: trunk.id, auth: { username: 'other', password: 'and another' } })
    const noPassword = send('setTrunkCredential', { id: backup.id, auth: { username: 'x' } })
    await expect(noPassword).rejects.toMatchObject({ code: 'INVALID', faults: [{ field: 'auth.password' }] })

    const room = await send('createConferenceRoom', {
      number: '8000',
      settings: { name: 'Board', pin: '4711', moderatorPin: '0815', moderators: [user.id], waitForModerator: true },
    })
    const samePin = send('updateConferenceRoom', { id: room.id, settings: { moderatorPin: '4711' } })
    await expect(samePin).rejects.toMatchObject({ faults: [{ field: 'settings.moderatorPin' }] })
    expect(await send('updateConferenceRoom', { id: room.id, settings: { pin: '4711' } })).toMatchObject({
      changed: false,
    })
    await send('updateConferenceRoom', { id: room.id, settings: { pin: '4712', name: 'Big board' } })

    const queue = await send('createCallQueue', {
      number: '7000',
      settings: { name: 'Support', overflow: { kind: 'room', id: room.id } },
    })
    await send('updateCallQueue', { id: queue.id, settings: { ringSeconds: 30 } })
    await send('putQueueAgent', { id: queue.id, userId: user.id })
    await send('putQueueAgent', { id: queue.id, userId: user.id, tier: 2 })

    const menu = await send('createIvrMenu', {
      number: '6000',
      settings: {
        name: 'Welcome',
        greeting: 'welcome.wav',
        entries: [{ digits: '1', action: { kind: 'queue', id: queue.id } }],
      },
    })
    const second = await send('createIvrMenu', {
      number: '6001',
      settings: {
        name: 'More',
        greeting: 'more.wav',
        entries: [{ digits: '1', action: { kind: 'menu', id: menu.id } }],
      },
    })
    const circle = send('updateIvrMenu', { id: menu.id, settings: { onTimeout: { kind: 'menu', id: second.id } } })
    await expect(circle).rejects.toMatchObject({ code: 'LOOP', faults: [{ field: 'settings.onTimeout' }] })
    await send('updateIvrMenu', { id: menu.id, settings: { maxInvalid: 5 } })

    const number = await send('addNumber', { number: '+493012345678' })
    const nobody = '00000000-0000-4000-8000-000000000000'
    const unknown = send('assignNumber', { id: number.id, target: { kind: 'user', id: nobody } })
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_REFERENCE' })
    await send('assignNumber', { id: number.id, target: { kind: 'menu', id: menu.id } })

    const routes = await send('replaceRoutes', {
      rules: [
        { kind: 'alias', pattern: 'care4w-[0-9]{7}', target: { kind: 'freeswitch' } },
        { kind: 'local' },
        { kind: 'external', prefix: '', trunks: [{ trunkId: trunk.id, weight: 100 }] },
      ],
    })
    const [, , external] = (routes.result as { ruleIds: string[] }).ruleIds
    await send('setTrunkShare', { ruleId: external, trunkId: backup.id, against: trunk.id, percent: 10 })
    await send('putRoute', {
      ruleId: nobody,
      rule: { kind: 'external', prefix: '+49', trunks: [{ trunkId: trunk.id, weight: 100 }] },
    })
    await send('deactivateTrunk', { id: trunk.id })
    await expect(send('removeTrunk', { id: trunk.id })).rejects.toMatchObject({ code: 'IN_USE' })
    await expect(send('removeSipUser', { id: user.id })).rejects.toMatchObject({ code: 'IN_USE' })
    await expect(send('removeIvrMenu', { id: menu.id })).rejects.toMatchObject({ code: 'IN_USE' })

    await send('removeRoute', { ruleId: nobody })
    await send('replaceRoutes', { rules: [] })
    await send('removeTrunk', { id: trunk.id })
    await send('removeTrunk', { id: backup.id })
    await send('releaseNumber', { id: number.id })
    await send('removeNumber', { id: number.id })
    await send('removeIvrMenu', { id: second.id })
    await send('removeIvrMenu', { id: menu.id })
    await send('removeQueueAgent', { id: queue.id, userId: user.id })
    await send('removeCallQueue', { id: queue.id })
    await send('removeConferenceRoom', { id: room.id })
    await send('removeSipUser', { id: user.id })
    const left = await side.viewStore.all('SELECT id FROM vault_secrets WHERE purpose <> ?', ['sip_user'])
    expect(left).toEqual([])
  })

  it('are callers, too: blocked, unblocked, for all tenants by an admin of all alone', async () => {
    const key = { match: 'prefix', value: '+4990' }
    const blocked = await side.send('blockCaller', { ...key, reason: 'spam', expiresAt: '2199-01-01T00:00:00Z' })
    expect(blocked).toMatchObject({ id: 'a.example/prefix/+4990', tenant: 'a.example', revision: 0 })
    const foreign = side.send('blockCaller', { ...key, tenant: '*' })
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const everywhere = await side.send('blockCaller', { ...key, tenant: '*' }, { viewer: root })
    expect(everywhere).toMatchObject({ id: '*/prefix/+4990', tenant: '*' })
    expect(await side.send('unblockCaller', key)).toMatchObject({ changed: true, revision: 1 })
    expect(await side.send('unblockCaller', { match: 'exact', value: 'nobody' })).toMatchObject({
      changed: false,
      revision: -1,
    })
    const past = side.send('blockCaller', { ...key, expiresAt: '2001-01-01T00:00:00Z' })
    await expect(past).rejects.toMatchObject({ code: 'INVALID', faults: [{ field: 'expiresAt' }] })
  })
})

describe('a command', () => {
  it('is for those who may send it, and for their tenant', async () => {
    const viewer = { ...operator, role: 'analyst' } as const
    await expect(side.send('createSipUser', { username: 'x' }, { viewer })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(side.send('createSipUser', { username: 'x', tenant: 'b.example' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(side.send('createSipUser', { username: 'x' }, { viewer: root })).rejects.toMatchObject({
      faults: [{ field: 'tenant' }],
    })
    const { id } = await side.send('createSipUser', { username: 'x', tenant: 'B.example' }, { viewer: root })
    await expect(side.send('suspendSipUser', { id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(side.send('dance', {})).rejects.toMatchObject({ code: 'UNKNOWN_COMMAND' })
    await expect(side.send('resumeSipUser', { id }, { key: ' ' })).rejects.toMatchObject({ code: 'KEY_INVALID' })
  })

  it('that comes with a revision is done on that revision alone', async () => {
    const { id } = await side.send('createSipUser', { username: 'fred' })
    const suspend = (expectedRevision: number, key: string) =>
      side.send('suspendSipUser', { id }, { expectedRevision, key })
    await expect(suspend(3, 'a')).rejects.toMatchObject({ code: 'STALE_REVISION', revision: 0, status: 412 })
    expect(await suspend(0, 'b')).toMatchObject({ revision: 1, changed: true })
    // sent again, it is the same command and not another one
    expect(await suspend(0, 'b')).toMatchObject({ revision: 1, changed: true, replayed: true })
  })

  it('may not take the key of another one', async () => {
    await side.send('createSipUser', { username: 'gina', password: 'a-password-of-gina' }, { key: 'g' })
    const other = { username: 'gina', password: 'b-password-of-gina' }
    await expect(side.send('createSipUser', other, { key: 'g' })).rejects.toMatchObject({ code: 'KEY_REUSED' })
    // of somebody else it may: keys are each sender's own
    const viewer = { ...operator, user: 'otto@a.example' }
    expect(await side.send('createSipUser', { username: 'hans' }, { key: 'g', viewer })).toMatchObject({
      changed: true,
    })
  })

  it('that was refused may be sent again with the same key, corrected', async () => {
    await side.send('createSipUser', { username: 'ida' })
    await expect(side.send('createSipUser', { username: 'ida' }, { key: 'i' })).rejects.toMatchObject({ code: 'TAKEN' })
    expect(await side.send('createSipUser', { username: 'ida2' }, { key: 'i' })).toMatchObject({ replayed: false })
  })

  it('whose record was lost is still done once, and shows no password that is not the one', async () => {
    const rotate = () => side.send('createSipUser', { username: 'lost' }, { key: 'lost' })
    const first = await rotate()
    await side.viewStore.transaction((tx) => tx.run('DELETE FROM command_records'))
    const again = await rotate()
    expect(again).toEqual({ ...first, result: { username: 'lost', password: null } })
    expect(await eventsOf(`sip_user-${first.id}`)).toEqual(['sip_user.created'])
  })

  it('that comes twice at once is done once, by whichever process, and its password is shown to one', async () => {
    const { eventStore, viewStore, vault, things } = side
    const other = await createCommander({ eventStore, viewStore, vault, things, logger: loggerInto([]) })
    try {
      const request = { name: 'createSipUser', input: { username: 'jana' }, viewer: operator, idempotencyKey: 'j' }
      const answers = await Promise.all(
        [side.commander, other, side.commander, other].map((commander) => commander.execute(request)),
      )
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
      const shown = answers.filter(({ result }) => (result as { password: string | null }).password !== null)
      expect(shown).toHaveLength(1)
      expect(await eventsOf(`sip_user-${answers[0]!.id}`)).toEqual(['sip_user.created'])
    } finally {
      await other.close()
    }
  })
})
