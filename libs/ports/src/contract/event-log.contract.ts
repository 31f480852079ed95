import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventLog, GroupMember, LogRecord, NewRecord } from '../event-log.js'

/** A log under test; `reopen` closes nothing and opens a second view of the same stored records. */
export interface EventLogUnderTest {
  readonly log: EventLog
  /** Opens the same log once more, as another process or after a restart would. */
  reopen(): Promise<EventLog>
  /** Closes `log` and removes what it stored. */
  dispose(): Promise<void>
}

const STREAM = 'contract.stream'

/** A record for tests; `id` tells them apart. */
export function sampleRecord(id: string, key = 'pbx1'): NewRecord {
  return { id, type: 'sample.happened', version: 1, key, time: 1_780_000_000_123_456, data: { id } }
}

/** All records of a partition, read in small steps. */
export async function readAll(log: EventLog, stream: string, partition = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const batch = await log.read({ stream, partition, after: records.at(-1)?.position, limit: 100 })
    if (batch.length === 0) return records
    records.push(...batch)
  }
}

const ids = (records: readonly NewRecord[]) => records.map((record) => record.id)

/** What every adapter of the event log promises. `open` gives an empty log with one partition per new stream. */
export function eventLogContract(name: string, open: () => Promise<EventLogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    let subject: EventLogUnderTest
    let log: EventLog
    beforeEach(async () => {
      subject = await open()
      log = subject.log
    })
    afterEach(() => subject.dispose())

    it('gives back what was appended, in order, with stream, partition and position', async () => {
      const first = { ...sampleRecord('a'), meta: { seq: '1', actor: 'x' } }
      await log.append(STREAM, [first, sampleRecord('b')])
      await log.append(STREAM, [sampleRecord('c')])
      const records = await readAll(log, STREAM)
      expect(ids(records)).toEqual(['a', 'b', 'c'])
      expect(records[0]).toMatchObject({ ...first, stream: STREAM, partition: 0 })
      expect(records[1]!.meta ?? {}).toEqual({})
    })

    it('keeps any text: NUL, quotes, astral characters, a megabyte', async () => {
      const data = { text: '\0\u0001"\'\\ %s {} 𝕏 é \r\n', long: 'x'.repeat(1_000_000) }
      await log.append(STREAM, [{ ...sampleRecord('\u0000id'), data }])
      const [record] = await readAll(log, STREAM)
      expect(record).toMatchObject({ id: '\u0000id', data })
    })

    it('gives later records greater positions by string comparison', async () => {
      for (let batch = 0; batch < 12; batch++) {
        await log.append(
          STREAM,
          Array.from({ length: 10 }, (_, index) => sampleRecord(`${batch}-${index}`)),
        )
      }
      const positions = (await readAll(log, STREAM)).map((record) => record.position)
      expect([...positions].sort()).toEqual(positions)
      expect(new Set(positions).size).toBe(120)
    })

    it('reads only what is after the position, and at most the limit', async () => {
      await log.append(
        STREAM,
        ['a', 'b', 'c', 'd'].map((id) => sampleRecord(id)),
      )
      const [first] = await log.read({ stream: STREAM, partition: 0, after: undefined, limit: 1 })
      const next = await log.read({ stream: STREAM, partition: 0, after: first!.position, limit: 2 })
      expect(ids(next)).toEqual(['b', 'c'])
    })

    it('answers at once when there is nothing to read', async () => {
      expect(await log.read({ stream: STREAM, partition: 0, after: undefined, limit: 10 })).toEqual([])
      expect(await log.end(STREAM, 0)).toBeUndefined()
      await log.append(STREAM, [sampleRecord('a')])
      const end = await log.end(STREAM, 0)
      expect(await log.read({ stream: STREAM, partition: 0, after: end, limit: 10 })).toEqual([])
    })

    it('names the newest record as its end', async () => {
      await log.append(STREAM, [sampleRecord('a'), sampleRecord('b')])
      expect(await log.end(STREAM, 0)).toBe((await readAll(log, STREAM)).at(-1)!.position)
    })

    it('appends all records or none', async () => {
      const circular: Record<string, unknown> = {}
      circular['self'] = circular
      const bad = { ...sampleRecord('bad'), data: circular }
      await expect(log.append(STREAM, [sampleRecord('good'), bad])).rejects.toThrow()
      expect(await readAll(log, STREAM)).toEqual([])
    })

    it('takes an append of nothing', async () => {
      await log.append(STREAM, [])
      expect(await readAll(log, STREAM)).toEqual([])
    })

    it('keeps the order of concurrent appends of one writer and loses none', async () => {
      const batches = Array.from({ length: 50 }, (_, batch) => [sampleRecord(`${batch}-0`), sampleRecord(`${batch}-1`)])
      await Promise.all(batches.map((batch) => log.append(STREAM, batch)))
      expect(ids(await readAll(log, STREAM))).toEqual(ids(batches.flat()))
    })

    it('keeps streams apart', async () => {
      await log.append(STREAM, [sampleRecord('a')])
      await log.append('contract.other', [sampleRecord('b')])
      expect(ids(await readAll(log, STREAM))).toEqual(['a'])
      expect(ids(await readAll(log, 'contract.other'))).toEqual(['b'])
    })

    it('has acknowledged records for whoever opens the log again', async () => {
      await log.append(STREAM, [sampleRecord('a')])
      const again = await subject.reopen()
      expect(ids(await readAll(again, STREAM))).toEqual(['a'])
      await again.append(STREAM, [sampleRecord('b')])
      expect(ids(await readAll(log, STREAM))).toEqual(['a', 'b'])
      await again.close()
    })

    it('wakes a reader that waits for news of its own process', async () => {
      const waiting = log.waitForNews({ stream: STREAM, partition: 0, after: undefined, signal: neverAborts() })
      await log.append(STREAM, [sampleRecord('a')])
      await waiting
      expect(ids(await readAll(log, STREAM))).toEqual(['a'])
    })

    it('wakes a reader when another opener appends', async () => {
      const again = await subject.reopen()
      const waiting = log.waitForNews({ stream: STREAM, partition: 0, after: undefined, signal: neverAborts() })
      await again.append(STREAM, [sampleRecord('a')])
      await waiting
      expect(ids(await readAll(log, STREAM))).toEqual(['a'])
      await again.close()
    })

    it('does not make a reader wait for what is there already', async () => {
      await log.append(STREAM, [sampleRecord('a')])
      await log.waitForNews({ stream: STREAM, partition: 0, after: undefined, signal: neverAborts() })
    })

    it('stops waiting when the signal aborts, before or during the wait', async () => {
      await log.waitForNews({ stream: STREAM, partition: 0, after: undefined, signal: AbortSignal.abort() })
      const abort = new AbortController()
      const waiting = log.waitForNews({ stream: STREAM, partition: 0, after: undefined, signal: abort.signal })
      abort.abort()
      await waiting
    })

    it('gives all partitions to the only member of a group', async () => {
      const member = await log.join(STREAM, 'readers')
      await membersHave([member], await log.partitions(STREAM))
      await member.close()
    })

    it('tells a member of no change when the signal aborts, before or during the wait', async () => {
      const member = await log.join(STREAM, 'readers')
      await membersHave([member], await log.partitions(STREAM))
      await member.changed(AbortSignal.abort())
      const abort = new AbortController()
      const waiting = member.changed(abort.signal)
      abort.abort()
      await waiting
      await member.close()
    })

    it('gives what a member that left has read to another one', async () => {
      const member = await log.join(STREAM, 'readers')
      await membersHave([member], await log.partitions(STREAM))
      await member.close()
      const again = await subject.reopen()
      const other = await again.join(STREAM, 'readers')
      await membersHave([other], await log.partitions(STREAM))
      await other.close()
      await again.close()
    })

    it('says that it is unavailable, retryable, once closed', async () => {
      await log.close()
      await expect(log.append(STREAM, [sampleRecord('a')])).rejects.toMatchObject({
        code: 'LOG_UNAVAILABLE',
        retryable: true,
      })
    })
  })
}

/** Resolves when the members have all partitions between them, each of them once; rejects after 60 s. */
export async function membersHave(members: readonly GroupMember[], partitions: number): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  for (;;) {
    const held = members.flatMap((member) => [...member.partitions()]).sort((a, b) => a - b)
    if (held.length === all.length && held.every((one, at) => one === all[at])) return
    if (signal.aborted) throw new Error(`members have the partitions ${held.join(', ')} of ${partitions}`)
    const pause = new AbortController()
    const timer = setTimeout(() => pause.abort(), 100)
    await Promise.race(members.map((member) => member.changed(AbortSignal.any([signal, pause.signal]))))
    clearTimeout(timer)
    pause.abort()
  }
}

const neverAborts = () => new AbortController().signal
