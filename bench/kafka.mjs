// The event log in Kafka on a real broker: kafkajs and @platformatic/kafka bare, and our adapter with each. Records of
// about 620 bytes of JSON with the headers of a CloudEvent, 500 in a batch, acks=all, idempotent, one partition. Prints
// records a second and the ratio to bare kafkajs; latency of single appends; and how long after a kill -9 of the broker
// appends succeed again. Needs the build. `npm run bench -- kafka`.
import { Consumer, Producer as PlatformaticProducer, stringSerializers } from '@platformatic/kafka'
import { toCloudEvent } from '@trunkline/contracts'
import { openKafkaEventLog } from '@trunkline/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { KafkaBroker } from '../test/support/kafka-broker.ts'
import { alternate, fact, print } from './common.mjs'

const BATCH = 500
const BATCHES = 60
const UNDER_WAY = 4
const SINGLES = 1000
const ROUNDS = 3

const broker = await KafkaBroker.start({ java: ['-Xms512m', '-Xmx512m'] })
const brokers = [broker.address]
const messageOf = (record) => toCloudEvent('trunkline.switch', record)

/** Each gives `send(records)`, `count(topic)` that reads all records of a topic, and `close()`. */
const peers = {
  'kafkajs, bare': async (topic) => {
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await admin.disconnect()
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    return {
      send: (records) => producer.send({ topic, acks: -1, messages: records.map(messageOf) }),
      count: async (expected) => {
        const consumer = kafka.consumer({ groupId: `count-${topic}`, maxBytesPerPartition: 4 * 1024 * 1024 })
        await consumer.connect()
        await consumer.subscribe({ topic, fromBeginning: true })
        let seen = 0
        let started
        await new Promise((resolve) => {
          void consumer.run({
            autoCommit: false,
            eachBatch: async ({ batch }) => {
              started ??= performance.now()
              for (const { value } of batch.messages) {
                JSON.parse(value.toString())
                seen += 1
              }
              if (seen >= expected) resolve()
            },
          })
        })
        const took = performance.now() - started
        await consumer.disconnect()
        return (seen * 1000) / took
      },
      close: () => producer.disconnect(),
    }
  },
  '@platformatic/kafka, bare': async (topic) => {
    const maker = await peers['kafkajs, bare'](topic)
    await maker.close()
    const producer = new PlatformaticProducer({
      clientId: 'bench',
      bootstrapBrokers: brokers,
      serializers: stringSerializers,
      idempotent: true,
    })
    return {
      send: (records) => producer.send({ messages: records.map((record) => ({ topic, ...messageOf(record) })) }),
      count: async (expected) => {
        const options = { clientId: 'bench', groupId: `count-${topic}`, bootstrapBrokers: brokers }
        const consumer = new Consumer({ ...options, autocommit: false, maxBytes: 4 * 1024 * 1024, highWaterMark: 8192 })
        const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
        let seen = 0
        let started
        for await (const { value } of stream) {
          started ??= performance.now()
          JSON.parse(value.toString())
          if (++seen >= expected) break
        }
        const took = performance.now() - started
        await consumer.close(true)
        return (seen * 1000) / took
      },
      close: () => producer.close(),
    }
  },
  'adapter by kafkajs': (topic) => adapter(topic, 'kafkajs'),
  'adapter by @platformatic/kafka': (topic) => adapter(topic, 'platformatic'),
}

async function adapter(topic, client) {
  const log = openKafkaEventLog({ brokers, client, topics: { partitions: 1 } })
  await log.partitions(topic)
  return {
    send: (records) => log.append(topic, records),
    count: async (expected) => {
      const reader = openKafkaEventLog({ brokers, client })
      await reader.partitions(topic)
      const started = performance.now()
      let after
      let seen = 0
      while (seen < expected) {
        const records = await reader.read({ stream: topic, partition: 0, after, limit: BATCH })
        seen += records.length
        after = records.at(-1)?.position ?? after
      }
      const took = performance.now() - started
      await reader.close()
      return (seen * 1000) / took
    },
    close: () => log.close(),
  }
}

let topics = 0
const batch = (number) => Array.from({ length: BATCH }, (_, index) => fact(number * BATCH + index))

async function produce(open, underWay) {
  const peer = await open(`bench${topics++}`)
  try {
    for (let number = 0; number < 4; number++) await peer.send(batch(number))
    const started = performance.now()
    let next = 0
    const worker = async () => {
      while (next < BATCHES) await peer.send(batch(next++))
    }
    await Promise.all(Array.from({ length: underWay }, worker))
    return (BATCH * BATCHES * 1000) / (performance.now() - started)
  } finally {
    await peer.close()
  }
}

async function consume(open) {
  const peer = await open(`bench${topics++}`)
  try {
    for (let number = 0; number < BATCHES; number++) await peer.send(batch(number))
    return await peer.count(BATCH * BATCHES)
  } finally {
    await peer.close()
  }
}

async function singles(open) {
  const peer = await open(`bench${topics++}`)
  try {
    for (let number = 0; number < 50; number++) await peer.send([fact(number)])
    const took = []
    for (let number = 0; number < SINGLES; number++) {
      const started = performance.now()
      await peer.send([fact(number)])
      took.push(performance.now() - started)
    }
    took.sort((a, b) => a - b)
    return [took[took.length >> 1], took[Math.floor(took.length * 0.99)]]
  } finally {
    await peer.close()
  }
}

/** ms from the moment the killed broker is there again to the next append that succeeds; attempts until then go on. */
async function recovery(open) {
  const peer = await open(`bench${topics++}`)
  await peer.send([fact(0)])
  await broker.kill()
  let backAt = Infinity
  const appending = (async () => {
    for (;;) {
      const done = await peer.send([fact(1)]).then(
        () => true,
        () => new Promise((resolve) => setTimeout(resolve, 50)),
      )
      if (done === true) return performance.now()
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await broker.start()
  backAt = performance.now()
  const took = Math.max(0, (await appending) - backAt)
  await peer.close()
  return took
}

const table = (title, results) => {
  const base = results['kafkajs, bare']
  print(
    title,
    Object.entries(results).map(([name, rate]) => [name, rate, rate / base]),
  )
}
const candidates = (work) => Object.fromEntries(Object.entries(peers).map(([name, open]) => [name, () => work(open)]))

try {
  for (const open of Object.values(peers)) await produce(open, 1)
  table(
    'kafka: append, one batch under way',
    await alternate(
      candidates((open) => produce(open, 1)),
      ROUNDS,
    ),
  )
  table(
    `kafka: append, ${UNDER_WAY} batches under way`,
    await alternate(
      candidates((open) => produce(open, UNDER_WAY)),
      ROUNDS,
    ),
  )
  table('kafka: read', await alternate(candidates(consume), ROUNDS))
  // All of these before the first kill, since a broker that has just started is slow.
  for (const open of Object.values(peers)) await singles(open)
  const latencies = {}
  for (const [name, open] of Object.entries(peers)) latencies[name] = await singles(open)
  process.stdout.write('\nkafka: single appends, ms (p50, p99); back after a kill of the broker, ms\n')
  for (const [name, open] of Object.entries(peers)) {
    const columns = [...latencies[name].map((ms) => ms.toFixed(2)), (await recovery(open)).toFixed(0)]
    process.stdout.write(`  ${name.padEnd(30)}${columns.map((text) => text.padStart(8)).join('')}\n`)
  }
} finally {
  await broker.dispose()
}
