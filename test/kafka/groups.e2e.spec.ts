/** Members of a group share the partitions of a stream; one of them is another process (of the built libs, `npm run build`). */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openKafkaEventLog } from '@trunkline/kafka'
import type { EventLog, GroupMember, Position } from '@trunkline/ports'
import { membersHave, sampleRecord } from '@trunkline/ports/contract'
import { KafkaBroker } from '../support/kafka-broker.js'

const STREAM = 'shared'
const GROUP = 'projectors'
const PARTITIONS = 6
const SESSION_MS = 4000
/** Of one that leaves by itself: long, so that nobody on a busy machine waits as long for its end. */
const LONG_SESSION_MS = 30_000
/** Joins, says what it has, and leaves on SIGTERM. */
const PROGRAM = `
  import { openKafkaEventLog } from '@trunkline/kafka'
  const log = openKafkaEventLog(JSON.parse(process.argv[1]))
  const member = await log.join('${STREAM}', '${GROUP}')
  const over = new AbortController()
  process.on('SIGTERM', () => over.abort())
  while (!over.signal.aborted) {
    process.stdout.write(JSON.stringify(member.partitions()) + '\\n')
    await member.changed(over.signal)
  }
  await log.close()`

describe.each(['platformatic', 'kafkajs'] as const)('a group of readers, by %s', (client) => {
  let broker: KafkaBroker
  let cases = 0
  const logs: EventLog[] = []
  const children: ChildProcess[] = []
  const options = (sessionTimeoutMs = SESSION_MS) => ({
    brokers: [broker.address],
    client,
    prefix: `${client}${cases}.`,
    topics: { partitions: PARTITIONS },
    sessionTimeoutMs,
  })
  const open = () => {
    const log = openKafkaEventLog(options())
    logs.push(log)
    return log
  }
  /** Another process; `has` is what it said last. */
  const openChild = (sessionMs?: number) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, JSON.stringify(options(sessionMs))], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const said = { child, has: [] as number[] }
    createInterface({ input: child.stdout }).on('line', (line) => (said.has = JSON.parse(line) as number[]))
    return said
  }
  const until = async (done: () => boolean) => {
    for (let turn = 0; turn < 3000 && !done(); turn++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(done()).toBe(true)
  }
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  })
  beforeEach(() => {
    cases += 1
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await Promise.all(logs.splice(0).map((log) => log.close()))
  })
  afterAll(() => broker.dispose())

  it('each partition is one member’s, the shares are even, and those that stay keep theirs', async () => {
    const one = await open().join(STREAM, GROUP)
    await membersHave([one], PARTITIONS)
    const other = await open().join(STREAM, GROUP)
    await until(() => other.partitions().length === 3)
    await membersHave([one, other], PARTITIONS)
    const before = [...one.partitions()]
    const third = await open().join(STREAM, GROUP)
    await until(() => third.partitions().length === 2)
    await membersHave([one, other, third], PARTITIONS)
    expect(before).toEqual(expect.arrayContaining([...one.partitions()]))
    await third.close()
    await membersHave([one, other], PARTITIONS)
    expect(third.partitions()).toEqual([])
  })

  it('one that is killed is replaced when its session is over; one that leaves, at once', async () => {
    const survivor = await open().join(STREAM, GROUP)
    await membersHave([survivor], PARTITIONS)
    const killed = openChild()
    await until(() => killed.has.length === 3 && survivor.partitions().length === 3)
    let started = performance.now()
    killed.child.kill('SIGKILL')
    await membersHave([survivor], PARTITIONS)
    const afterKill = performance.now() - started
    expect(afterKill).toBeGreaterThan(SESSION_MS / 4)
    expect(afterKill).toBeLessThan(SESSION_MS * 5)
    const leaves = openChild(LONG_SESSION_MS)
    await until(() => leaves.has.length === 3 && survivor.partitions().length === 3)
    const gone = once(leaves.child, 'exit')
    started = performance.now()
    leaves.child.kill('SIGTERM')
    await membersHave([survivor], PARTITIONS)
    expect(performance.now() - started).toBeLessThan(LONG_SESSION_MS / 2)
    await gone
  })

  it('while partitions change hands again and again nothing is lost, with positions that all share', async () => {
    const writer = open()
    const total = 3000
    const positions = new Map<number, Position>()
    const seen = new Set<string>()
    const over = new AbortController()
    /** Reads what is its own, moves the shared position by compare-and-set, as projectors do with their checkpoints. */
    const readAsMember = async (log: EventLog, member: GroupMember) => {
      while (!over.signal.aborted) {
        for (const partition of member.partitions()) {
          const after = positions.get(partition)
          const records = await log.read({ stream: STREAM, partition, after, limit: 50 })
          if (records.length === 0 || positions.get(partition) !== after) continue
          positions.set(partition, records.at(-1)!.position)
          for (const { id } of records) {
            expect(seen.has(id)).toBe(false)
            seen.add(id)
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    const first = open()
    const stays = await first.join(STREAM, GROUP)
    const reading = [readAsMember(first, stays)]
    const writing = (async () => {
      for (let at = 0; at < total; at += 30) {
        const records = Array.from({ length: 30 }, (_, n) => ({
          ...sampleRecord(`${at + n}`),
          key: `key${(at + n) % 40}`,
        }))
        await writer.append(STREAM, records)
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    })()
    for (let round = 0; round < 3; round++) {
      const log = open()
      const comes = await log.join(STREAM, GROUP)
      reading.push(readAsMember(log, comes))
      await until(() => comes.partitions().length > 0)
      await comes.close()
    }
    await writing
    await until(() => seen.size === total)
    over.abort()
    await Promise.all(reading)
  })
})
