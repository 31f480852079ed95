import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { toCloudEvent } from '@trunkline/contracts'
import { STREAMS, type NewRecord } from '@trunkline/ports'
import type { FetchedRecord } from './client/kafka-client.js'
import { decodeBatches, encodeBatch } from './client/record-batch.js'
import { decodeRecord, encodeRecord, formatTime, parseTime } from './cloud-event-record.js'

const record: NewRecord = {
  id: 'core-1/17',
  type: 'channel.created',
  version: 3,
  key: 'pbx 1',
  time: 1_700_000_000_123_456,
  data: { core: 'core-1' },
}

function throughKafka(stream: string, records: readonly NewRecord[]): FetchedRecord[] {
  const encoded = records.map((one) => encodeRecord(stream, one))
  const place = { topic: 't', partition: 0, producer: { id: 7n, epoch: 1 }, sequence: 5, timestamp: 1_700_000_000_000 }
  return decodeBatches(encodeBatch({ ...place, records: encoded })).records
}

describe('a record as a message of Kafka', () => {
  it('is the CloudEvent that the contracts describe', () => {
    for (const meta of [undefined, { seq: '41' }, { commandId: 'x', traceparent: '00-1-2-01' }]) {
      const one = { ...record, ...(meta === undefined ? {} : { meta }) }
      for (const stream of [STREAMS.switch, STREAMS.calls]) {
        const { key, value, headers } = encodeRecord(stream, one)
        const message = { key: key.toString(), value: value.toString(), headers: Object.fromEntries(headers) }
        expect(message).toEqual(toCloudEvent(stream, one))
      }
    }
  })

  it('comes back exactly, whatever its texts and the names of its meta are', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom('', '\0', 'x'.repeat(70)))
    const names = fc.oneof(
      fc.constantFrom('commandId', 'commandid', 'causationId', 'id', 'ID', 'type', 'seq', 'a-b', '__proto', 'é'),
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    )
    const records = fc.record(
      {
        id: text,
        type: text,
        version: fc.nat(),
        key: text,
        time: fc.maxSafeInteger(),
        data: fc.jsonValue(),
        meta: fc.dictionary(names, text, { minKeys: 1, noNullPrototype: true }),
      },
      { requiredKeys: ['id', 'type', 'version', 'key', 'time', 'data'] },
    )
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 5 }), (some) => {
        const decoded = throughKafka('s', some).map((one) => decodeRecord({ stream: 's', partition: 4 }, one))
        for (const [at, one] of some.entries()) {
          const { stream, partition, position, ...rest } = decoded[at]!
          expect([stream, partition, Number(position)]).toEqual(['s', 4, at])
          expect(rest).toEqual(JSON.parse(JSON.stringify(one)))
        }
      }),
    )
  })

  it('keeps times to the µs, before 1970 as well, and refuses what is none', () => {
    expect(formatTime(1_700_000_000_123_456)).toBe('2023-11-14T22:13:20.123456Z')
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59.999999Z')
    expect(parseTime('1969-12-31T23:59:59.999999Z')).toBe(-1)
    expect(parseTime('2023-11-14T23:13:20.5+01:00')).toBe(1_700_000_000_500_000)
    expect(parseTime('2023-11-14T22:13:20Z')).toBe(1_700_000_000_000_000)
    for (const text of ['', 'yesterday', '2023-11-14', '2023-11-14T22:13:20']) expect(parseTime(text)).toBe(NaN)
    // what is read must be fit to be written again: the events that it leads to have its time
    expect(parseTime('+200000-01-01T00:00:00Z')).toBe(NaN)
    for (const time of [NaN, 1.5, Infinity, 6.2e18])
      expect(() => encodeRecord('s', { ...record, time })).toThrow(RangeError)
  })

  it('cannot be made of data that is no JSON', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    expect(() => encodeRecord('s', { ...record, data: circular })).toThrow(TypeError)
    expect(() => encodeRecord('s', { ...record, data: 1n })).toThrow(TypeError)
    expect(encodeRecord('s', { ...record, data: undefined }).value.toString()).toBe('null')
  })
})

describe('a batch of records', () => {
  it('that is cut off at its end is left for the next fetch', () => {
    const encoded = [encodeRecord('s', record)]
    const place = { topic: 't', partition: 0, producer: { id: 7n, epoch: 1 }, sequence: 0, timestamp: 1 }
    const whole = encodeBatch({ ...place, records: encoded })
    const cut = Buffer.concat([whole, whole.subarray(0, whole.length - 1)])
    expect(decodeBatches(cut)).toMatchObject({ records: [{ offset: 0, timestamp: 1 }], nextOffset: 1 })
    expect(decodeBatches(whole.subarray(0, 70))).toEqual({ records: [], nextOffset: undefined })
  })
})
