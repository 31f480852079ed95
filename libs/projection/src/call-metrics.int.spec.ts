import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { createLogger, HealthRegistry, Metrics } from '@trunkline/runtime'
import { factsOf } from '../../../test/support/capture.js'
import { callMetrics } from './call-metrics.js'
import { startViews, type Views } from './start-views.js'
import { openWorkbench, type Workbench } from './testing/workbench.js'

describe('metrics of calls', () => {
  let bench: Workbench
  let views: Views
  let metrics: Metrics
  const start = async () => {
    metrics = new Metrics({ defaults: false })
    const logger = createLogger({ level: 'fatal', name: 'test', fd: 2 })
    views = await startViews({ log: bench.log, store: bench.store, logger, metrics, health: new HealthRegistry() })
  }
  beforeEach(async () => {
    bench = await openWorkbench()
    await start()
  })
  afterEach(async () => {
    await views.close()
    await bench.dispose()
  })

  async function calls(): Promise<string[]> {
    await views.projector.caughtUp()
    await views.relay.drained()
    const { body } = await metrics.scrape()
    return body.split('\n').filter((line) => line.startsWith('trunkline_calls_'))
  }

  it('count each call once when it begins and once, by its disposition, when it ends, also across a restart', async () => {
    const busy = factsOf('d-busy-486')
    const answered = factsOf('a-ext-ext-caller-hangup')
    const middle = answered.findIndex(({ type }) => type === 'channel.answered') + 1
    expect(middle).toBeGreaterThan(1)
    await bench.log.append(STREAMS.switch, [...busy, ...answered.slice(0, middle)])
    expect(await calls()).toEqual([
      'trunkline_calls_started_total 2',
      'trunkline_calls_ended_total{disposition="busy"} 1',
      'trunkline_calls_live 1',
    ])
    await views.close()
    await start()
    await bench.log.append(STREAMS.switch, [...busy, ...answered])
    expect(await calls()).toEqual([
      'trunkline_calls_started_total 0',
      'trunkline_calls_ended_total{disposition="answered"} 1',
      'trunkline_calls_live 0',
    ])
  })

  it('leave the hops of a proxy out', async () => {
    const { publish, lines } = counted()
    publish([{ type: 'call.ended', call: { kind: 'hop', disposition: 'answered' } }])
    publish([{ type: 'call.ended', call: { kind: 'call', disposition: null } }])
    expect(await lines()).toContain('trunkline_calls_ended_total{disposition="unknown"} 1')
    expect((await lines()).some((line) => line.includes('answered'))).toBe(false)
  })

  function counted() {
    const own = new Metrics({ defaults: false })
    const count = callMetrics(own, bench.store, () => true)
    const publish = (events: readonly { type: string; call: object }[]) =>
      count(events.map(({ type, call }) => ({ id: 'x', type, version: 1, key: 'k', time: 1, data: { at: 1, call } })))
    return { publish, lines: async () => (await own.scrape()).body.split('\n') }
  }
})
