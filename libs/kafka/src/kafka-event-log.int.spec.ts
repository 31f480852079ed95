import { afterAll, beforeAll } from '@jest/globals'
import { eventLogContract } from '@trunkline/ports/contract'
import { KafkaBroker } from '../../../test/support/kafka-broker.js'
import { openKafkaEventLog } from './kafka-event-log.js'

let broker: KafkaBroker
let cases = 0
beforeAll(async () => {
  broker = await KafkaBroker.start()
})
afterAll(() => broker.dispose())

for (const client of ['platformatic', 'kafkajs'] as const) {
  eventLogContract(`Kafka, by ${client}`, async () => {
    const prefix = `case${cases++}.`
    const open = () =>
      openKafkaEventLog({ brokers: [broker.address], client, prefix, topics: { partitions: 1 }, timeoutMs: 20_000 })
    const log = open()
    return { log, reopen: async () => open(), dispose: () => log.close() }
  })
}
