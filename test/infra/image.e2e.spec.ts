/** The tree that the Dockerfile makes, made by the same commands without an engine: it starts with what production has. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../support/free-port.js'
import { until } from '../kamailio/harness/process.js'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-image-'))
const tree = join(folder, 'app')
const dockerfile = readFileSync('Dockerfile', 'utf8')
const node = process.execPath
/** Nothing of the tests' own environment. */
const env = { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_ENV: 'production' }

beforeAll(() => {
  // `npm test` builds first
  expect(existsSync('apps/standalone/dist/main.js')).toBe(true)
  expect(dockerfile).toContain('RUN node infra/image/collect.mjs /runtime')
  const collected = spawnSync(node, ['infra/image/collect.mjs', tree], { encoding: 'utf8' })
  expect(collected.stderr).toBe('')
  const install = /npm (ci --ignore-scripts --omit=dev.*)$/m.exec(dockerfile)![1]!.split(' ')
  const installed = spawnSync('npm', [...install, '--prefer-offline'], {
    cwd: tree,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production', npm_config_update_notifier: 'false' },
  })
  expect({ status: installed.status, error: installed.status === 0 ? '' : installed.stderr }).toEqual({
    status: 0,
    error: '',
  })
  const trim = /^RUN (rm -rf node_modules[\s\S]*?-delete)$/m.exec(dockerfile)![1]!
  expect(spawnSync('sh', ['-c', trim], { cwd: tree }).status).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the tree of the image', () => {
  it('holds no source, test or tool', () => {
    expect(globSync('{apps,libs}/*/src', { cwd: tree })).toEqual([])
    expect(globSync('{apps,libs}/*/dist/**/*.spec.*', { cwd: tree })).toEqual([])
    for (const tool of ['jest', 'nx', 'eslint', 'typescript', '@swc/core', 'node']) {
      expect({ tool, there: existsSync(join(tree, 'node_modules', tool)) }).toEqual({ tool, there: false })
    }
  })

  const mains = globSync('apps/*/src/{main,rebuild}.ts').map((file) =>
    file.replace('/src/', '/dist/').replace('.ts', '.js'),
  )
  it.each(mains)('loads %s with what is installed for production', (main) => {
    const { status, stdout, stderr } = spawnSync(node, [main, '--help'], { cwd: tree, encoding: 'utf8', env })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^usage: /)
  })

  it('serves, is found well by the check of the Dockerfile, and ends in order', async () => {
    const port = await freePort()
    const secret = join(folder, 'jwt-secret')
    writeFileSync(secret, `${'0123456789abcdef'.repeat(3)}\n`)
    const [command, ...args] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[]
    expect(command).toBe('node')
    const app = spawn(node, args, {
      cwd: tree,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: join(folder, 'data'), JWT_SECRET_FILE: secret },
    })
    try {
      let log = ''
      app.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
      const address = `http://127.0.0.1:${port}`
      await until('it is ready', async () => (await fetch(`${address}/health/ready`)).ok, 30_000)
      expect(await (await fetch(`${address}/metrics`)).text()).toContain('\ntrunkline_ready 1\n')
      expect(log).toContain('"mode":"production"')

      const health = JSON.parse(/^HEALTHCHECK [\s\S]*?CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[]
      const isWell = (port: number) =>
        spawnSync(node, health.slice(1), { env: { ...env, PORT: String(port) }, timeout: 10_000 }).status
      expect(isWell(port)).toBe(0)
      expect(isWell(await freePort())).toBe(1)

      app.kill('SIGTERM')
      expect((await once(app, 'exit')) as unknown[]).toEqual([0, null])
    } finally {
      app.kill('SIGKILL')
    }
  })
})
