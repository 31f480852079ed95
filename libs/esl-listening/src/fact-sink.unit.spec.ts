import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import { LogUnavailableError, type EventLogWriter, type NewRecord } from '@trunkline/ports'
import { FactSink } from './fact-sink.js'
import { HeartbeatAudit } from './heartbeat-audit.js'
import { parseChannelList } from './channel-list.js'
import { Spool, SpoolFullError } from './spool.js'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const fact = (n: number): Fact => ({
  id: `core/${n}`,
  type: 'switch.started',
  version: 1,
  key: 'pbx1',
  time: n,
  data: { core: 'core', seq: n },
})
const until = async (test: () => boolean) => {
  for (let turn = 0; turn < 400 && !test(); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(test()).toBe(true)
}

class FlakyLog implements EventLogWriter {
  readonly ids: string[] = []
  away = false
  async append(_stream: string, records: readonly NewRecord[]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (this.away) throw new LogUnavailableError('away')
    this.ids.push(...records.map(({ id }) => id))
  }
}

describe('facts on their way to the log', () => {
  let folder: string
  const sinks: FactSink[] = []
  const start = (options: ConstructorParameters<typeof FactSink>[0]) => {
    const sink = new FactSink(options)
    sinks.push(sink)
    return sink
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-spool-'))
  })
  afterEach(async () => {
    await Promise.all(sinks.splice(0).map((sink) => sink.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  it('arrive in order while the log comes and goes, and the disk is empty in the end', async () => {
    const log = new FlakyLog()
    const spool = new Spool({ folder })
    const sink = start({ log, spool, logger: silent, retryMs: 10 })
    for (let n = 0; n < 6000; n++) {
      if (n % 1500 === 700) log.away = true
      if (n % 1500 === 1400) log.away = false
      sink.push(fact(n))
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until(() => log.ids.length >= 6000)
    await sink.close()
    expect(log.ids).toEqual(Array.from({ length: 6000 }, (_, n) => `core/${n}`))
    expect(spool.isEmpty).toBe(true)
    expect(readdirSync(folder)).toEqual([])
  })

  it('wait on disk over a restart and go out before anything newer', async () => {
    const log = new FlakyLog()
    log.away = true
    const first = start({ log, spool: new Spool({ folder }), logger: silent, retryMs: 10 })
    for (let n = 0; n < 1200; n++) first.push(fact(n))
    await first.close()
    log.away = false
    const second = start({ log, spool: new Spool({ folder }), logger: silent, retryMs: 10 })
    for (let n = 1200; n < 1300; n++) second.push(fact(n))
    await until(() => log.ids.length >= 1300)
    await second.close()
    expect(log.ids).toEqual(Array.from({ length: 1300 }, (_, n) => `core/${n}`))
  })

  it('lose a torn last line and nothing else', () => {
    const spool = new Spool({ folder })
    spool.append([fact(1), fact(2)])
    spool.close()
    appendFileSync(join(folder, readdirSync(folder)[0]!), '{"id":"core/3","ty')
    const again = new Spool({ folder })
    again.append([fact(4)])
    const ids: string[] = []
    while (!again.isEmpty) {
      const some = again.peek(10)
      ids.push(...some.map(({ id }) => id))
      again.take(some.length)
    }
    again.close()
    expect(ids).toEqual(['core/1', 'core/2', 'core/4'])
  })

  // a line that was JSON and no fact ended the process, at each start again; one that was no JSON went without a word
  it('that the disk damaged are told of and put aside, and the others go out', async () => {
    const line = (n: number) => JSON.stringify(fact(n))
    const lines = [line(1), line(2).replace('":', '\u0000'), 'null', '17', line(3).replace('time', 'tame'), line(4)]
    writeFileSync(join(folder, '000000000001.jsonl'), `${lines.join('\n')}\n{"torn`)
    const errors: unknown[] = []
    const log = new FlakyLog()
    const logger = { ...silent, error: (...told: unknown[]) => void errors.push(told) }
    const spool = new Spool({ folder })
    start({ log, spool, logger, retryMs: 10 })
    await until(() => spool.isEmpty)
    expect(log.ids).toEqual(['core/1', 'core/4'])
    expect(errors).toEqual([[{ facts: 4 }, expect.stringContaining('damaged')]])
    const parked = readFileSync(join(folder, 'parked.jsonl'), 'utf8').trim().split('\n')
    expect(parked.map((one) => (JSON.parse(one) as { line: string }).line)).toEqual(lines.slice(1, 5))
  })

  it('wait on a disk that cannot be read, until it can', async () => {
    const file = join(folder, '000000000001.jsonl')
    mkdirSync(file)
    const errors: unknown[] = []
    const log = new FlakyLog()
    const logger = { ...silent, error: (...told: unknown[]) => void errors.push(told) }
    const sink = start({ log, spool: new Spool({ folder }), logger, retryMs: 10 })
    sink.push(fact(2))
    await until(() => sink.status().queued === 0 && errors.length > 0)
    rmSync(file, { recursive: true })
    writeFileSync(file, `${JSON.stringify(fact(1))}\n`)
    await until(() => log.ids.length === 2)
    expect(log.ids).toEqual(['core/1', 'core/2'])
    expect(errors).toHaveLength(1)
  })

  it('stay in memory, up to a bound, when there is no room on disk', async () => {
    const log = new FlakyLog()
    log.away = true
    const spool = new Spool({ folder, maxBytes: 500 })
    expect(() => spool.append(Array.from({ length: 50 }, (_, n) => fact(n)))).toThrow(SpoolFullError)
    const sink = start({ log, spool, logger: silent, retryMs: 10, maxQueue: 100 })
    for (let n = 0; n < 100; n++) sink.push(fact(n))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(sink.isFull).toBe(true)
    log.away = false
    sink.push(fact(100))
    await until(() => log.ids.length === 101)
    await sink.close()
    expect(log.ids[100]).toBe('core/100')
  })
})

describe('the audit of heartbeats', () => {
  it('finds sessions that were not heard of, once the next heartbeat agrees', () => {
    const audit = new HeartbeatAudit()
    expect(audit.heartbeat(100)).toBe(0)
    audit.created()
    expect(audit.heartbeat(103)).toBe(0)
    audit.created()
    expect(audit.heartbeat(104)).toBe(2)
    expect(audit.heartbeat(104)).toBe(0)
  })

  it('does not take an event that is still under way for a lost one', () => {
    const audit = new HeartbeatAudit()
    audit.heartbeat(100)
    expect(audit.heartbeat(101)).toBe(0)
    audit.created()
    expect(audit.heartbeat(101)).toBe(0)
  })
})

describe('a list of channels', () => {
  it('that failed is not an empty one', () => {
    expect(parseChannelList('{"row_count":0}')).toEqual([])
    for (const answer of [
      '',
      '-ERR no reply',
      '{}',
      '[]',
      '{"row_count":2,"rows":[{"uuid":"a"}]}',
      '{"row_count":1}',
    ]) {
      expect(parseChannelList(answer)).toBeUndefined()
    }
  })
})
