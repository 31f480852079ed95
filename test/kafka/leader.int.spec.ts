/** Two brokers, each partition on both: one is killed, and the other leads. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openKafkaEventLog } from '@trunkline/kafka'
import type { EventLog } from '@trunkline/ports'
import { readAll, sampleRecord } from '@trunkline/ports/contract'
import { KafkaBroker } from '../support/kafka-broker.js'

const STREAM = 'led'
const PARTITIONS = 4

describe('a cluster of two brokers', () => {
  let first: KafkaBroker
  let second: KafkaBroker
  beforeAll(async () => {
    // a broker that is held up for a moment is not held for dead: none could be made of two copies then
    first = await KafkaBroker.start({ settings: { 'broker.session.timeout.ms': '5000' } })
    second = await KafkaBroker.start({ joins: first })
  })
  afterAll(async () => {
    await second.dispose()
    await first.dispose()
  })

  it.each(['platformatic', 'kafkajs'] as const)('goes on when a leader is killed, by %s', async (client) => {
    const brokers = [second.address, first.address]
    const topics = { partitions: PARTITIONS, replicationFactor: 2, minInsyncReplicas: 1 }
    const open = () => openKafkaEventLog({ brokers, client, prefix: `${client}.`, topics, timeoutMs: 10_000 })
    const log = open()
    const keys = Array.from({ length: 12 }, (_, n) => `key${n}`)
    const round = (number: number) => keys.map((key) => ({ ...sampleRecord(`${key}/${number}`), key }))
    for (let number = 0; number < 10; number++) await log.append(STREAM, round(number))
    const reader = open()
    const over = new AbortController()
    const seen = new Map<string, string[]>()
    const reading = Array.from({ length: PARTITIONS }, (_, one) => follow(reader, one, { seen, signal: over.signal }))
    await second.kill()
    for (let number = 10; number < 20; number++) {
      for (let done = false; !done;) {
        done = await log.append(STREAM, round(number)).then(
          () => true,
          () => false,
        )
      }
    }
    const expected = (key: string) => Array.from({ length: 20 }, (_, number) => `${key}/${number}`)
    const complete = () => keys.every((key) => new Set(seen.get(key)).size === 20)
    for (let turn = 0; turn < 3000 && !complete(); turn++) await new Promise((resolve) => setTimeout(resolve, 20))
    over.abort()
    await Promise.all(reading)
    for (const key of keys) expect([...new Set(seen.get(key))]).toEqual(expected(key))
    await second.start()
    const fresh = open()
    const all = await Promise.all(Array.from({ length: PARTITIONS }, (_, one) => readAll(fresh, STREAM, one)))
    expect(new Set(all.flat().map(({ id }) => id)).size).toBe(20 * keys.length)
    await Promise.all([log.close(), reader.close(), fresh.close()])
  })
})

/** Reads as it comes, through whatever troubles there are. */
async function follow(
  log: EventLog,
  partition: number,
  { seen, signal }: { seen: Map<string, string[]>; signal: AbortSignal },
): Promise<void> {
  let after: string | undefined
  while (!signal.aborted) {
    const records = await log.read({ stream: STREAM, partition, after, limit: 100 }).catch(() => [])
    for (const { key, id } of records) seen.set(key, [...(seen.get(key) ?? []), id])
    after = records.at(-1)?.position ?? after
    if (records.length === 0) await log.waitForNews({ stream: STREAM, partition, after, signal })
  }
}
