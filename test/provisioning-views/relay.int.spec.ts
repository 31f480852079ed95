/** The events of the event store as the public stream `trunkline.provisioning`, on both event logs. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { STREAMS, type EventLog, type EventStore, type LogRecord, type ViewStore } from '@trunkline/ports'
import { startProvisioningRelay } from '@trunkline/provisioning-views'
import { openSqliteEventStore } from '@trunkline/sqlite'
import { pino } from 'pino'
import { embeddedEngines, realEngines, type Deployment, type Engines } from '../support/engines.js'

const logger = pino({ level: 'silent' })

async function recordsOf(log: EventLog): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (let partition = 0; partition < (await log.partitions(STREAMS.provisioning)); partition++) {
    for (let after: string | undefined; ;) {
      const some = await log.read({ stream: STREAMS.provisioning, partition, after, limit: 500 })
      if (some.length === 0) break
      found.push(...some)
      after = some.at(-1)!.position
    }
  }
  return found
}

describe.each([
  ['embedded', embeddedEngines],
  ['Kafka and MariaDB', () => realEngines()],
] as const)('the relay of provisioning events, on %s', (_name, start) => {
  let engines: Engines
  let deployment: Deployment
  let events: EventStore
  let store: ViewStore
  let log: EventLog
  beforeAll(async () => {
    engines = await start()
    deployment = await engines.deploy()
    events = openSqliteEventStore({ file: join(deployment.dataDir, 'relay-events.sqlite') })
    store = deployment.openViews()
    log = deployment.openLog()
  })
  afterAll(async () => {
    await Promise.all([events.close(), store.close(), log.close()])
    await deployment.dispose()
    await engines.dispose()
  })

  async function add(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID())
    for (const id of ids) {
      const meta = { actor: 'olga', commandId: randomUUID() }
      const data = { id, tenant: 'a.example', number: '+4420' }
      const event = { id, type: 'number.added', version: 1, time: Date.now() * 1000, data, meta }
      await events.append(`reservation-*/did/${id}`, 'none', [
        { ...event, id: randomUUID(), type: 'reservation.claimed' },
      ])
      await events.append(`number-${id}`, 'none', [event])
      await events.append(`number-${id}`, 0, [{ ...event, id: randomUUID(), type: 'number.released' }])
    }
    return ids
  }
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000
    while (!(await isSo())) {
      if (performance.now() > deadline) throw new Error('not within 60 s')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  it('publishes each event once, in order for each thing, and reservations not at all', async () => {
    const before = await add(20)
    const relays = await Promise.all(
      [1, 2].map(() => startProvisioningRelay({ eventStore: events, store, log, logger })),
    )
    const ids = [...before, ...(await add(20))]
    await until(async () => (await recordsOf(log)).length >= 80)
    const records = await recordsOf(log)
    expect(records).toHaveLength(80)
    expect(relays.filter((relay) => relay.status().active)).toHaveLength(1)
    for (const id of ids) {
      const own = records.filter(({ key }) => key === `number-${id}`)
      expect(own.map(({ type, meta }) => [type, meta?.['revision'], meta?.['actor']])).toEqual([
        ['number.added', '0', 'olga'],
        ['number.released', '1', 'olga'],
      ])
    }
    await Promise.all(relays.map((relay) => relay.close()))
  })

  it('hands over at once when it is closed, and leaves nothing out', async () => {
    const [published] = [(await recordsOf(log)).length]
    await add(5)
    const relay = await startProvisioningRelay({ eventStore: events, store, log, logger })
    await until(async () => (await recordsOf(log)).length >= published! + 10)
    expect(await recordsOf(log)).toHaveLength(published! + 10)
    await relay.close()
  })
})
