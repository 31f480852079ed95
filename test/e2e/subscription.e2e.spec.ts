/** From the switch to the screen: the built standalone process, a replayed switch, the official client. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { openSqliteEventLog } from '@trunkline/sqlite'
import { STREAMS } from '@trunkline/ports'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { CAPTURES } from '../support/capture.js'

const MAIN = join(import.meta.dirname, '../../apps/standalone/dist/main.js')
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/

interface Message {
  readonly callEvents: { readonly cursor: string; readonly event: { readonly id: string } | null }
}

describe('a subscription during a replay', () => {
  let dataDir: string
  let pbx: SimulatedSwitch
  let child: ChildProcess
  let url = ''
  let token = ''

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-live-'))
    pbx = await startSimulatedSwitch({
      password: 'secret',
      captures: CAPTURES,
      scenarios: ['ff-20-concurrent'],
      speed: 6,
    })
    const env = {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'error',
      NODE_OPTIONS: '',
      ESL_SWITCHES: `pbx1=${pbx.url}`,
    }
    child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout!.on('data', (text: Buffer) => (printed += text.toString()))
    for (let turn = 0; turn < 200 && !TOKEN.test(printed); turn++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    token = TOKEN.exec(printed)![0]
    url = /http:\/\/[\d.]+:\d+/.exec(printed)![0]
  })
  afterEach(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
    await pbx.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('has each event exactly once for a client that reconnects 100 times at random', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    let over = false
    void pbx.done.then(() => setTimeout(() => (over = true), 1500))
    let connections = 0
    while (!over || connections < 100) {
      connections++
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        lazy: true,
        connectionParams: { authorization: `Bearer ${token}` },
      })
      const stop = client.subscribe<Message>(
        {
          query: 'subscription ($after: String) { callEvents(after: $after) { cursor event { id } } }',
          variables: { after: cursor ?? null },
        },
        {
          next: ({ data }) => {
            if (data?.callEvents.event) seen.push(data.callEvents.event.id)
            if (data) cursor = data.callEvents.cursor
          },
          error: () => undefined,
          complete: () => undefined,
        },
      )
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 120))
      stop()
      await client.dispose()
    }
    const log = openSqliteEventLog({ directory: join(dataDir, 'log') })
    const published: string[] = []
    for (let after: string | undefined; ;) {
      const records = await log.read({ stream: STREAMS.calls, partition: 0, after, limit: 1000 })
      if (records.length === 0) break
      published.push(...records.map(({ id }) => id))
      after = records.at(-1)!.position
    }
    await log.close()
    expect(published.length).toBeGreaterThan(500)
    expect(connections).toBeGreaterThanOrEqual(100)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(published.slice(published.indexOf(seen[0]!)))
  })
})
