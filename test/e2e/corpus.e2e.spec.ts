import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startSimulatedSwitch, type SimulatedSwitch } from '@trunkline/simulated-switch'
import { disagreements, recordOf } from '../support/agree.js'
import { CAPTURES, scenarios, truthOf } from '../support/capture.js'
import { ENGINES, type Engines } from '../support/engines.js'
import { Pipeline, recordsIn } from '../support/pipeline.js'

/** Calls that nobody could hear to the end are judged by the gap tests. */
const WITH_GAPS = new Set(['dd-switch-killed', 'ee-event-connection-gap'])

describe.each(ENGINES)(
  'every capture, over a real socket, gives calls that agree with what the phones saw: %s',
  (_, start) => {
    let engines: Engines
    beforeAll(async () => {
      engines = await start()
    })
    afterAll(() => engines.dispose())
    const open: { close(): Promise<void> }[] = []
    afterEach(async () => {
      for (const one of open.splice(0)) await one.close()
    })

    async function play(scenario: string, options: { listeners: number; fragment?: number }) {
      const pbx: SimulatedSwitch = await startSimulatedSwitch({
        password: 'secret',
        captures: CAPTURES,
        scenarios: [scenario],
        speed: 'fastest',
        subscribers: options.listeners,
      })
      const pipeline = new Pipeline(await engines.deploy())
      open.push(pipeline, pbx)
      if (options.fragment !== undefined) pbx.fragment(options.fragment)
      await pipeline.startProjector()
      for (let n = 0; n < options.listeners; n++) pipeline.listen(`pbx1=${pbx.url}`)
      await pbx.done
      await pipeline.settled()
      return { pipeline, records: await recordsIn(pipeline.store) }
    }

    /** The listener looks twice before anything is concluded. */
    async function ended(pipeline: Pipeline) {
      for (let turn = 0; turn < 600; turn++) {
        const records = await recordsIn(pipeline.store)
        if (records.every((record) => record.state === 'ended')) return records
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return recordsIn(pipeline.store)
    }

    function expectAgreement(scenario: string, records: Awaited<ReturnType<typeof recordsIn>>) {
      const truth = truthOf(scenario)
      expect(records).toHaveLength(truth.calls.length)
      const wrong = truth.calls.flatMap((call) => {
        const record = recordOf(call, records)
        return record === undefined
          ? [`${call.id} has no record`]
          : disagreements(call, record, truth.tolerance_s * 1000)
      })
      expect(wrong).toEqual([])
    }

    it.each(scenarios().filter((scenario) => !WITH_GAPS.has(scenario)))('%s', async (scenario) => {
      const { records } = await play(scenario, { listeners: 1 })
      expectAgreement(scenario, records)
    })

    it.each(['ff-20-concurrent', 'o-attended-transfer', 'x3-queue-reject-then-answer'])(
      '%s with two listeners on the switch, in small pieces',
      async (scenario) => {
        const { records } = await play(scenario, { listeners: 2, fragment: 700 })
        expectAgreement(scenario, records)
      },
    )

    it('a switch that was killed: three calls inferred, one observed', async () => {
      const { pipeline } = await play('dd-switch-killed', { listeners: 1 })
      const records = await ended(pipeline)
      const truth = truthOf('dd-switch-killed')
      for (const call of truth.calls.slice(0, 3)) {
        expect(recordOf(call, records)).toMatchObject({
          state: 'ended',
          hungUpBy: 'unknown',
          known: { how: 'inferred' },
        })
      }
      expect(disagreements(truth.calls[3]!, recordOf(truth.calls[3]!, records)!, 400)).toEqual([])
    })

    it('a gap in the connection, closed from the files of mod_json_cdr', async () => {
      const scenario = 'ee-event-connection-gap'
      const pbx = await startSimulatedSwitch({
        password: 'secret',
        captures: CAPTURES,
        scenarios: [scenario],
        speed: 'fastest',
      })
      const pipeline = new Pipeline(await engines.deploy())
      open.push(pipeline, pbx)
      await pipeline.startProjector()
      pipeline.listen(`pbx1=${pbx.url}?cdr=${join(CAPTURES, scenario, 'cdr')}`)
      await pbx.done
      for (let turn = 0; turn < 600 && (await recordsIn(pipeline.store)).length < 5; turn++)
        await new Promise((resolve) => setTimeout(resolve, 50))
      await pipeline.settled()
      expectAgreement(scenario, await ended(pipeline))
      expect((await pipeline.store.all('SELECT position FROM parked_records')).length).toBe(0)
    })
  },
)
