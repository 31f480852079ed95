import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createVault, digestsFromText, sipDigests } from '@trunkline/vault'
import { quickest } from '../../../../test/support/in-time.js'
import type { BulkJob } from '../bulk.js'
import { operator, root, startWriteSide, VAULT_KEY, type WriteSide } from '../testing/write-side.js'

let side: WriteSide
let now = Date.now
beforeAll(async () => {
  side = await startWriteSide({ clock: () => now() })
})
afterAll(() => side.dispose())

const users = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => ({
    username: `${prefix}${i}`,
    person: { displayName: `Person ${i}` },
    aliases: i % 10 === 0 ? [`${prefix}-alias-${i}`] : [],
  }))

async function untilDone(id: string): Promise<BulkJob> {
  for (;;) {
    const job = await side.commander.bulk.job(id, operator)
    if (job.state === 'done') return job
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a bulk of users', () => {
  it('creates every user once, and shows each password until it was confirmed', async () => {
    const rows = users(1200, 'u')
    const request = { users: rows, viewer: operator, idempotencyKey: 'bulk-1' }
    const started = await side.commander.bulk.start(request)
    expect(started).toMatchObject({ tenant: 'a.example', state: 'running', total: 1200, startedBy: operator.user })
    const began = performance.now()
    const job = await untilDone(started.id)
    const perSecond = (1200 / (performance.now() - began)) * 1000
    expect(job).toMatchObject({ done: 1200, failed: 0 })
    // a floor that a busy machine keeps, too; measured figures stand in the documents
    expect(perSecond).toBeGreaterThan(100)
    expect(await side.commander.bulk.start(request)).toMatchObject({ id: job.id, state: 'done' })

    const shown = new Map<string, string>()
    for (let after: number | undefined; ;) {
      const page = await side.commander.bulk.takeCredentials({ id: job.id, viewer: operator, after, limit: 500 })
      for (const { username, password } of page.credentials) shown.set(username, password)
      if (page.next === null) break
      const again = await side.commander.bulk.takeCredentials({ id: job.id, viewer: operator, after, limit: 500 })
      expect(again).toEqual(page)
      after = page.next
    }
    expect(shown.size).toBe(1200)
    expect(await side.commander.bulk.takeCredentials({ id: job.id, viewer: operator })).toEqual({
      credentials: [],
      next: null,
    })

    const [first] = await side.commander.bulk.created({ id: job.id, viewer: operator, after: 16, limit: 1 })
    expect(first).toMatchObject({ row: 17, username: 'u17' })
    const [event] = await side.eventStore.read(`sip_user-${first!.id}`)
    const { credential, person } = event!.data as {
      credential: { secretId: string }
      person: { displayName: { keyId: string; text: string } }
    }
    const kept = await side.vault.secrets('sip_user', [credential.secretId])
    const password = shown.get('u17')!
    expect(digestsFromText(kept.get(credential.secretId)!)).toEqual(
      sipDigests({ username: 'u17', domain: 'a.example', password }),
    )
    expect(await side.vault.open([person.displayName])).toEqual(['Person 17'])
  })

  it('goes on past names that are taken, and tells which', async () => {
    await side.send('createSipUser', { username: 'taken', aliases: ['taken-too'] })
    const rows = [
      { username: 'v1' },
      { username: 'TAKEN' },
      { username: 'v2', aliases: ['free', 'taken-too'] },
      { username: 'v3', password: 'chosen-for-v3' },
    ]
    const { id } = await side.commander.bulk.start({ users: rows, viewer: operator, idempotencyKey: 'bulk-2' })
    expect(await untilDone(id)).toMatchObject({ done: 2, failed: 2, total: 4 })
    const failures = await side.commander.bulk.failures({ id, viewer: operator })
    expect(failures).toMatchObject([
      { row: 1, username: 'taken', code: 'TAKEN', faults: [{ field: 'username' }] },
      { row: 2, username: 'v2', code: 'TAKEN', faults: [{ field: 'aliases[1]' }] },
    ])
    const { credentials } = await side.commander.bulk.takeCredentials({ id, viewer: operator })
    expect(credentials.map(({ username }) => username)).toEqual(['v1'])
    // what the refused row had claimed is free
    await side.send('createSipUser', { username: 'free' })
  })

  it('is refused as a whole, with rows and fields, when a row is wrong by itself', async () => {
    const rows = [{ username: 'w1' }, { username: 'w 2' }, { username: 'w3', colour: 1 }, { username: 'W1' }]
    const refused = side.commander.bulk.start({ users: rows, viewer: operator, idempotencyKey: 'bulk-3' })
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID',
      faults: [
        { field: 'users[1].username' },
        { field: 'users[2].colour', rule: 'is not known here' },
        { field: 'users[3].username', rule: 'must not repeat a name of an earlier row' },
      ],
    })
    await side.send('createSipUser', { username: 'w1' })
  })

  it('takes no name that cannot be kept, and no list that would be long to look at', async () => {
    const row = { username: 'z1', person: { displayName: 'half a character: \ud83d', email: 'a\u0000@b.example' } }
    const aliases = Array.from({ length: 500_000 }, (_, i) => `a${i}`)
    const users = [row, { username: 'z2', aliases }]
    const isRefused = () =>
      expect(side.commander.bulk.start({ users, viewer: operator, idempotencyKey: 'bulk-5' })).rejects.toMatchObject({
        code: 'INVALID',
        faults: [
          { field: 'users[0].person.displayName' },
          { field: 'users[0].person.email' },
          { field: 'users[1].aliases', rule: 'must be a list of 0 to 100' },
        ],
      })
    expect(await quickest(2_000, isRefused)).toBeLessThan(2_000)
  })

  it('does not call its own what a bulk of the same key made, when that one was forgotten', async () => {
    const request = { users: users(3, 'monthly'), viewer: operator, idempotencyKey: 'monthly' }
    const { id } = await side.commander.bulk.start(request)
    await untilDone(id)
    // as a week later
    await side.viewStore.transaction(async (tx) => {
      await tx.run('DELETE FROM command_bulk_rows WHERE job_id = ?', [id])
      await tx.run('DELETE FROM command_bulk_jobs WHERE id = ?', [id])
    })
    now = () => Date.now() + 8 * 86_400_000
    const again = await side.commander.bulk.start({ ...request, users: users(4, 'monthly') })
    expect(await untilDone(again.id)).toMatchObject({ done: 1, failed: 3 })
    now = Date.now
    const { credentials } = await side.commander.bulk.takeCredentials({ id, viewer: operator })
    expect(credentials.map(({ username }) => username)).toEqual(['monthly3'])
    const failures = await side.commander.bulk.failures({ id, viewer: operator })
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['ALREADY_EXISTS']))
  })

  it('does not keep others waiting when it cannot go on', async () => {
    const vault = await createVault({ store: side.viewStore, key: VAULT_KEY, formerKeys: [] })
    const seal = (id: string, text: string) =>
      text === 'Person 0' ? Promise.reject(new Error('cannot be sealed')) : vault.seal(id, text)
    const broken = new Proxy(vault, {
      get: (of, name) => (name === 'seal' ? seal : (of[name as 'seal'] as unknown as () => void).bind(of)),
    })
    const own = await startWriteSide({ vault: broken })
    try {
      const stuck = { users: users(1, 'stuck'), viewer: operator, idempotencyKey: 'stuck' }
      await own.commander.bulk.start(stuck)
      const { id } = await own.commander.bulk.start({
        users: [{ username: 'free' }],
        viewer: operator,
        idempotencyKey: 'next',
      })
      const end = performance.now() + 60_000
      const isDone = async () => (await own.commander.bulk.job(id, operator)).state === 'done'
      while (!(await isDone()) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await isDone()).toBe(true)
    } finally {
      await own.dispose()
    }
  })

  it('is for operators of its tenant, and its key for one bulk', async () => {
    const start = (more: object) =>
      side.commander.bulk.start({ users: [{ username: 'y1' }], viewer: operator, idempotencyKey: 'bulk-4', ...more })
    await expect(start({ viewer: { ...operator, role: 'analyst' } })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(start({ tenant: 'b.example' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(start({ viewer: root })).rejects.toMatchObject({ code: 'INVALID', faults: [{ field: 'tenant' }] })
    const { id } = await start({})
    await expect(start({ users: [{ username: 'y2' }] })).rejects.toMatchObject({ code: 'KEY_REUSED' })
    const foreign = { ...operator, tenant: 'b.example', user: 'o@b.example' }
    await expect(side.commander.bulk.job(id, foreign)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await untilDone(id)
  })
})
