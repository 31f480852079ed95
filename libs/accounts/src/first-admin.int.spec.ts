/** `npm run first-admin` as a person runs it, and two of it at once. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { VIEW_STORES, type ViewStores } from '../../../test/support/view-stores.js'
import { HOME, PASSWORD, workbench } from './testing/workbench.js'

const SCRIPT = join(import.meta.dirname, '../../../apps/command-api/dist/first-admin.js')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function firstAdmin(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const clean = { PATH: process.env['PATH'], LOG_LEVEL: 'info', ...env }
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env: clean, timeout: 120_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

const passwordIn = (out: string) => /^password, to be used once: (\S+)$/m.exec(out)?.[1]

describe.each(VIEW_STORES)('the first admin, with $name,', ({ start }) => {
  let stores: ViewStores
  beforeAll(async () => {
    stores = await start()
  })
  afterAll(() => stores.dispose())

  async function place(database: string): Promise<NodeJS.ProcessEnv> {
    const where = await stores.place(database)
    // the file of SQLite has its fixed name in the data folder
    return where.startsWith('mysql:')
      ? { MYSQL_URL: where, DATA_DIR: '/nonexistent/x', JWT_SECRET: 's'.repeat(40) }
      : { DATA_DIR: where.replace(/[^/]*$/, '') }
  }

  it('is made once by two processes that run at once, and can set a password', async () => {
    const env = await place('views')
    const ended = await Promise.all([firstAdmin(env, '--name', 'root'), firstAdmin(env, '--name', 'chief')])
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 2])
    const [made, refused] = ended[0].code === 0 ? ended : [ended[1], ended[0]]
    expect(refused.err).toContain('There is an admin already')
    expect(refused.out).toBe('')
    const password = passwordIn(made.out)!
    expect(password).toHaveLength(24)
    expect(made.err).not.toContain(password)
    expect(made.out).toMatch(/^The first admin is made, in the (folder \/|database of MYSQL_URL)/)
    const again = await firstAdmin(env, '--name', 'root', '--again')
    expect(again.code).toBe(0)
    const store = await stores.open('views')
    try {
      const { accounts } = await workbench(store)
      const request = { name: 'root', password: passwordIn(again.out)!, newPassword: PASSWORD }
      expect((await accounts.changePassword(request, HOME)).account).toMatchObject({ name: 'root', tenant: '*' })
      await expect(accounts.changePassword({ ...request, password }, HOME)).rejects.toMatchObject({
        code: 'INVALID_LOGIN',
      })
    } finally {
      await store.close()
    }
    expect(await firstAdmin(env, '--name', 'root', '--again')).toMatchObject({ code: 2, out: '' })
  }, 400_000)

  it('may come before the first start, which finds a folder for its owner only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-first-admin-'))
    try {
      const env = await place('views')
      const data = join(folder, 'data')
      // the other store is full already
      const { code } = await firstAdmin({ ...env, MYSQL_URL: '', DATA_DIR: data }, '--name', 'root')
      expect(code).toBe(0)
      expect(statSync(data).mode & 0o777).toBe(0o700)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is asked for properly, or told how', async () => {
    const env = await place('views')
    expect((await firstAdmin(env, '--help')).out).toContain('usage: npm run first-admin')
    for (const args of [[], ['--name', ''], ['--nam', 'x'], ['--name', 'a b']]) {
      const { code, out, err } = await firstAdmin(env, ...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).not.toMatch(/\n {4}at /)
    }
    const foreign = await firstAdmin({ ...env, JWT_SECRET: '', JWT_JWKS_URL: 'https://id.example/keys' }, '--name', 'x')
    expect(foreign.err).toContain('JWT_JWKS_URL')
  }, 400_000)
})
