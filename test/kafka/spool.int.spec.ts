/** A listener's facts while the broker is away: on disk, and then in the log, all of them, in order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { FactSink, Spool } from '@trunkline/esl-listening'
import { openKafkaEventLog } from '@trunkline/kafka'
import { STREAMS, type EventLog } from '@trunkline/ports'
import { readAll } from '@trunkline/ports/contract'
import { KafkaBroker } from '../support/kafka-broker.js'
import { silentLogger } from '../support/pipeline.js'

const fact = (n: number): Fact => ({
  id: `core/${n}`,
  type: 'switch.started',
  version: 1,
  key: 'pbx1',
  time: n,
  data: { core: 'core', seq: n },
})

describe('the spool of a listener, before Kafka', () => {
  let broker: KafkaBroker
  let folder: string
  let log: EventLog
  beforeEach(async () => {
    broker = await KafkaBroker.start()
    folder = mkdtempSync(join(tmpdir(), 'trunkline-kafka-spool-'))
    log = openKafkaEventLog({ brokers: [broker.address], timeoutMs: 2500 })
  })
  afterEach(async () => {
    await log.close()
    await broker.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  it('fills while the broker is killed, outlives the listener, and drains in order', async () => {
    const until = async (done: () => boolean) => {
      for (let turn = 0; turn < 6000 && !done(); turn++) await new Promise((resolve) => setTimeout(resolve, 10))
      expect(done()).toBe(true)
    }
    const options = { log, logger: silentLogger, retryMs: 100, patienceMs: 100 }
    let sink = new FactSink({ ...options, spool: new Spool({ folder }) })
    let n = 0
    const push = (count: number) => {
      for (const end = n + count; n < end; n++) sink.push(fact(n))
    }
    push(500)
    await until(() => sink.status().published === 500)
    push(300)
    await broker.kill()
    push(2000)
    await sink.kept()
    expect(sink.status().spooledBytes).toBeGreaterThan(0)
    await sink.close()
    sink = new FactSink({ ...options, spool: new Spool({ folder }) })
    push(700)
    await broker.start()
    push(500)
    await until(() => sink.status().spooledBytes === 0 && sink.status().queued === 0)
    await sink.close()
    const partitions = await log.partitions(STREAMS.switch)
    const all = await Promise.all(Array.from({ length: partitions }, (_, one) => readAll(log, STREAMS.switch, one)))
    const found = [...new Set(all.flat().map(({ id }) => id))]
    expect(found).toEqual(Array.from({ length: n }, (_, number) => `core/${number}`))
  })
})
