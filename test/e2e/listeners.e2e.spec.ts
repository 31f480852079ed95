/** Built apps as processes of their own (`npm run build`), killed without warning. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { openSqliteViewStore } from '@trunkline/sqlite'
import type { ViewStore } from '@trunkline/ports'
import { disagreements, recordOf } from '../support/agree.js'
import { CAPTURES, truthOf } from '../support/capture.js'
import { recordsIn } from '../support/pipeline.js'

const APPS = join(import.meta.dirname, '../../apps')

describe('processes that are killed', () => {
  let dataDir: string
  let pbx: SimulatedSwitch | undefined
  let store: ViewStore | undefined
  const children = new Set<ChildProcess>()
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'trunkline-kill-'))
  })
  afterEach(async () => {
    await Promise.all([...children].map((child) => kill(child, 'SIGKILL')))
    await store?.close()
    store = undefined
    await pbx?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function start(app: string, env: Record<string, string> = {}): Promise<ChildProcess> {
    const child = spawn(process.execPath, [join(APPS, app, 'dist/main.js')], {
      env: { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    await once(child.stdout!, 'data')
    child.stdout!.resume()
    return child
  }

  async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async function agreement(scenario: string): Promise<string[]> {
    const truth = truthOf(scenario)
    store ??= openSqliteViewStore({ file: join(dataDir, 'views.sqlite'), readonly: true })
    const judge = async () => {
      const records = await recordsIn(store!)
      const missing =
        records.length === truth.calls.length ? [] : [`${records.length} calls, should be ${truth.calls.length}`]
      const wrong = truth.calls.flatMap((call) => {
        const record = recordOf(call, records)
        return record === undefined
          ? [`${call.id} has no record`]
          : disagreements(call, record, truth.tolerance_s * 1000)
      })
      return [...missing, ...wrong]
    }
    let wrong = await judge()
    for (let turn = 0; turn < 600 && wrong.length > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      wrong = await judge()
    }
    return wrong
  }

  it('one of two listeners on a switch dies: no event is lost, none stands twice', async () => {
    const scenario = 'ff-20-concurrent'
    pbx = await startSimulatedSwitch({
      password: 'secret',
      captures: CAPTURES,
      scenarios: [scenario],
      speed: 20,
      subscribers: 2,
    })
    await start('projector')
    const env = { ESL_SWITCHES: `pbx1=${pbx.url}` }
    const [first] = await Promise.all([start('esl-listener', env), start('esl-listener', env)])
    setTimeout(() => first.kill('SIGKILL'), 500 + Math.random() * 1500)
    await pbx.done
    expect(await agreement(scenario)).toEqual([])
  })

  it.each(['m-sequential-hunt', 'l-ring-group-simultaneous', 'i-gateway-503-failover', 'bb-uuid-kill'])(
    'the whole process dies again and again during %s: the files of mod_json_cdr close the gaps',
    async (scenario) => {
      const cdr = join(dataDir, 'cdr')
      mkdirSync(cdr)
      pbx = await startSimulatedSwitch({ password: 'secret', captures: CAPTURES, scenarios: [scenario], speed: 4 })
      const env = { ESL_SWITCHES: `pbx1=${pbx.url}?cdr=${cdr}`, JWT_SECRET: 'only-for-this-test-0123456789abcdef' }
      let child = await start('standalone', env)
      let over = false
      void pbx.done.then(() => (over = true))
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800))
        await kill(child, 'SIGKILL')
        child = await start('standalone', env)
      }
      // the switch writes a file at the end of each leg; the test does it at the end of all
      for (const file of readdirSync(join(CAPTURES, scenario, 'cdr'))) {
        const text = gunzipSync(readFileSync(join(CAPTURES, scenario, 'cdr', file)))
        writeFileSync(join(cdr, file.replace(/\.gz$/, '')), text)
      }
      expect(await agreement(scenario)).toEqual([])
    },
  )
})
