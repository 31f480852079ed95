/**
 * What services downstream see: a plain kafkajs consumer and kcat read the public topics, which real calls filled by way of
 * listener's facts, projector and relay, and check every message against the documents of this repository alone.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { Kafka, logLevel } from 'kafkajs'
import { pino } from 'pino'
import { openKafkaEventLog } from '@trunkline/kafka'
import { STREAMS, type EventLog } from '@trunkline/ports'
import { allProjections, SHARED_TABLES, startProjector, startRelay } from '@trunkline/projection'
import { PROVISIONING_RELAY, startProvisioningRelay } from '@trunkline/provisioning-views'
import { openSqliteEventStore, openSqliteViewStore } from '@trunkline/sqlite'
import { factsOf } from '../support/capture.js'
import { KafkaBroker } from '../support/kafka-broker.js'
import { silentLogger } from '../support/pipeline.js'
import { appendInOrder, provisioningAppends } from '../support/provisioning-events.js'

const GENERATED = join(import.meta.dirname, '../../docs/generated')
const SCENARIOS = ['o-attended-transfer', 'w-recorded-call', 'aa-registrations']
const TOPICS = [STREAMS.switch, STREAMS.calls, STREAMS.presence, STREAMS.provisioning]
const NUMBERED: readonly string[] = [STREAMS.calls, STREAMS.presence]

interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: string
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const asyncApi = JSON.parse(readFileSync(join(GENERATED, 'asyncapi.json'), 'utf8')) as object
ajv.addSchema(asyncApi, 'asyncapi')
for (const file of readdirSync(join(GENERATED, 'schemas'))) {
  ajv.addSchema(JSON.parse(readFileSync(join(GENERATED, 'schemas', file), 'utf8')) as object)
}

/** What the documents find wrong with a message. */
function faultsOf(message: Message): string[] {
  const { topic, headers, value } = message
  const faults = (what: string, validate: ValidateFunction | undefined, data: unknown) => {
    if (validate === undefined) return [`${topic}: no schema of ${what}`]
    return validate(data) === true ? [] : [`${topic}: ${what}: ${ajv.errorsText(validate.errors)}`]
  }
  const name = `${headers['ce_type']}.v${headers['ce_dataschema']?.split(':').at(-1)}`
  return [
    ...faults('headers', ajv.getSchema(`asyncapi#/components/messages/${name}/headers`), headers),
    ...faults(name, ajv.getSchema(String(headers['ce_dataschema'])), JSON.parse(value)),
    ...(headers['ce_partitionkey'] === message.key ? [] : [`${topic}: the key is not the partition key`]),
  ]
}

describe('the public topics', () => {
  let broker: KafkaBroker
  let log: EventLog
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-interop-'))
  const written: Record<string, number> = {}

  beforeAll(async () => {
    broker = await KafkaBroker.start()
    log = openKafkaEventLog({ brokers: [broker.address] })
    const facts = SCENARIOS.flatMap(factsOf)
    await log.append(STREAMS.switch, facts)
    const store = openSqliteViewStore({ file: join(folder, 'views.sqlite') })
    await store.createTables(SHARED_TABLES)
    const projector = await startProjector({ log, store, projections: allProjections(), logger: silentLogger })
    await projector.caughtUp()
    const relay = await startRelay({ store, log, logger: silentLogger })
    await relay.drained()
    await Promise.all([relay.close(), projector.close()])
    const events = openSqliteEventStore({ file: join(folder, 'events.sqlite') })
    await appendInOrder(events, provisioningAppends(300))
    const ours = provisioningAppends(300).filter(({ stream }) => !stream.startsWith('reservation-'))
    const other = await startProvisioningRelay({ eventStore: events, store, log, logger: pino({ level: 'silent' }) })
    const [newest] = (await events.readAll({ after: undefined, limit: 1000 })).slice(-1)
    while ((await store.checkpoint(PROVISIONING_RELAY, 0)) !== newest!.position) await setTimeout(20)
    await other.close()
    await events.close()
    await store.close()
    for (const topic of TOPICS) {
      written[topic] = 0
      for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
        const end = await log.end(topic, partition)
        if (end !== undefined) written[topic] += Number(end) + 1
      }
    }
    expect(written[STREAMS.provisioning]).toBe(ours.length)
  })
  afterAll(async () => {
    await log.close()
    await broker.dispose()
    rmSync(folder, { recursive: true })
  })

  function check(messages: readonly Message[]): void {
    for (const topic of TOPICS) {
      const some = messages.filter((message) => message.topic === topic)
      expect([topic, some.length]).toEqual([topic, written[topic]])
      expect(some.length).toBeGreaterThan(0)
      expect(some.flatMap(faultsOf)).toEqual([])
      const partitions = new Map<string, number>()
      for (const { key, partition } of some) {
        expect([key, partitions.get(key) ?? partition]).toEqual([key, partition])
        partitions.set(key, partition)
      }
      if (!NUMBERED.includes(topic)) continue
      const byPlace = some.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
      for (const [at, { partition, headers }] of byPlace.entries()) {
        const before = byPlace[at - 1]
        if (before?.partition !== partition) continue
        expect(Number(headers['ce_seq'])).toBeGreaterThan(Number(before.headers['ce_seq']))
      }
    }
    expect(messages.map(({ headers }) => headers['ce_type'])).toEqual(
      expect.arrayContaining(['channel.answered', 'call.ended', 'presence.changed', 'sip_user.created']),
    )
  }

  it('are read by a plain kafkajs consumer, each message as its documents say', async () => {
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: 'downstream' })
    await consumer.connect()
    await consumer.subscribe({ topics: TOPICS, fromBeginning: true })
    const expected = Object.values(written).reduce((sum, count) => sum + count, 0)
    const messages: Message[] = []
    const all = Promise.withResolvers<void>()
    await consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
        messages.push({
          topic,
          partition,
          offset: Number(message.offset),
          key: String(message.key),
          headers: Object.fromEntries(headers) as Record<string, string>,
          value: String(message.value),
        })
        if (messages.length === expected) all.resolve()
      },
    })
    await all.promise
    await consumer.disconnect()
    check(messages)
  })

  it('are read by kcat, each message as its documents say', async () => {
    const messages: Message[] = []
    for (const topic of TOPICS) {
      const args = ['-b', broker.address, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-J']
      const { stdout } = await promisify(execFile)('kcat', args, { maxBuffer: 256 * 1024 * 1024 })
      for (const line of stdout.trim().split('\n')) {
        const { partition, offset, key, headers, payload } = JSON.parse(line) as {
          partition: number
          offset: number
          key: string
          headers: string[]
          payload: string
        }
        const pairs = Array.from({ length: headers.length / 2 }, (_, at) => [headers[2 * at]!, headers[2 * at + 1]!])
        const named = Object.fromEntries(pairs) as Record<string, string>
        messages.push({ topic, partition, offset, key, headers: named, value: payload })
      }
    }
    check(messages)
  })
})
