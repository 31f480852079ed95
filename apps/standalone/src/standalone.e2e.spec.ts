/** The built app (`npm run build`), as `npm start` runs it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

const MAIN = join(import.meta.dirname, '../dist/main.js')

interface Answer {
  readonly data?: {
    readonly calls: { readonly edges: readonly { readonly node: { readonly id: string; readonly state: string } }[] }
  }
  readonly errors?: unknown
}

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly words: string
}

describe('npm start', () => {
  let dataDir: string
  const running: ChildProcess[] = []
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-standalone-'))
  })
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true })
  })

  const settings = (more: Record<string, string>) => {
    const { PATH = '', HOME = '' } = process.env
    return { PATH, HOME, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', ...more }
  }
  const runToEnd = (args: readonly string[], more: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      env: settings(more),
      encoding: 'utf8',
      timeout: 120_000,
    })
    return { status, stdout, stderr }
  }
  async function start(more: Record<string, string> = {}): Promise<Running> {
    const child = spawn(process.execPath, [MAIN], { env: settings(more), stdio: ['ignore', 'pipe', 'ignore'] })
    running.push(child)
    let words = ''
    for await (const chunk of child.stdout!) {
      words += String(chunk)
      const url = /GraphQL {3}(http:\S+)\/graphql/.exec(words)?.[1]
      if (url !== undefined && words.endsWith('\n\n')) return { child, url, words }
    }
    throw new Error(`it ended: ${words}`)
  }
  async function ask(url: string, token: string | undefined, query: string): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return (await answer.json()) as Answer
  }
  const tokenIn = (words: string) => /^ {2}(ey\S+)$/m.exec(words)?.[1]

  it('shows simulated calls with the printed token, says that it simulates, and ends in order', async () => {
    const { child, url, words } = await start({ SIMULATED_SPEED: '30' })
    expect(words).toContain('SIMULATED')
    const token = tokenIn(words)
    let ended: readonly unknown[] = []
    while (ended.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      const { data } = await ask(url, token, '{ calls(first: 5) { edges { node { id state disposition } } } }')
      ended = data!.calls.edges.filter(({ node }) => node.state.toLowerCase() === 'ended')
    }
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/trunkline_switch_connected\{switch="simulated"\} 1/)
    expect((await ask(url, undefined, '{ calls(first: 1) { edges { node { id } } } }')).errors).toBeDefined()
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
  })

  it('goes on with the same data after kill -9', async () => {
    const first = await start({ SIMULATED_SPEED: '50' })
    const count = async ({ url, words }: Running) => {
      const { data } = await ask(url, tokenIn(words), '{ calls(first: 100) { edges { node { id } } } }')
      return data!.calls.edges.length
    }
    while ((await count(first)) < 3) await new Promise((resolve) => setTimeout(resolve, 100))
    const before = await count(first)
    const exit = once(first.child, 'exit')
    first.child.kill('SIGKILL')
    await exit
    const second = await start()
    expect(await count(second)).toBeGreaterThanOrEqual(before)
    expect(
      (await ask(second.url, tokenIn(first.words), '{ calls(first: 1) { edges { node { id } } } }')).errors,
    ).toBeUndefined()
  })

  it('prints no token in production, and refuses to start there without a secret', async () => {
    expect(runToEnd([], { NODE_ENV: 'production' })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('JWT_SECRET or JWT_JWKS_URL'),
    })
    const { words } = await start({ NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(40) })
    expect(tokenIn(words)).toBeUndefined()
  }, 400_000)

  it('says what to do when the data folder or the port is taken', async () => {
    const { url } = await start()
    expect(runToEnd([])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Another Trunkline process is using'),
    })
    const other = mkdtempSync(join(tmpdir(), 'trunkline-other-'))
    const taken = runToEnd([], { DATA_DIR: other, PORT: new URL(url).port })
    rmSync(other, { recursive: true })
    expect(taken).toMatchObject({ status: 2, stderr: expect.stringMatching(/Port \d+ of 127\.0\.0\.1 is in use/) })
  }, 400_000)

  it('keeps running, not connected, while a configured switch is away', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const { url, words } = await start({ ESL_SWITCHES: `pbx1=esl://:ClueCon@127.0.0.1:${port}` })
    expect(words).toContain(`FreeSWITCH pbx1 at 127.0.0.1:${port}`)
    expect(words).not.toMatch(/SIMULATED|ClueCon/)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('trunkline_switch_connected{switch="pbx1"} 0')
  })

  it('answers --help and --version, and names every wrong setting', () => {
    expect(runToEnd(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('ESL_SWITCHES') })
    expect(runToEnd(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    const wrong = runToEnd([], { PORT: 'x', KAFKA_CLIENT: 'librdkafka' })
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toMatch(/PORT: must be a whole number[\s\S]*KAFKA_CLIENT: must be platformatic or kafkajs/)
    expect(runToEnd(['--nonsense']).status).toBe(2)
  }, 400_000)
})
