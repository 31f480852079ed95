/** What stands in topics: large records, many partitions, topics and records that others made, what retention leaves. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { CompressionTypes, Kafka, logLevel, type Admin, type Producer } from 'kafkajs'
import type { EventLog, NewRecord, ReadRequest } from '@trunkline/ports'
import { readAll, sampleRecord } from '@trunkline/ports/contract'
import { KafkaBroker } from '../../../test/support/kafka-broker.js'
import { UNREADABLE } from './cloud-event-record.js'
import { openKafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.js'
import { partitionOfKey } from './partition-of-key.js'

const STREAM = 'records'
const PLACE = { stream: STREAM, partition: 0 }
const idsOf = (records: readonly NewRecord[]) => records.map(({ id }) => id)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let broker: KafkaBroker
let admin: Admin
let producer: Producer
beforeAll(async () => {
  broker = await KafkaBroker.start()
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  admin = kafka.admin()
  producer = kafka.producer()
  await Promise.all([admin.connect(), producer.connect()])
})
afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect()])
  await broker.dispose()
})

describe.each(['platformatic', 'kafkajs'] as const)('records in Kafka, by %s', (client) => {
  let prefix = ''
  let cases = 0
  const logs: EventLog[] = []
  const open = (options: Partial<KafkaEventLogOptions> = {}) => {
    const settings = { brokers: [broker.address], client, prefix, topics: { partitions: 1 }, timeoutMs: 20_000 }
    const log = openKafkaEventLog({ ...settings, ...options })
    logs.push(log)
    return log
  }
  const topic = () => `${prefix}${STREAM}`
  const deleteBefore = async (offset: string) => {
    await admin.fetchTopicOffsets(topic()) // without it this admin does not know the broker
    await admin.deleteTopicRecords({ topic: topic(), partitions: [{ partition: 0, offset }] })
  }
  const setting = async (name: string) => {
    const { resources } = await admin.describeConfigs({
      resources: [{ type: 2, name: topic() }],
      includeSynonyms: false,
    })
    return resources[0]!.configEntries.find(({ configName }) => configName === name)!.configValue
  }
  beforeEach(() => {
    prefix = `${client}${cases++}.`
  })
  afterEach(() => Promise.all(logs.splice(0).map((log) => log.close())))

  it('a missing topic is made with the settings of a history', async () => {
    const log = open({ topics: { retainMs: 86_400_000, minInsyncReplicas: 1 } })
    expect(await log.partitions(STREAM)).toBe(12)
    expect(await setting('cleanup.policy')).toBe('delete')
    expect(await setting('retention.ms')).toBe('86400000')
    expect(await setting('min.insync.replicas')).toBe('1')
    expect(await setting('max.message.bytes')).toBe('16777216')
    expect(await setting('message.timestamp.type')).toBe('LogAppendTime')
  })

  it('records of several MB pass; one that is too large is refused for good, and nothing of its append stands', async () => {
    const log = open()
    const large = { ...sampleRecord('large'), data: { text: 'é'.repeat(3_000_000) } }
    await log.append(STREAM, [sampleRecord('a'), large, sampleRecord('b')])
    const tooLarge = { ...sampleRecord('too large'), data: { text: 'x'.repeat(17_000_000) } }
    await expect(log.append(STREAM, [sampleRecord('c'), tooLarge])).rejects.toMatchObject({
      code: 'RECORD_REFUSED',
      retryable: false,
    })
    await log.append(STREAM, [sampleRecord('d')])
    const found = await readAll(log, STREAM)
    expect(idsOf(found)).toEqual(['a', 'large', 'b', 'd'])
    expect(found[1]!.data).toEqual(large.data)
  })

  it('an append that is larger than the batches of a topic is divided, in order', async () => {
    await admin.createTopics({
      topics: [{ topic: topic(), configEntries: [{ name: 'max.message.bytes', value: '20000' }] }],
    })
    const warnings: string[] = []
    const logger = { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) }
    const log = open({ logger })
    const records = Array.from({ length: 200 }, (_, n) => ({ ...sampleRecord(`${n}`), data: 'x'.repeat(900) }))
    await Promise.all([log.append(STREAM, records.slice(0, 150)), log.append(STREAM, records.slice(150))])
    expect(idsOf(await readAll(log, STREAM))).toEqual(idsOf(records))
    expect(warnings).toEqual([expect.stringContaining('retention.ms'), expect.stringContaining('max.message.bytes')])
  })

  it('each key stays in order, in the partition that the Java client would choose', async () => {
    const log = open({ topics: { partitions: 5 } })
    const keys = Array.from({ length: 20 }, (_, n) => `call-${n}-ü`)
    for (let round = 0; round < 10; round++) {
      await log.append(
        STREAM,
        keys.map((key) => ({ ...sampleRecord(`${key}/${round}`), key })),
      )
    }
    const seen = new Map<string, string[]>()
    for (let partition = 0; partition < 5; partition++) {
      for (const { key, id } of await readAll(log, STREAM, partition)) {
        expect(partition).toBe(partitionOfKey(key, 5))
        seen.set(key, [...(seen.get(key) ?? []), id])
      }
    }
    expect(seen.size).toBe(20)
    for (const [key, ids] of seen) expect(ids).toEqual(Array.from({ length: 10 }, (_, round) => `${key}/${round}`))
  })

  it('records of strangers stop no reader: each comes as one of a type that nobody knows', async () => {
    const log = open()
    await log.append(STREAM, [sampleRecord('first')])
    const event = {
      ce_specversion: '1.0',
      ce_id: 'x',
      ce_type: 'channel.created',
      ce_time: '2026-01-01T00:00:00Z',
      ce_dataschema: 'urn:trunkline:event:channel.created:1',
    }
    const { ce_id: _, ...withoutId } = event
    const messages = [
      { key: 'k', value: 'no headers' },
      { key: null, value: null },
      { value: '{broken', headers: event },
      { value: '{}', headers: withoutId },
      { value: '{}', headers: { ...event, ce_time: 'yesterday' } },
      { value: '{}', headers: { ...event, ce_dataschema: 'http://example.org/schema' } },
      { value: '{}', headers: { ...event, 'trunkline-meta': '[' } },
      { value: Buffer.from([0xff, 0xfe, 0]), headers: { ce_id: Buffer.from([0xff]), ce_type: '', empty: '' } },
      { value: '{"as":"we do"}', headers: event },
    ]
    await producer.send({ topic: topic(), messages, compression: CompressionTypes.GZIP })
    await log.append(STREAM, [sampleRecord('last')])
    const found = await readAll(log, STREAM)
    expect(found.map(({ type }) => type)).toEqual([
      'sample.happened',
      ...Array.from({ length: 8 }, () => UNREADABLE),
      'channel.created',
      'sample.happened',
    ])
    expect(found[1]).toMatchObject({ id: `${STREAM}/0/1`, version: 0, key: 'k', data: { value: 'no headers' } })
    expect(found[9]).toMatchObject({ id: 'x', version: 1, data: { as: 'we do' } })
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('records of a topic that is kept in %s are read', async (compression) => {
    const configEntries = [{ name: 'compression.type', value: compression }]
    await admin.createTopics({ topics: [{ topic: topic(), configEntries }] })
    const log = open()
    const records = Array.from({ length: 50 }, (_, n) => ({ ...sampleRecord(`${n}`), data: 'é'.repeat(100 * n) }))
    await log.append(STREAM, records)
    const found = await readAll(log, STREAM)
    expect(found.map(({ id, data }) => [id, data])).toEqual(records.map(({ id, data }) => [id, data]))
  })

  it('marks of transactions are stepped over, and a reader at the end does not spin on them', async () => {
    const log = open()
    await log.append(STREAM, [sampleRecord('first')])
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
    const transactional = kafka.producer({ transactionalId: prefix, maxInFlightRequests: 1, idempotent: true })
    await transactional.connect()
    const transaction = await transactional.transaction()
    await transaction.send({ topic: topic(), messages: [{ value: 'in a transaction' }] })
    await transaction.commit()
    await transactional.disconnect()
    const found = await readAll(log, STREAM)
    expect(found).toHaveLength(2)
    const after = found.at(-1)!.position
    let woken = false
    const { signal } = new AbortController()
    const waiting = log.waitForNews({ ...PLACE, after, signal }).then(() => (woken = true))
    await pause(300)
    expect(woken).toBe(false)
    await log.append(STREAM, [sampleRecord('last')])
    await waiting
    expect(idsOf(await log.read({ ...PLACE, after, limit: 10 }))).toEqual(['last'])
  })

  it('reading goes on at the oldest kept record, and the end is known when none is left', async () => {
    const log = open()
    const records = Array.from({ length: 10 }, (_, n) => sampleRecord(`${n}`))
    await log.append(STREAM, records)
    const all = await readAll(log, STREAM)
    await deleteBefore('6')
    const fresh = open()
    expect(idsOf(await readAll(fresh, STREAM))).toEqual(['6', '7', '8', '9'])
    const request: ReadRequest = { ...PLACE, after: all[2]!.position, limit: 2 }
    expect(idsOf(await fresh.read(request))).toEqual(['6', '7'])
    await deleteBefore('10')
    const late = open()
    expect(await late.end(STREAM, 0)).toBe(all[9]!.position)
    expect(await readAll(late, STREAM)).toEqual([])
    expect(await late.read(request)).toEqual([])
    await late.append(STREAM, [sampleRecord('new')])
    expect(idsOf(await late.read(request))).toEqual(['new'])
  })

  it('a topic that is deleted is made again', async () => {
    const log = open({ timeoutMs: 5000 })
    await log.append(STREAM, [sampleRecord('old')])
    await admin.deleteTopics({ topics: [topic()] })
    for (let done = false; !done;)
      done = await log.append(STREAM, [sampleRecord('new')]).then(
        () => true,
        () => false,
      )
    expect(idsOf(await readAll(open(), STREAM))).toEqual(['new'])
  })

  it('wakes a reader within milliseconds, also one that came to a poll under way', async () => {
    const topics = { partitions: 2 }
    const writer = open({ topics })
    const keys = [0, 1].map((partition) => {
      for (let n = 0; ; n++) if (partitionOfKey(`k${n}`, 2) === partition) return `k${n}`
    })
    await writer.append(
      STREAM,
      keys.map((key) => ({ ...sampleRecord('first'), key })),
    )
    const { signal } = new AbortController()
    /** The shortest time from the acknowledgement of a record to the waking of its reader, by partition. */
    const shortest = [Infinity, Infinity]
    for (let round = 0; round < 5 && Math.max(...shortest) >= 300; round++) {
      // a new one: its first poll is for the first partition alone, until it is asked for the second
      const reader = open({ topics })
      const positions = await Promise.all(keys.map((_, partition) => reader.end(STREAM, partition)))
      const waiting: Promise<void>[] = []
      for (const [partition, after] of positions.entries()) {
        waiting.push(reader.waitForNews({ stream: STREAM, partition, after, signal }))
        await pause(30)
      }
      for (const partition of [1, 0]) {
        await writer.append(STREAM, [{ ...sampleRecord(`${round}`), key: keys[partition]! }])
        const acknowledged = performance.now()
        await waiting[partition]
        shortest[partition] = Math.min(shortest[partition]!, performance.now() - acknowledged)
        const [record] = await reader.read({ stream: STREAM, partition, after: positions[partition], limit: 1 })
        expect(record!.id).toBe(`${round}`)
      }
    }
    // a poll that nothing wakes lasts a second, and each time; a busy machine is slow some times
    expect(Math.max(...shortest)).toBeLessThan(300)
  })

  it('two readers of one partition, each at its own place, get everything once', async () => {
    const log = open()
    const records = Array.from({ length: 3000 }, (_, n) => sampleRecord(`${n}`))
    for (let at = 0; at < 3000; at += 500) await log.append(STREAM, records.slice(at, at + 500))
    const [one, other] = await Promise.all([readAll(log, STREAM), readAll(log, STREAM)])
    expect(idsOf(one)).toEqual(idsOf(records))
    expect(idsOf(other)).toEqual(idsOf(records))
  })
})
