/** A real broker is killed, gone, frozen or restarted while the log is in use. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openKafkaEventLog, type KafkaEventLogOptions } from '@trunkline/kafka'
import type { EventLog, LogRecord, NewRecord } from '@trunkline/ports'
import { readAll, sampleRecord } from '@trunkline/ports/contract'
import { KafkaBroker } from '../support/kafka-broker.js'

const STREAM = 'faults'
const PLACE = { stream: STREAM, partition: 0 }

const batchOf = (number: number, size = 20): NewRecord[] =>
  Array.from({ length: size }, (_, index) => sampleRecord(`${number}/${index}`))
const idsOf = (records: readonly NewRecord[]) => records.map(({ id }) => id)
/** As readers see it: what came again is dropped. */
const firstsOf = (records: readonly LogRecord[]) => [...new Set(idsOf(records))]
/** Of a request; enough for a new connection on a busy machine. */
const TIMEOUT_MS = 2500
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Appends a batch until it succeeds, as every writer does. */
async function appendSurely(log: EventLog, records: readonly NewRecord[]): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await log.append(STREAM, records)
      return failures
    } catch (error) {
      expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
    }
  }
}

describe.each(['platformatic', 'kafkajs'] as const)('with a broker that fails, by %s', (client) => {
  let broker: KafkaBroker
  const logs: EventLog[] = []
  const open = (options: Partial<KafkaEventLogOptions> = {}) => {
    const log = openKafkaEventLog({
      brokers: [broker.address],
      client,
      prefix: `case${cases}.`,
      topics: { partitions: 1 },
      timeoutMs: TIMEOUT_MS,
      ...options,
    })
    logs.push(log)
    return log
  }
  let cases = 0
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  })
  beforeEach(() => {
    cases += 1
  })
  afterEach(() => Promise.all(logs.splice(0).map((log) => log.close())))
  afterAll(() => broker.dispose())

  it('a kill -9 in the middle of appends loses nothing that was acknowledged, and keeps the order', async () => {
    const log = open()
    await appendSurely(log, batchOf(0))
    let acknowledged = 0
    let failures = 0
    let stop = false
    const writing = (async () => {
      for (let number = 1; !stop; number++) {
        failures += await appendSurely(log, batchOf(number))
        acknowledged = number
      }
    })()
    for (let round = 0; round < 2; round++) {
      const before = acknowledged
      while (acknowledged < before + 10) await pause(5)
      await broker.kill()
      await pause(TIMEOUT_MS + 1500)
      await broker.start()
    }
    const before = acknowledged
    while (acknowledged < before + 10) await pause(5)
    stop = true
    await writing
    expect(failures).toBeGreaterThan(0)
    const found = firstsOf(await readAll(open(), STREAM))
    const expected = Array.from({ length: acknowledged + 1 }, (_, number) => idsOf(batchOf(number))).flat()
    expect(found).toEqual(expected)
  })

  it('one that answers nothing is found out in time; what it wrote late comes before what follows', async () => {
    const log = open()
    await appendSurely(log, batchOf(0))
    broker.freeze()
    const started = performance.now()
    const first = log.append(STREAM, batchOf(1))
    const second = log.append(STREAM, batchOf(2))
    await expect(first).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
    await expect(second).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
    expect(performance.now() - started).toBeLessThan(15_000)
    broker.thaw()
    for (const number of [1, 2, 3]) await appendSurely(log, batchOf(number))
    expect(firstsOf(await readAll(log, STREAM))).toEqual([0, 1, 2, 3].flatMap((number) => idsOf(batchOf(number))))
  })

  // What follows is decided by the adapter alone, whichever client sends its requests.
  if (client === 'kafkajs') return

  it('while it is gone appends and reads fail soon, as retryable; afterwards the same log goes on', async () => {
    const log = open()
    await appendSurely(log, batchOf(0))
    await broker.stop()
    const started = performance.now()
    const concurrent = [1, 2, 3].map((number) => log.append(STREAM, batchOf(number)))
    for (const result of await Promise.allSettled(concurrent)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'LOG_UNAVAILABLE', retryable: true } })
    }
    expect(performance.now() - started).toBeLessThan(15_000)
    await expect(log.end(STREAM, 0)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await expect(log.read({ ...PLACE, after: undefined, limit: 1 })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await broker.start()
    for (const number of [1, 2, 3]) await appendSurely(log, batchOf(number))
    expect(firstsOf(await readAll(log, STREAM))).toEqual([0, 1, 2, 3].flatMap((number) => idsOf(batchOf(number))))
  })

  it('a log that is opened while it is gone works as soon as it is there', async () => {
    await broker.kill()
    const log = open()
    await expect(log.append(STREAM, batchOf(0))).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
    await broker.start()
    await appendSurely(log, batchOf(0))
    expect(firstsOf(await readAll(log, STREAM))).toEqual(idsOf(batchOf(0)))
  })

  it('a reader that waits is woken by what is written after a restart', async () => {
    const reader = open()
    await appendSurely(open(), batchOf(0))
    const seen = await readAll(reader, STREAM)
    const { signal } = new AbortController()
    const reading = (async () => {
      while (firstsOf(seen).length < 40) {
        await reader.waitForNews({ ...PLACE, after: seen.at(-1)!.position, signal })
        const some = await reader.read({ ...PLACE, after: seen.at(-1)!.position, limit: 100 }).catch(() => [])
        seen.push(...some)
      }
    })()
    await pause(300)
    await broker.restart()
    await appendSurely(open(), batchOf(1))
    await reading
    expect(firstsOf(seen)).toEqual([...idsOf(batchOf(0)), ...idsOf(batchOf(1))])
  })
})
