import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventLog } from '@trunkline/ports'
import { readAll, sampleRecord } from '@trunkline/ports/contract'
import { openSqliteEventLog } from './sqlite-event-log.js'

const batch = (from: number, count: number, key = 'k') =>
  Array.from({ length: count }, (_, index) => sampleRecord(String(from + index), key))

describe('retention and partitions of the SQLite log', () => {
  let directory: string
  let log: EventLog | undefined
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-retention-'))
  })
  afterEach(async () => {
    await log?.close()
    rmSync(directory, { recursive: true })
  })

  it('keeps the newest records by count, and positions go on', async () => {
    log = openSqliteEventLog({ directory, retainRecords: 100 })
    for (let from = 0; from < 1000; from += 10) await log.append('s', batch(from, 10))
    const kept = await readAll(log, 's')
    expect(kept.map((record) => Number(record.id))).toEqual(Array.from({ length: 100 }, (_, index) => 900 + index))
    expect(kept.at(-1)!.position).toBe('0000000000001000')
  })

  it('lets records go by age, but never the newest', async () => {
    let nowMs = 1_000_000
    log = openSqliteEventLog({ directory, retainMs: 1000, now: () => nowMs })
    await log.append('s', batch(0, 50))
    nowMs += 900
    await log.append('s', batch(50, 10))
    expect(await readAll(log, 's')).toHaveLength(60)
    nowMs += 200
    await log.append('s', batch(60, 1))
    expect((await readAll(log, 's')).map((record) => Number(record.id))).toEqual([
      50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    ])
    nowMs += 100_000
    await log.close()
    log = openSqliteEventLog({ directory, retainMs: 1000, now: () => nowMs })
    await log.append('s', batch(61, 1))
    expect((await readAll(log, 's')).map((record) => Number(record.id))).toEqual([61])
  })

  it('deletes a backlog in slices, so that no single append pays for it', async () => {
    log = openSqliteEventLog({ directory })
    await log.append('s', batch(0, 5000))
    await log.close()
    log = openSqliteEventLog({ directory, retainRecords: 10 })
    await log.append('s', batch(5000, 1))
    const left = (await readAll(log, 's')).length
    expect(left).toBe(5001 - 66)
    for (let from = 5001; from < 5201; from++) await log.append('s', batch(from, 1))
    expect(await readAll(log, 's')).toHaveLength(10)
  })

  it('keeps a key in one partition, and the number of partitions once a stream exists', async () => {
    log = openSqliteEventLog({ directory, partitions: 4 })
    const keys = Array.from({ length: 40 }, (_, index) => `pbx${index}`)
    for (let round = 0; round < 3; round++)
      await log.append(
        's',
        keys.map((key) => sampleRecord(`${key}/${round}`, key)),
      )
    await log.close()
    log = openSqliteEventLog({ directory, partitions: 2 })
    expect(await log.partitions('s')).toBe(4)
    const partitions = await Promise.all([0, 1, 2, 3].map((partition) => readAll(log!, 's', partition)))
    for (const key of keys) {
      const places = partitions.filter((records) => records.some((record) => record.key === key))
      expect(places).toHaveLength(1)
      const rounds = places[0]!.filter((record) => record.key === key).map((record) => record.id.split('/')[1])
      expect(rounds).toEqual(['0', '1', '2'])
    }
    expect(partitions.every((records) => records.length > 0)).toBe(true)
  })

  it('says that the log is unavailable when its folder cannot be used', async () => {
    const blocked = openSqliteEventLog({ directory: '/dev/null/log' })
    await expect(blocked.append('s', batch(0, 1))).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
    await blocked.waitForNews({ stream: 's', partition: 0, after: undefined, signal: new AbortController().signal })
  })
})
