/** Everything that stands in the streams after a switch was heard, lost and heard again, against its schema. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { startRelay } from '@trunkline/projection'
import { STREAMS } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { startSimulatedSwitch } from '@trunkline/simulated-switch'
import { CAPTURES } from '../../../test/support/capture.js'
import { Pipeline, silentLogger } from '../../../test/support/pipeline.js'
import { publishedStreams, schemaId } from './published-events.js'
import { schemaFaults } from './testing/schema-faults.js'

/** What a listener tells of itself, beside what the switch says. */
const OF_LISTENER = ['switch.connected', 'switch.disconnected', 'switch.gap', 'switch.snapshot', 'switch.heartbeat']

describe('the streams', () => {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  it('hold declared events alone, each fit for its schema, numbered where the contract says so', async () => {
    const pbx = await startSimulatedSwitch({
      password: 'secret',
      captures: CAPTURES,
      scenarios: ['o-attended-transfer', 'w-recorded-call', 'aa-registrations'],
      speed: 20,
      rebase: true,
      heartbeatSeconds: 1,
    })
    const pipeline = new Pipeline()
    await pipeline.startProjector()
    const relay = await startRelay({ store: pipeline.store, log: pipeline.log, logger: silentLogger })
    open.push(relay, pipeline, pbx)
    const listener = pipeline.listen(`pbx1=${pbx.url}`)
    const until = async (done: () => boolean | Promise<boolean>) => {
      while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await until(() => listener.status().switches[0]!.events > 50)
    pbx.dropConnections()
    await pbx.done
    await until(async () => {
      const facts = await readAll(pipeline.log, STREAMS.switch)
      return OF_LISTENER.every((type) => facts.some((fact) => fact.type === type))
    })
    await pipeline.settled()
    await relay.drained()

    const types = new Set<string>()
    for (const { name, numbered, events } of publishedStreams) {
      const known = new Set(events.map(schemaId))
      let last = 0
      for (const record of await readAll(pipeline.log, name)) {
        types.add(record.type)
        expect([record.type, known.has(schemaId(record))]).toEqual([record.type, true])
        expect(schemaFaults(record.type, record.data)).toEqual([])
        if (!numbered) continue
        expect(Number(record.meta?.['seq'])).toBeGreaterThan(last)
        last = Number(record.meta?.['seq'])
      }
    }
    expect([...types]).toEqual(expect.arrayContaining(['call.ended', 'presence.changed']))
  })
})
