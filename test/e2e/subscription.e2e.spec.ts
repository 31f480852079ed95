/** From the switch to the screen: the built standalone process, a replayed switch, the official client. */
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { issueToken } from '@trunkline/access'
import { STREAMS, type EventLog } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { startApp, type StartedApp } from '../support/app-process.js'
import { CAPTURES } from '../support/capture.js'
import { ENGINES, type Deployment, type Engines } from '../support/engines.js'

const JWT_SECRET = 'only-for-this-test-0123456789abcdef'

interface Message {
  readonly callEvents: { readonly cursor: string; readonly event: { readonly id: string } | null }
}

describe.each(ENGINES)('a subscription during a replay: %s', (_, startEngines) => {
  let engines: Engines
  let deployment: Deployment
  let pbx: SimulatedSwitch
  let app: StartedApp
  let token = ''
  let bystander: Socket | undefined
  beforeAll(async () => {
    engines = await startEngines()
  })
  afterAll(() => engines.dispose())

  beforeEach(async () => {
    deployment = await engines.deploy()
    token = await issueToken(JWT_SECRET, { role: 'admin', tenant: '*', user: 'test', ttlSeconds: 600 })
    pbx = await startSimulatedSwitch({
      password: 'secret',
      captures: CAPTURES,
      scenarios: ['ff-20-concurrent'],
      speed: 6,
      // the listener, and the one that makes it begin
      subscribers: 2,
    })
    app = await startApp('standalone', { ...deployment.env, JWT_SECRET, ESL_SWITCHES: `pbx1=${pbx.url}` })
  })
  afterEach(async () => {
    bystander?.destroy()
    bystander = undefined
    await app.stop('SIGTERM')
    await pbx.close()
    await deployment.dispose()
  })

  /** The switch begins to play. */
  function begin(): void {
    if (bystander !== undefined) return
    bystander = connect(pbx.port, '127.0.0.1')
    bystander.on('error', () => undefined).resume()
    bystander.write('auth secret\n\nevent json BACKGROUND_JOB\n\n')
  }

  /** Ids of what was published, by partition. */
  async function publishedIn(log: EventLog): Promise<string[][]> {
    const published: string[][] = []
    for (let partition = 0; partition < (await log.partitions(STREAMS.calls)); partition++)
      published.push((await readAll(log, STREAMS.calls, partition)).map(({ id }) => id))
    return published
  }

  it('has each event exactly once for a client that reconnects 100 times at random', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    let over = false
    void pbx.done.then(() => setTimeout(() => (over = true), 1500))
    let connections = 0
    const log = deployment.openLog()
    let published: string[][] = []
    const isComplete = async () => {
      published = await publishedIn(log)
      const has = new Set(seen)
      return published.flat().length > 500 && published.every((ids) => ids.length === 0 || has.has(ids.at(-1)!))
    }
    while (!over || connections < 100 || !(await isComplete())) {
      connections++
      // at last for long enough to catch up
      const isLong = over && connections > 100
      const client = createClient({
        url: `${app.url.replace('http', 'ws')}/graphql`,
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
            if (!data) return
            if (data.callEvents.event) seen.push(data.callEvents.event.id)
            cursor = data.callEvents.cursor
            // nothing is published before it is followed
            begin()
          },
          error: () => undefined,
          complete: () => undefined,
        },
      )
      await new Promise((resolve) => setTimeout(resolve, isLong ? 2000 : 20 + Math.random() * 120))
      stop()
      await client.dispose()
    }
    expect(connections).toBeGreaterThanOrEqual(100)
    expect(new Set(seen).size).toBe(seen.length)
    const order = new Map(seen.map((id, index) => [id, index]))
    await log.close()
    for (const ids of published) {
      const places = ids.map((id) => order.get(id))
      expect(places).not.toContain(undefined)
      expect(places).toEqual(places.toSorted((a, b) => a! - b!))
    }
    expect(published.flat().length).toBeGreaterThan(500)
  })
})
