import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLAIM_GRACE_US, reservationEvent, reservationStream, type Sealed } from '@trunkline/domain'
import { ViewStoreUnavailableError } from '@trunkline/ports'
import { randomUUID } from 'node:crypto'
import { createCommander } from '../create-commander.js'
import { dueChecksTable } from '../records/tables.js'
import { loggerInto, operator, startWriteSide, type WriteSide } from '../testing/write-side.js'

let now = Date.parse('2026-01-01T00:00:00Z')
let side: WriteSide
beforeAll(async () => {
  side = await startWriteSide({ clock: () => now, background: false })
})
afterAll(() => side.dispose())

const typesOf = async (stream: string) => (await side.eventStore.read(stream)).map(({ type }) => type)

describe('the sweep', () => {
  it('releases a claim whose command never came to its end, when it is old enough, and no other', async () => {
    const key = { tenant: 'a.example', kind: 'name', value: 'orphan' } as const
    const claim = { ...key, owner: `sip_user-${randomUUID()}`, claimId: randomUUID() }
    const { type, version, data } = reservationEvent('reservation.claimed', claim)
    const event = { id: randomUUID(), type, version, data, time: now * 1000 }
    await side.eventStore.append(reservationStream(key), 'none', [event])
    await side.send('createSipUser', { username: 'held' })

    now += CLAIM_GRACE_US / 1000 - 1
    await side.commander.sweep()
    await expect(side.send('createSipUser', { username: 'orphan' })).rejects.toMatchObject({
      code: 'TAKEN',
      faults: [{ field: 'username' }],
    })
    now += 2
    await side.commander.sweep()
    await side.commander.sweep()
    expect(await typesOf(reservationStream(key))).toEqual(['reservation.claimed', 'reservation.released'])
    expect(await typesOf(reservationStream({ ...key, value: 'held' }))).toEqual(['reservation.claimed'])
    await side.send('createSipUser', { username: 'orphan' })
    expect(await side.viewStore.all('SELECT id FROM command_due_checks')).toHaveLength(0)
  })
})

describe('a check that cannot be looked at', () => {
  it('is told of and put off, and holds up no other', async () => {
    const block = { match: 'exact', value: 'after-broken', expiresAt: new Date(now + 2000).toISOString() }
    const { id } = await side.send('blockCaller', block)
    await side.commander.sweep()
    const broken = { id: 'broken', kind: 'caller', due_at: now + 1, data: 'not JSON' }
    await side.viewStore.transaction((tx) => tx.upsert(dueChecksTable, [broken]))
    now += 2001
    await side.commander.sweep()
    expect(await typesOf(`blocked_caller-${id}`)).toHaveLength(2)
    const left = await side.viewStore.all('SELECT id, due_at FROM command_due_checks')
    expect(left).toEqual([{ id: 'broken', due_at: now + 3_600_000 }])
    expect(side.log.join()).toContain('could not be looked at')
    await side.viewStore.transaction((tx) => tx.remove(dueChecksTable, [{ id: 'broken' }]))
  })
})

describe('a blocked caller', () => {
  it('is let through again when the time is over, once, and not when it was blocked anew meanwhile', async () => {
    const at = (ms: number) => new Date(now + ms).toISOString()
    const block = (value: string, expiresAt: string | null) =>
      side.send('blockCaller', { match: 'exact', value, expiresAt })
    const a = await block('anna', at(1000))
    const b = await block('bert', at(1000))
    await block('bert', at(5000))
    const c = await block('carl', at(1000))
    await block('carl', null)
    now += 1001
    await side.commander.sweep()
    await Promise.all([side.commander.sweep(), side.commander.sweep()])
    expect(await typesOf(`blocked_caller-${a.id}`)).toEqual(['blocked_caller.blocked', 'blocked_caller.unblocked'])
    expect(await typesOf(`blocked_caller-${b.id}`)).toHaveLength(2)
    now += 4000
    await side.commander.sweep()
    const [, , last] = await side.eventStore.read(`blocked_caller-${b.id}`)
    expect(last).toMatchObject({ data: { because: 'expired' }, meta: { actor: 'trunkline', tenant: 'a.example' } })
    expect(await typesOf(`blocked_caller-${c.id}`)).toHaveLength(2)
  })
})

describe('the erasure of a person', () => {
  it('is brought to its end when the process died after it was decided, and nobody asks again', async () => {
    const person = { displayName: 'Zebedee' }
    const { id } = await side.send('createSipUser', { username: 'zebedee', person })
    const [created] = await side.eventStore.read(`sip_user-${id}`)
    const { displayName } = (created!.data as { person: { displayName: Sealed } }).person
    const died = Object.assign(Object.create(side.vault) as typeof side.vault, {
      open: (...args: Parameters<typeof side.vault.open>) => side.vault.open(...args),
      sealText: (...args: Parameters<typeof side.vault.sealText>) => side.vault.sealText(...args),
      openText: (...args: Parameters<typeof side.vault.openText>) => side.vault.openText(...args),
      destroySecrets: (...args: Parameters<typeof side.vault.destroySecrets>) => side.vault.destroySecrets(...args),
      erasePerson: () => Promise.reject(new ViewStoreUnavailableError('gone')),
    })
    const { eventStore, viewStore, things } = side
    const options = { eventStore, viewStore, things, vault: died, logger: loggerInto([]), background: false }
    const dying = await createCommander({ ...options, clock: () => now })
    const request = { name: 'eraseSipUserPerson', input: { id }, viewer: operator, idempotencyKey: 'erase' }
    await expect(dying.execute(request)).rejects.toMatchObject({ retryable: true })
    await dying.close()
    expect(await side.vault.open([displayName])).toEqual(['Zebedee'])
    now += 10_001
    await side.commander.sweep()
    expect(await side.vault.open([displayName])).toEqual([null])
  })
})

describe('an idempotency key', () => {
  it('is known for a week, and a new one after it', async () => {
    const { id } = await side.send('createSipUser', { username: 'weekly' })
    const suspend = () => side.send('suspendSipUser', { id }, { key: 'week' })
    expect(await suspend()).toMatchObject({ changed: true, replayed: false })
    await side.send('resumeSipUser', { id })
    now += 6 * 86_400_000
    expect(await suspend()).toMatchObject({ replayed: true })
    now += 2 * 86_400_000
    expect(await suspend()).toMatchObject({ changed: true, replayed: false, revision: 3 })
  })
})
