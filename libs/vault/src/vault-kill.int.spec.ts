/** Processes that write to the vault are killed at any moment: a batch is there whole or not at all, and work can go on. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Child } from '../../mysql/src/testing/child.js'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { createVault } from './index.js'

const ROUNDS = 6
const BATCH = 400

const OPEN = `
  import { randomUUID } from 'node:crypto'
  import { openMysqlViewStore } from '@trunkline/mysql'
  import { openSqliteViewStore } from '@trunkline/sqlite'
  import { createVault } from '@trunkline/vault'
  const [place, key, ...former] = process.argv.slice(1)
  const bytes = (hex) => Buffer.from(hex, 'hex')
  const store = place.startsWith('mysql:') ? openMysqlViewStore({ url: place }) : openSqliteViewStore({ file: place })
  const vault = await createVault({ store, key: bytes(key), formerKeys: former.map(bytes) })
  process.stdout.write('begins\\n')`

const PUT = `${OPEN}
  for (let batch = 0; ; batch++) {
    const secrets = Array.from({ length: ${BATCH} }, (_, n) => ({ id: randomUUID(), purpose: 'pin', text: batch + '/' + n }))
    await Promise.all([vault.putSecrets(secrets), ...Array.from({ length: 20 }, (_, n) => vault.seal(batch + '/' + n, 'x'))])
    process.stdout.write(batch + '\\n')
  }`

const REWRAP = `${OPEN}
  await vault.rewrap()
  process.stdout.write('done\\n')`

describe.each(VIEW_STORES)('a process that is killed, with the vault in $name,', ({ start }) => {
  let stores: ViewStores
  const children: Child[] = []
  const run = (script: string, ...args: string[]) => {
    const child = new Child(script, ...args)
    children.push(child)
    return child
  }

  beforeAll(async () => {
    stores = await start()
  })
  afterAll(async () => {
    for (const child of children) await child.kill()
    await stores.dispose()
  })

  it('leaves whole batches of secrets, all that it told of, and persons whose keys open', async () => {
    const place = await stores.place('put')
    const key = randomBytes(32)
    let told = 0
    for (let round = 0; round < ROUNDS; round++) {
      const child = run(PUT, place, key.toString('hex'))
      expect(await child.says()).toBe('begins')
      for (let batch = 0; batch <= round; batch++) expect(await child.says()).toBe(String(batch))
      told += round + 1
      await pause(round * 7)
      await child.kill()
    }
    const store = await stores.open('put')
    try {
      const vault = await createVault({ store, key, formerKeys: [] })
      const rows = await store.all<{ id: string }>('SELECT id FROM vault_secrets')
      expect(rows.length % BATCH).toBe(0)
      expect(rows.length).toBeGreaterThanOrEqual(told * BATCH)
      const texts = await vault.secrets(
        'pin',
        rows.map(({ id }) => id),
      )
      const counts = new Map<string, number>()
      for (const text of texts.values()) counts.set(text.split('/')[0]!, (counts.get(text.split('/')[0]!) ?? 0) + 1)
      for (const count of counts.values()) expect(count % BATCH).toBe(0)
      expect(await vault.open([await vault.seal('0/1', 'again')])).toEqual(['again'])
    } finally {
      await store.close()
    }
  })

  it('in the middle of a change of keys leaves what either key opens, and the next one finishes', async () => {
    const place = await stores.place('rewrap')
    let key = randomBytes(32)
    const store = await stores.open('rewrap')
    try {
      const secrets = Array.from({ length: 1500 }, (_, n) => ({
        id: randomUUID(),
        purpose: 'pin' as const,
        text: `${n}`,
      }))
      const ids = secrets.map(({ id }) => id)
      const first = await createVault({ store, key, formerKeys: [] })
      await first.putSecrets(secrets)
      const sealed = await Promise.all(Array.from({ length: 1500 }, (_, n) => first.seal(`p${n}`, `${n}`)))
      let unfinished = 0
      // more of them when each was killed too late, as on a busy machine
      for (let round = 0; round < ROUNDS || (unfinished === 0 && round < 5 * ROUNDS); round++) {
        const next = randomBytes(32)
        const child = run(REWRAP, place, next.toString('hex'), key.toString('hex'))
        expect(await child.says()).toBe('begins')
        await pause((round % ROUNDS) * 8)
        await child.kill()
        const both = await createVault({ store, key: next, formerKeys: [key] })
        expect((await both.secrets('pin', ids)).size).toBe(1500)
        const left = await both.rewrap()
        if (left.persons > 0) unfinished++
        const only = await createVault({ store, key: next, formerKeys: [] })
        expect([...(await only.secrets('pin', ids)).values()].map(Number).sort((a, b) => a - b)).toEqual(
          secrets.map((_, n) => n),
        )
        expect(await only.open(sealed)).toEqual(sealed.map((_, n) => `${n}`))
        key = next
      }
      expect(unfinished).toBeGreaterThan(0)
    } finally {
      await store.close()
    }
  })
})
