import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fact } from '@trunkline/domain'
import type { EventLogWriter, NewRecord } from '@trunkline/ports'
import { FactSink } from './fact-sink.js'
import { Spool } from './spool.js'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const fact = (n: number): Fact => ({
  id: `core/${n}`,
  type: 'switch.started',
  version: 1,
  key: 'pbx1',
  time: n,
  data: { core: 'core', seq: n },
})
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `core/${n + from}`)
const until = async (test: () => boolean) => {
  for (let turn = 0; turn < 600 && !test(); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(test()).toBe(true)
}

describe('a log that answers slowly or refuses', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-slow-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('while an append hangs, facts go to disk, the hanging ones first, and nothing is doubled when it succeeds', async () => {
    const taken: string[] = []
    let release: () => void = () => undefined
    const log: EventLogWriter = {
      append: async (_stream, records: readonly NewRecord[]) => {
        if (taken.length === 0) await new Promise<void>((resolve) => (release = resolve))
        taken.push(...records.map(({ id }) => id))
      },
    }
    const spool = new Spool({ folder })
    const sink = new FactSink({ log, spool, logger: silent, patienceMs: 20, maxQueue: 100 })
    for (let n = 0; n < 10; n++) sink.push(fact(n))
    await until(() => sink.status().spooledBytes > 0)
    for (let n = 10; n < 400; n++) {
      sink.push(fact(n))
      if (n % 50 === 0) await until(() => sink.status().queued === 0)
    }
    await sink.kept()
    expect(sink.isFull).toBe(false)
    const onDisk = new Spool({ folder })
    expect(onDisk.peek(1)[0]?.id).toBe('core/0')
    release()
    await until(() => taken.length === 400)
    await sink.close()
    expect(taken).toEqual(ids(400))
    expect(spool.isEmpty).toBe(true)
  })

  it('one fact that it refuses for good is put aside with its reason; the others arrive in order', async () => {
    const taken: string[] = []
    const log: EventLogWriter = {
      append: (_stream, records: readonly NewRecord[]) => {
        if (records.some(({ id }) => id === 'core/7')) return Promise.reject(new TypeError('too strange'))
        taken.push(...records.map(({ id }) => id))
        return Promise.resolve()
      },
    }
    const sink = new FactSink({ log, spool: new Spool({ folder }), logger: silent, retryMs: 1 })
    for (let n = 0; n < 20; n++) sink.push(fact(n))
    await until(() => taken.length === 19)
    await sink.close()
    expect(taken).toEqual([...ids(7), ...ids(12, 8)])
    expect(sink.status().parked).toBe(1)
    expect(readFileSync(join(folder, 'parked.jsonl'), 'utf8')).toContain('core/7')
  })
})
