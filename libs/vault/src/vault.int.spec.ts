/** The vault upon the real stores. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { validateSealed } from '@trunkline/domain'
import { ViewStoreUnavailableError, type ViewStore } from '@trunkline/ports'
import fc from 'fast-check'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { createVault, startRewrap, type ManagedVault, type NewSecret } from './index.js'

const newKey = () => randomBytes(32)
const secret = (text: string, purpose: NewSecret['purpose'] = 'sip_user'): NewSecret => ({
  id: randomUUID(),
  purpose,
  text,
})
const dump = async (store: ViewStore) => {
  const tables = ['vault_secrets', 'vault_persons', 'vault_keys']
  return JSON.stringify(await Promise.all(tables.map((table) => store.all(`SELECT * FROM ${table}`))))
}

describe.each(VIEW_STORES)('the vault in $name', ({ name, start }) => {
  let stores: ViewStores
  let databases = 0
  const opened: ViewStore[] = []

  beforeAll(async () => {
    stores = await start()
  })
  afterAll(async () => {
    for (const store of opened) await store.close()
    await stores.dispose()
  })

  async function open(database = `vault_${++databases}`): Promise<ViewStore> {
    const store = await stores.open(database)
    opened.push(store)
    return store
  }
  async function fresh(): Promise<{ store: ViewStore; vault: ManagedVault; key: Buffer }> {
    const store = await open()
    const key = newKey()
    return { store, key, vault: await createVault({ store, key, formerKeys: [] }) }
  }

  it('keeps thousands of secrets in one go, gives them back, and holds none of them in clear', async () => {
    const { store, vault } = await fresh()
    const secrets = Array.from({ length: 3000 }, (_, n) => secret(`clear-secret-${n}-${randomUUID()}`))
    await vault.putSecrets(secrets)
    const ids = [...secrets.map(({ id }) => id), randomUUID(), secrets[0]!.id]
    const texts = await vault.secrets('sip_user', ids)
    expect(texts).toEqual(new Map(secrets.map(({ id, text }) => [id, text])))
    expect(await dump(store)).not.toContain('clear-secret')
  })

  it('takes the same secret again, and refuses another under its id without keeping any of the rest', async () => {
    const { vault } = await fresh()
    const [one, two] = [secret('one'), secret('two', 'trunk')]
    await vault.putSecrets([one, two, one])
    await vault.putSecrets([two, one])
    const third = secret('third')
    const refused = (secrets: NewSecret[], code: string) =>
      expect(vault.putSecrets(secrets)).rejects.toMatchObject({ code, retryable: false })
    await refused([third, { ...one, text: 'other' }], 'SECRET_DIFFERS')
    await refused([third, { ...one, purpose: 'pin' }], 'PURPOSE_DIFFERS')
    await refused([third, { ...third, text: 'other' }], 'SECRET_DIFFERS')
    await refused([third, { ...third, purpose: 'pin' }], 'PURPOSE_DIFFERS')
    await refused([third, { ...third, id: 'no uuid' }], 'INPUT_INVALID')
    await refused([third, secret('x'.repeat(8193))], 'INPUT_INVALID')
    expect((await vault.secrets('sip_user', [one.id, third.id])).size).toBe(1)
    await expect(vault.secrets('sip_user', [two.id])).rejects.toMatchObject({ code: 'PURPOSE_DIFFERS' })
    await vault.putSecrets([])
    expect((await vault.secrets('pin', [])).size).toBe(0)
  })

  it('gives the same to two processes that put the same at once, and one of two that differ', async () => {
    const store = await open('vault_shared')
    const other = await open('vault_shared')
    const key = newKey()
    const [a, b] = await Promise.all([store, other].map((one) => createVault({ store: one, key, formerKeys: [] })))
    const same = secret('same')
    await Promise.all([a!.putSecrets([same]), b!.putSecrets([same])])
    const id = randomUUID()
    const results = await Promise.allSettled([
      a!.putSecrets([{ id, purpose: 'pin', text: 'mine' }]),
      b!.putSecrets([{ id, purpose: 'pin', text: 'yours' }]),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const sealed = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? a! : b!).seal('person-1', `text ${n}`)),
    )
    expect(new Set(sealed.map(({ keyId }) => keyId)).size).toBe(1)
    expect(await b!.open(sealed)).toEqual(Array.from({ length: 20 }, (_, n) => `text ${n}`))
  })

  it('destroys secrets for good', async () => {
    const { store, vault } = await fresh()
    const secrets = Array.from({ length: 1200 }, (_, n) => secret(`s${n}`))
    await vault.putSecrets(secrets)
    await vault.destroySecrets([...secrets.slice(1).map(({ id }) => id), randomUUID()])
    await vault.destroySecrets([])
    expect([
      ...(
        await vault.secrets(
          'sip_user',
          secrets.map(({ id }) => id),
        )
      ).values(),
    ]).toEqual(['s0'])
    expect(await store.all('SELECT COUNT(*) AS n FROM vault_secrets')).toEqual([{ n: 1 }])
  })

  it('seals any text of persons as the domain takes it, and opens it', async () => {
    const { vault } = await fresh()
    const person = fc.string({ unit: fc.constantFrom(...'aZ0-:.@/'), minLength: 1, maxLength: 40 })
    const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((one) => one.isWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(person, text), { maxLength: 8 }), async (given) => {
        const sealed = await Promise.all(given.map(([id, clear]) => vault.seal(id, clear)))
        for (const one of sealed) expect(validateSealed('name', one)).toEqual([])
        expect(await vault.open([null, ...sealed, null])).toEqual([null, ...given.map(([, clear]) => clear), null])
      }),
      { numRuns: 15 },
    )
    await expect(vault.seal('with space', 'x')).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(vault.seal('', 'x')).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(vault.seal('p', 'x'.repeat(2901))).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  })

  it('erases a person for good: no text opens, none is sealed, also when there was no key yet', async () => {
    const { store, vault } = await fresh()
    const [alice, bob] = [await vault.seal('alice', 'Alice A.'), await vault.seal('bob', 'Bob B.')]
    await Promise.all([vault.erasePerson('alice'), vault.erasePerson('alice'), vault.erasePerson('never-seen')])
    expect(await vault.open([alice, bob])).toEqual([null, 'Bob B.'])
    for (const id of ['alice', 'never-seen']) {
      await expect(vault.seal(id, 'x')).rejects.toMatchObject({ name: 'PersonErasedError', code: 'PERSON_ERASED' })
    }
    const rows = await store.all<{ wrapped: string }>('SELECT wrapped FROM vault_persons WHERE erased = 1')
    expect(rows.map(({ wrapped }) => /^0+$/.test(wrapped))).toEqual([true, true])
    expect(await vault.open([alice])).toEqual([null])
  })

  it('says so when the key of a person is not there at all', async () => {
    const { vault } = await fresh()
    const other = await fresh()
    const sealed = await other.vault.seal('alice', 'Alice')
    await expect(vault.open([sealed])).rejects.toMatchObject({ code: 'PERSON_KEY_MISSING' })
  })

  it('refuses what was changed, or put into the place of another, in the database', async () => {
    const { store, vault } = await fresh()
    const [one, two, pin] = [secret('one'), secret('two'), secret('pin', 'pin')]
    await vault.putSecrets([one, two, pin])
    const persons = [await vault.seal('alice', 'Alice'), await vault.seal('bob', 'Bob')] as const
    const run = (sql: string, ...values: string[]) => store.transaction((tx) => tx.run(sql, values))
    const [before] = await store.all<{ sealed: string }>('SELECT sealed FROM vault_secrets WHERE id = ?', [one.id])
    const refused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ name: 'VaultError' })
    // every place of the sealed text
    for (let at = 0; at < before!.sealed.length; at += 7) {
      const letter = before!.sealed[at] === 'A' ? 'B' : 'A'
      const changed = before!.sealed.slice(0, at) + letter + before!.sealed.slice(at + 1)
      await run('UPDATE vault_secrets SET sealed = ? WHERE id = ?', changed, one.id)
      await refused(vault.secrets('sip_user', [one.id]))
    }
    await run('UPDATE vault_secrets SET sealed = ? WHERE id = ?', before!.sealed, two.id)
    await refused(vault.secrets('sip_user', [two.id]))
    await run("UPDATE vault_secrets SET purpose = 'sip_user' WHERE id = ?", pin.id)
    await refused(vault.secrets('sip_user', [pin.id]))
    await refused(vault.putSecrets([{ ...pin, purpose: 'sip_user' }]))
    // keys of persons change their places, and texts the name of their key
    const [alice, bob] = await store.all<{ wrapped: string }>('SELECT wrapped FROM vault_persons ORDER BY person_id')
    await refused(vault.open([{ ...persons[0], keyId: persons[1].keyId }]))
    await refused(vault.open([{ ...persons[0], text: persons[1].text }]))
    await run("UPDATE vault_persons SET wrapped = ? WHERE person_id = 'alice'", bob!.wrapped)
    await refused(vault.open([persons[0]]))
    await refused(vault.seal('alice', 'x'))
    expect(await vault.open([persons[1]])).toEqual(['Bob'])
    await run("UPDATE vault_persons SET wrapped = ? WHERE person_id = 'alice'", alice!.wrapped)
    expect(await vault.open([...persons])).toEqual(['Alice', 'Bob'])
  })

  it('seals text for other tables, bound to its context', async () => {
    const { vault, key } = await fresh()
    const sealed = vault.sealText('an answer', 'command 1')
    expect(sealed).not.toContain('answer')
    expect(vault.openText(sealed, 'command 1')).toBe('an answer')
    expect(() => vault.openText(sealed, 'command 2')).toThrow(expect.objectContaining({ code: 'NOT_AUTHENTIC' }))
    expect(() => vault.openText('an answer', 'command 1')).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
    const again = await createVault({ store: await open(), key: newKey(), formerKeys: [key] })
    expect(again.openText(sealed, 'command 1')).toBe('an answer')
  })

  it('refuses to start without the key of what it keeps, and names that key', async () => {
    const { store, vault, key } = await fresh()
    await createVault({ store, key: newKey(), formerKeys: [] })
    await vault.putSecrets([secret('one')])
    const refused = (options: { key: Buffer; formerKeys: Buffer[] }, code: string) =>
      expect(createVault({ store, ...options })).rejects.toMatchObject({ name: 'VaultError', code })
    await refused({ key: newKey(), formerKeys: [newKey()] }, 'KEY_UNKNOWN')
    await refused({ key: randomBytes(31), formerKeys: [] }, 'KEY_INVALID')
    await refused({ key, formerKeys: [Buffer.alloc(0)] }, 'KEY_INVALID')
    await createVault({ store, key: newKey(), formerKeys: [key] })
  })

  it('seals everything anew with a new key, after which the former one is of no use', async () => {
    const { store, vault, key } = await fresh()
    const secrets = Array.from({ length: 650 }, (_, n) => secret(`s${n}`, n % 2 === 0 ? 'sip_user' : 'trunk'))
    await vault.putSecrets(secrets)
    const sealed = await Promise.all(Array.from({ length: 450 }, (_, n) => vault.seal(`p${n}`, `text ${n}`)))
    await vault.erasePerson('p7')
    const next = newKey()
    const rotated = await createVault({ store, key: next, formerKeys: [key] })
    const late = secret('late')
    await rotated.putSecrets([late])
    await expect(vault.secrets('sip_user', [late.id])).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    // others destroy, and two do the same work
    const [one, two] = await Promise.all([
      rotated.rewrap(),
      rotated.rewrap(),
      rotated.destroySecrets(secrets.slice(0, 100).map(({ id }) => id)),
    ])
    expect(one.persons + two.persons).toBe(450)
    expect(one.secrets + two.secrets).toBeLessThanOrEqual(650)
    const only = await createVault({ store, key: next, formerKeys: [] })
    const texts = await only.secrets(
      'sip_user',
      secrets.filter(({ purpose }) => purpose === 'sip_user').map(({ id }) => id),
    )
    expect([...texts.values()].sort()).toEqual(
      secrets
        .slice(100)
        .filter(({ purpose }) => purpose === 'sip_user')
        .map(({ text }) => text)
        .sort(),
    )
    expect(await only.open(sealed)).toEqual(sealed.map((_, n) => (n === 7 ? null : `text ${n}`)))
    await expect(createVault({ store, key, formerKeys: [] })).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    expect(await only.rewrap()).toEqual({ secrets: 0, persons: 0 })
  })

  it('is sealed anew beside the work of a process, again when the store was away, and can be stopped', async () => {
    const { store, vault, key } = await fresh()
    await vault.putSecrets(Array.from({ length: 450 }, (_, n) => secret(`s${n}`)))
    const next = newKey()
    const rotated = await createVault({ store, key: next, formerKeys: [key] })
    const stopped = new AbortController()
    stopped.abort()
    expect(await rotated.rewrap({ signal: stopped.signal })).toEqual({ secrets: 200, persons: 0 })
    await expect(createVault({ store, key: next, formerKeys: [] })).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    let calls = 0
    const told: unknown[] = []
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const running = startRewrap({
      vault: {
        rewrap: (options) =>
          calls++ === 0 ? Promise.reject(new ViewStoreUnavailableError('away')) : rotated.rewrap(options),
      },
      logger: {
        info: (fields: unknown) => {
          told.push(fields)
          resolve()
        },
        warn: (fields: unknown) => void told.push(fields),
      },
      retryMs: 5,
    })
    await done
    await running.close()
    expect(told).toEqual([{ err: expect.any(ViewStoreUnavailableError) }, { secrets: 250, persons: 0 }])
    await createVault({ store, key: next, formerKeys: [] })
  })

  it('says that the store is away as stores do, and works again', async () => {
    const { store, vault } = await fresh()
    await store.close()
    const away = { code: 'VIEW_STORE_UNAVAILABLE', retryable: true }
    await expect(vault.seal('alice', 'x')).rejects.toMatchObject(away)
    await expect(vault.putSecrets([secret('x')])).rejects.toMatchObject(away)
    await expect(vault.secrets('pin', [randomUUID()])).rejects.toMatchObject(away)
    await expect(vault.seal('alice', 'x')).rejects.toMatchObject(away)
  })

  if (name === 'SQLite') {
    it('leaves no byte of a destroyed key or secret in the files', async () => {
      const place = await stores.place('vault_bytes')
      const store = await stores.open('vault_bytes')
      const vault = await createVault({ store, key: newKey(), formerKeys: [] })
      const secrets = Array.from({ length: 300 }, (_, n) => secret(`secret ${n}`))
      await vault.putSecrets(secrets)
      await Promise.all(Array.from({ length: 300 }, (_, n) => vault.seal(`p${n}`, 'x')))
      const wrapped = await store.all<{ wrapped: string }>("SELECT wrapped FROM vault_persons WHERE person_id < 'p2'")
      const sealed = await store.all<{ sealed: string }>('SELECT sealed FROM vault_secrets')
      for (let n = 0; n < 300; n++) if (`p${n}` < 'p2') await vault.erasePerson(`p${n}`)
      await vault.destroySecrets(secrets.map(({ id }) => id))
      await store.close()
      const folder = dirname(place)
      const bytes = readdirSync(folder)
        .filter((file) => file.startsWith('vault_bytes'))
        .map((file) => readFileSync(join(folder, file), 'latin1'))
        .join()
      expect(wrapped.length).toBeGreaterThan(100)
      expect(wrapped.filter((row) => bytes.includes(row.wrapped.slice(-40)))).toEqual([])
      expect(sealed.filter((row) => bytes.includes(row.sealed.slice(-40)))).toEqual([])
    })
  }
})
