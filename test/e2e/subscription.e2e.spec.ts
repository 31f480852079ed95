/** From the switch to the screen: the built standalone process, a replayed switch, the official client. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { issueToken } from '@trunkline/access'
import { STREAMS } from '@trunkline/ports'
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
    })
    app = await startApp('standalone', { ...deployment.env, JWT_SECRET, ESL_SWITCHES: `pbx1=${pbx.url}` })
  })
  afterEach(async () => {
    await app.stop('SIGTERM')
    await pbx.close()
    await deployment.dispose()
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
    expect(connections).toBeGreaterThanOrEqual(100)
    expect(new Set(seen).size).toBe(seen.length)
    const order = new Map(seen.map((id, index) => [id, index]))
    const log = deployment.openLog()
    let all = 0
    for (let partition = 0; partition < (await log.partitions(STREAMS.calls)); partition++) {
      const published = (await readAll(log, STREAMS.calls, partition)).map(({ id }) => id)
      all += published.length
      const places = published.map((id) => order.get(id))
      // what was published before the first subscription is not seen; from there on each, in its order
      const known = places.slice(places.findIndex((place) => place !== undefined))
      expect(known).not.toContain(undefined)
      expect(known).toEqual(known.toSorted((a, b) => a! - b!))
    }
    await log.close()
    expect(all).toBeGreaterThan(500)
    expect(seen.length).toBeGreaterThan(400)
  })
})
