/** What reaches the topic of facts otherwise than a listener would bring it. */
import kafkajs from 'kafkajs'
import { STREAMS, type LogRecord, type NewRecord } from '@trunkline/ports'
import type { Fault } from '../fault.js'
import type { Site } from '../site.js'

/** Facts that change places with each other. */
const WINDOW = 24
/** Part of the facts that come twice: at once, or some time later. */
const TWICE = 0.3

export const DELIVERIES: readonly Fault[] = [
  {
    name: 'deliveries-disturbed',
    about: 'No listener: another writer brings the facts, a third of them twice, and those of a call in any order',
    roles: ['projector1', 'projector2'],
    async make(site) {
      let over = false
      void Promise.all(site.switches.map(({ done }) => done)).then(() => (over = true))
      const after = new Map<number, string>()
      let late: NewRecord[] = []
      for (let last = false; !last;) {
        last = over
        if (last) await site.twin.settled()
        const facts = await news(site, after)
        const twice = facts.filter(() => site.random() < TWICE)
        await site.log.append(STREAMS.switch, shuffled([...facts, ...twice, ...late], site.random))
        late = twice.filter(() => site.random() < 0.5)
        await site.pause(50, 150)
      }
      await site.log.append(STREAMS.switch, late)
    },
  },
  {
    name: 'poison',
    about: 'Records that are no facts among the facts: each is parked, the rest is as if they were not there',
    async make(site) {
      const poison = poisonFor(site)
      const producer = new kafkajs.Kafka({
        brokers: [site.options.servers.kafka.address],
        logLevel: kafkajs.logLevel.NOTHING,
      }).producer()
      await producer.connect()
      for (const { key, value, headers } of poison) {
        const topic = `${site.deployment.env['KAFKA_TOPIC_PREFIX']}${STREAMS.switch}`
        await producer.send({ topic, messages: [{ key, value, headers: headers ?? {} }] })
        await site.pause(50, 150)
      }
      await producer.disconnect()
      return async () => {
        const rows = await site.views.all<{ place: string; reason: string }>(
          "SELECT concat(partition_no, '/', position) AS place, min(reason) AS reason FROM parked_records GROUP BY 1",
        )
        if (rows.length === poison.length) return []
        return [
          `${rows.length} of ${poison.length} poisonous records are parked: ${rows.map(({ reason }) => reason).join(', ')}`,
        ]
      }
    },
  },
]

/** Facts that the twin has appended since the last look. */
async function news({ twin }: Site, after: Map<number, string>): Promise<NewRecord[]> {
  const found: LogRecord[] = []
  for (let partition = 0; partition < (await twin.log.partitions(STREAMS.switch)); partition++) {
    const position = after.get(partition)
    const some = await twin.log.read({ stream: STREAMS.switch, partition, after: position, limit: 5000 })
    if (some.length > 0) after.set(partition, some.at(-1)!.position)
    found.push(...some)
  }
  return found.map(({ id, type, version, key, time, data }) => ({ id, type, version, key, time, data }))
}

/** In any order, but nothing further than a window from its place, and what is told of contacts in its own. */
function shuffled(facts: readonly NewRecord[], random: () => number): NewRecord[] {
  const places = facts.map((fact, index) => ({ fact, place: index + random() * WINDOW }))
  const mixed = places.sort((a, b) => a.place - b.place).map(({ fact }) => fact)
  const contacts = facts.filter(isOfContact)
  return mixed.map((fact) => (isOfContact(fact) ? contacts.shift()! : fact))
}

function isOfContact({ type }: NewRecord): boolean {
  return type.startsWith('registration.')
}

interface Poison {
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

function poisonFor(site: Site): Poison[] {
  const headers = (type: string, version: number | string, id = `poison/${site.random()}`) => ({
    ce_id: id,
    ce_type: type,
    ce_time: new Date().toISOString(),
    ce_dataschema: `urn:trunkline:event:${type}:${version}`,
  })
  const deep = (depth: number) => Buffer.from(`{"core":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  const garbage = Buffer.from(Array.from({ length: 500 }, () => Math.floor(site.random() * 256)))
  return [
    { key: 'pbx1', value: garbage },
    { key: null, value: garbage },
    { key: 'pbx2', value: null, headers: headers('channel.created', 1) },
    { key: 'pbx1', value: garbage, headers: headers('channel.created', 1) },
    { key: 'pbx3', value: Buffer.from('{"half":'), headers: headers('channel.hangup', 1) },
    { key: 'pbx1', value: Buffer.from('{}'), headers: headers('channel.exploded', 1) },
    { key: 'pbx2', value: Buffer.from('{}'), headers: headers('channel.created', 99) },
    { key: 'pbx2', value: Buffer.from('{}'), headers: headers('channel.created', 'one') },
    { key: 'pbx3', value: Buffer.from('42'), headers: headers('channel.created', 1) },
    { key: 'pbx3', value: Buffer.from('null'), headers: headers('channel.answered', 1) },
    { key: 'pbx1', value: deep(100_000), headers: headers('channel.exploded', 1) },
    { key: 'pbx1', value: deep(100_000), headers: headers('channel.created', 1) },
    { key: 'pbx2', value: Buffer.from('{"channel":17,"core":{}}'), headers: headers('channel.created', 1) },
    { key: 'pbx2', value: Buffer.from('{}'), headers: headers('channel.created', 1) },
    { key: 'pbx3', value: Buffer.from('{"channel":["x"]}'), headers: headers('channel.bridged', 1) },
    { key: 'pbx1', value: Buffer.from(`"${'x'.repeat(900_000)}"`), headers: headers('switch.heartbeat', 1) },
  ]
}
