import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { LogUnavailableError, STREAMS, type EventLogWriter } from '@trunkline/ports'
import { disagreements, recordOf } from '../support/agree.js'
import { CAPTURES, truthOf } from '../support/capture.js'
import { FAST_TIMING, Pipeline, recordsIn } from '../support/pipeline.js'

async function until(test: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !(await test());)
    await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await test()).toBe(true)
}

describe('a listener on a switch', () => {
  let pipeline: Pipeline
  let pbx: SimulatedSwitch | undefined
  beforeEach(async () => {
    pipeline = new Pipeline()
    await pipeline.startProjector()
  })
  afterEach(async () => {
    await pipeline.close()
    await pbx?.close()
    pbx = undefined
  })

  const play = async (scenario: string, speed: number | 'fastest') => {
    pbx = await startSimulatedSwitch({ password: 'secret', captures: CAPTURES, scenarios: [scenario], speed })
    return pbx
  }
  const facts = async () => {
    const records = []
    for (let after: string | undefined; ; after = records.at(-1)!.position) {
      const some = await pipeline.log.read({ stream: STREAMS.switch, partition: 0, after, limit: 1000 })
      if (some.length === 0) return records
      records.push(...some)
    }
  }
  const agreement = async (scenario: string) => {
    const truth = truthOf(scenario)
    const records = await recordsIn(pipeline.store)
    return truth.calls.flatMap((call) => {
      const record = recordOf(call, records)
      return record === undefined ? [`${call.id} has no record`] : disagreements(call, record, truth.tolerance_s * 1000)
    })
  }

  it('that has the wrong password says so without showing it, and goes on trying', async () => {
    const sim = await play('d-busy-486', 'fastest')
    const logged: string[] = []
    const note = (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message)
    const logger = { info: note, warn: note, error: note }
    const listener = pipeline.listen(`pbx1=esl://:not-the-one@127.0.0.1:${sim.port}`, { logger })
    await until(() => logged.filter((line) => line.includes('ESL_AUTH_REFUSED')).length >= 2)
    expect(listener.status().switches[0]!.connected).toBe(false)
    expect(logged.join()).not.toContain('not-the-one')
  })

  it('notices a switch that has frozen, leaves it, and comes back with a gap and a snapshot', async () => {
    const sim = await play('r-hold-unhold', 4)
    const listener = pipeline.listen(`pbx1=${sim.url}`, { timing: { ...FAST_TIMING, silenceMs: 500, timeoutMs: 2500 } })
    await until(() => listener.status().switches[0]!.events > 5)
    sim.stall(6000)
    await until(() => listener.status().switches[0]!.connections >= 2)
    await until(async () =>
      (await facts()).some(
        (fact) => fact.type === 'switch.gap' && (fact.data as { reason: string }).reason.includes('lost'),
      ),
    )
    const types = async () => (await facts()).map((fact) => fact.type)
    expect(await types()).toContain('switch.disconnected')
    await until(async () => {
      const told = await types()
      return told.lastIndexOf('switch.snapshot') > told.lastIndexOf('switch.disconnected')
    })
  })

  it('spools while the log is away and loses nothing', async () => {
    const scenario = 'x3-queue-reject-then-answer'
    const sim = await play(scenario, 10)
    let away = true
    const log: EventLogWriter = {
      append: (stream, records) =>
        away ? Promise.reject(new LogUnavailableError('away')) : pipeline.log.append(stream, records),
    }
    const listener = pipeline.listen(`pbx1=${sim.url}`, { log })
    await until(() => listener.status().sink.spooledBytes > 0)
    await sim.done
    await new Promise((resolve) => setTimeout(resolve, 200))
    away = false
    await until(() => listener.status().sink.spooledBytes === 0 && listener.status().sink.queued === 0)
    await pipeline.settled()
    expect(await agreement(scenario)).toEqual([])
  })

  it('that cannot keep what comes lets go of the socket instead of leaving it unread', async () => {
    const sim = await play('ff-20-concurrent', 'fastest')
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const log: EventLogWriter = { append: () => gate }
    const listener = pipeline.listen(`pbx1=${sim.url}`, { log, maxQueue: 500 })
    await until(() => listener.status().switches[0]!.overruns > 0)
    expect(listener.status().sink.queued).toBeLessThan(5000)
    open()
  })

  it('of a switch that restarts ends what the old process left open, as inferred', async () => {
    const sim = await play('r-hold-unhold', 2)
    pipeline.listen(`pbx1=${sim.url}`)
    await until(async () => (await recordsIn(pipeline.store)).some((record) => record.answeredAt !== null))
    sim.restart()
    await until(async () => (await recordsIn(pipeline.store)).every((record) => record.state === 'ended'))
    expect((await recordsIn(pipeline.store))[0]).toMatchObject({
      hungUpBy: 'unknown',
      known: { how: 'inferred', reason: 'switch restarted' },
    })
  })

  it('whose socket is cut in the middle of events goes on, and a call that lived through it is whole', async () => {
    const sim = await play('a-ext-ext-caller-hangup', 5)
    sim.fragment(300)
    const listener = pipeline.listen(`pbx1=${sim.url}`)
    await until(async () => (await recordsIn(pipeline.store)).some((record) => record.answeredAt !== null))
    sim.dropConnections()
    await until(() => listener.status().switches[0]!.connections >= 2)
    await sim.done
    await until(async () => (await recordsIn(pipeline.store)).every((record) => record.state === 'ended'))
    expect(await agreement('a-ext-ext-caller-hangup')).toEqual([])
  })
})
