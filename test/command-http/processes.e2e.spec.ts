/** The built apps (`npm run build`) as processes: projector, command-api and graphql on one data folder. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { byGraphql, byRest, type Outcome } from './senders.js'
import { rest, SECRET, token, VAULT_KEY, type World } from './world.js'

const APPS = join(import.meta.dirname, '../../apps')

let folder: string
let env: Record<string, string>
let operator: string
const running = new Map<AppName, StartedApp>()
const start = async (name: AppName) => running.set(name, await startApp(name, env)).get(name)!
const urlOf = (name: AppName): World => ({ url: running.get(name)!.url }) as World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-processes-'))
  env = { DATA_DIR: folder, JWT_SECRET: SECRET, VAULT_KEY }
  operator = await token('operator')
  await start('projector')
  await Promise.all([start('command-api'), start('graphql')])
})
afterAll(async () => {
  for (const app of running.values()) await app.stop()
  rmSync(folder, { recursive: true, force: true })
})

function runToEnd(name: AppName, over: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  return spawnSync(process.execPath, [join(APPS, name, 'dist/main.js')], {
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'warn', ...over },
    encoding: 'utf8',
    timeout: 55_000,
  })
}

describe('command-api', () => {
  it('says where it takes commands, is healthy, and describes itself', async () => {
    const { url } = running.get('command-api')!
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ ok: true })
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('trunkline_ready 1')
    expect((await rest({ url }, 'GET /v1/openapi.json')).body.openapi).toBe('3.1.1')
  })

  it('and graphql do one command once, whichever of them it is sent to', async () => {
    const [one, other] = [byRest(urlOf('command-api'), operator), byGraphql(urlOf('graphql'), operator)]
    const key = 'shared-key-1'
    const answers = await Promise.all([
      one('createSipUser', { username: 'both' }, { key }),
      other('createSipUser', { username: 'both' }, { key }),
    ])
    const done = answers.flatMap(({ answer }) => answer ?? [])
    // the one that came second may be told that the command is being done
    expect(answers.filter(({ code }) => code !== undefined).map(({ code }) => code)).toEqual(
      done.length === 2 ? [] : ['IN_PROGRESS'],
    )
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1)
    const again = await other('createSipUser', { username: 'both' }, { key })
    expect(again.answer).toMatchObject({ id: done[0]!.id, replayed: true, result: { password: null } })
  })

  it('and graphql change one thing at once without losing a change', async () => {
    const [one, other] = [byRest(urlOf('command-api'), operator), byGraphql(urlOf('graphql'), operator)]
    const { answer } = await one('createSipUser', { username: 'busy' })
    const id = answer!.id
    const aliases = Array.from({ length: 12 }, (_, i) => `busy-${i}`)
    const sent: Promise<Outcome>[] = aliases.map((alias, i) => [one, other][i % 2]!('addSipUserAlias', { id, alias }))
    const codes = (await Promise.all(sent)).map(({ code }) => code)
    for (const [i, code] of codes.entries()) {
      if (code === undefined) continue
      expect(['BUSY', 'UNAVAILABLE']).toContain(code)
      expect((await one('addSipUserAlias', { id, alias: aliases[i] })).code).toBeUndefined()
    }
    const read = await rest(urlOf('command-api'), `GET /v1/sip-users/${id}?atLeastRevision=12`, { bearer: operator })
    expect([...read.body.aliases].sort()).toEqual([...aliases].sort())
  })

  it('knows after kill -9 what it was sent before', async () => {
    const key = 'before-the-kill'
    const first = await byRest(urlOf('command-api'), operator)('createSipUser', { username: 'killed' }, { key })
    await running.get('command-api')!.stop()
    await start('command-api')
    const again = await byRest(urlOf('command-api'), operator)('createSipUser', { username: 'killed' }, { key })
    expect(again.answer).toMatchObject({ id: first.answer!.id, replayed: true })
  })

  it('is the only one of its kind on a folder, and refuses production without VAULT_KEY with what to do', () => {
    expect(runToEnd('command-api', env)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Another Trunkline process is using'),
    })
    const other = mkdtempSync(join(tmpdir(), 'trunkline-no-key-'))
    const refused = runToEnd('command-api', { DATA_DIR: other, JWT_SECRET: SECRET })
    rmSync(other, { recursive: true })
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringMatching(/VAULT_KEY must be set.*openssl rand/) })
  })
})

describe('npm start', () => {
  it('takes commands by REST and GraphQL; a graphql beside it on the same folder leaves them to it', async () => {
    const own = mkdtempSync(join(tmpdir(), 'trunkline-standalone-'))
    const settings = { ...env, DATA_DIR: own, SIMULATED_SPEED: '1' }
    const standalone = await startApp('standalone', settings)
    const beside = await startApp('graphql', settings)
    try {
      const made = await byGraphql(standalone as never, operator)('createSipUser', { username: 'alone' })
      expect(made.answer).toMatchObject({ changed: true, result: { password: expect.any(String) } })
      const read = await rest(standalone, `GET /v1/sip-users/${made.answer!.id}?atLeastRevision=0`, {
        bearer: operator,
      })
      expect(read.body.username).toBe('alone')
      expect((await byGraphql(beside as never, operator)('createSipUser', { username: 'x' })).code).toBe(
        'PROVISIONING_OFF',
      )
      expect(beside.log.join('\n')).toMatch(/mutations are refused: Another Trunkline process/)
    } finally {
      await beside.stop()
      await standalone.stop()
      rmSync(own, { recursive: true, force: true })
    }
  })
})
