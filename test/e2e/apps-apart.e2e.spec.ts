/** The apps as processes of their own on Kafka and MariaDB, as an operator runs them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { issueToken } from '@trunkline/access'
import type { ViewStore } from '@trunkline/ports'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { startApp, type AppName, type StartedApp } from '../support/app-process.js'
import { disagreements, recordOf } from '../support/agree.js'
import { CAPTURES, truthOf } from '../support/capture.js'
import { realEngines, type Deployment, type Engines } from '../support/engines.js'
import { recordsIn } from '../support/pipeline.js'

const JWT_SECRET = 'only-for-this-test-0123456789abcdef'

describe('apps apart on Kafka and MariaDB', () => {
  let engines: Engines
  let deployment: Deployment
  let views: ViewStore
  let pbx: SimulatedSwitch | undefined
  const apps: StartedApp[] = []
  beforeAll(async () => {
    engines = await realEngines()
  })
  afterAll(() => engines.dispose())
  beforeEach(async () => {
    deployment = await engines.deploy()
    views = deployment.openViews()
  })
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.stop()))
    await pbx?.close()
    pbx = undefined
    await views.close()
    await deployment.dispose()
  })

  async function start(name: AppName, env: Record<string, string> = {}): Promise<StartedApp> {
    const app = await startApp(name, { ...deployment.env, JWT_SECRET, VAULT_KEY: 'ab'.repeat(32), ...env })
    apps.push(app)
    return app
  }

  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    for (let turn = 0; turn < 600; turn++) {
      const found = await look().catch(() => undefined)
      if (found !== undefined && found !== false) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(
      `not within a minute: ${what}\n${apps.flatMap(({ name, log }) => log.map((line) => `${name} ${line}`)).join('\n')}`,
    )
  }

  const ready = (app: StartedApp) =>
    until(`${app.name} is ready`, async () => (await fetch(`${app.url}/health/ready`)).status === 200)

  /** Partitions that a projector reads, as its readiness tells. */
  async function partitionsOf(app: StartedApp): Promise<number[]> {
    const report = (await (await fetch(`${app.url}/health/ready`)).json()) as {
      checks: Record<string, { detail?: string }>
    }
    return [...(report.checks['projector']?.detail ?? '').matchAll(/\d+/g)].map(([number]) => Number(number))
  }

  async function agreement(scenario: string): Promise<string[]> {
    const truth = truthOf(scenario)
    const records = await recordsIn(views)
    if (records.length !== truth.calls.length) return [`${records.length} calls, should be ${truth.calls.length}`]
    return truth.calls.flatMap((call) => {
      const record = recordOf(call, records)
      return record === undefined ? [`${call.id} has no record`] : disagreements(call, record, truth.tolerance_s * 1000)
    })
  }

  it('start in any order, serve health, and end in order on SIGTERM', async () => {
    pbx = await startSimulatedSwitch({ password: 'secret', captures: CAPTURES, scenarios: ['a-ext-ext-caller-hangup'] })
    const env = { ESL_SWITCHES: `pbx1=${pbx.url}` }
    // the API waits for views that nobody has made yet
    const [graphql] = await Promise.all([
      start('graphql'),
      start('command-api'),
      start('provisioner'),
      start('esl-listener', env),
      new Promise((resolve) => setTimeout(resolve, 1000)).then(() => start('projector')),
    ])
    for (const app of apps) {
      await ready(app)
      expect((await fetch(`${app.url}/health/live`)).status).toBe(200)
      expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(
        new RegExp(`trunkline_build_info\\{app="${app.name}",version="\\d+\\.\\d+\\.\\d+"\\} 1`),
      )
    }
    const token = await issueToken(JWT_SECRET, { role: 'admin', tenant: '*', user: 'test', ttlSeconds: 600 })
    await until('the API tells of the call', async () => {
      const answer = await fetch(`${graphql.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ calls(first: 5) { edges { node { disposition } } } }' }),
      })
      return (await answer.text()).includes('"answered"')
    })
    await Promise.all(apps.map((app) => app.stop('SIGTERM')))
    expect(apps.map((app) => [app.name, app.ended()])).toEqual(apps.map((app) => [app.name, { code: 0, signal: null }]))
  })

  it('two projectors share the partitions, and one takes over what the other leaves or loses', async () => {
    const [first, second] = await Promise.all([start('projector'), start('projector')])
    const shared = async () => {
      const [one, two] = await Promise.all([partitionsOf(first), partitionsOf(second)])
      return one.length > 0 && two.length > 0 && [...one, ...two].sort().join() === '0,1,2'
    }
    await until('both have a share', shared)
    await first.stop('SIGKILL')
    await until('the second has all', async () => (await partitionsOf(second)).join() === '0,1,2')
    const third = await start('projector')
    await until('a new one gets a share', async () => (await partitionsOf(third)).length > 0)
    await second.stop('SIGTERM')
    await until('the new one has all at once', async () => (await partitionsOf(third)).join() === '0,1,2')
  })

  it('two listeners and two projectors, one of each killed in the middle: nothing lost, nothing doubled', async () => {
    const scenario = 'ff-20-concurrent'
    pbx = await startSimulatedSwitch({
      password: 'secret',
      captures: CAPTURES,
      scenarios: [scenario],
      speed: 8,
      subscribers: 2,
    })
    const env = { ESL_SWITCHES: `pbx1=${pbx.url}` }
    const projectors = [await start('projector'), await start('projector')]
    await Promise.all(projectors.map(ready))
    const [listener] = await Promise.all([start('esl-listener', env), start('esl-listener', env)])
    await until('rows arrive', async () => (await views.all('SELECT id FROM calls')).length > 3)
    await listener.stop('SIGKILL')
    const [key] = await views.all<{ partition_no: number }>(
      "SELECT partition_no FROM checkpoints WHERE projection = 'calls'",
    )
    const held = await Promise.all(projectors.map(partitionsOf))
    await projectors[held[0]!.includes(key!.partition_no) ? 0 : 1]!.stop('SIGKILL')
    await pbx.done
    await until('the records agree with what the phones saw', async () => (await agreement(scenario)).length === 0)
    expect(await views.all('SELECT position FROM parked_records')).toEqual([])
  })
})
