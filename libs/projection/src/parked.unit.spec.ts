import { describe, expect, it } from '@jest/globals'
import { parkedRow } from './parked.js'

describe('a record that is parked', () => {
  // one such record in the topic stopped its projector for good: it could be parsed, and parking it overflowed the stack
  it('may be nested deeper than can be written again', () => {
    // a date in it lets V8 write it by recursion, as it also does in some processes without one
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
    const data = { deep, at: new Date(0) }
    const at = { stream: 'trunkline.switch', partition: 0, position: '1', key: 'pbx1', time: 1 }
    const record = { ...at, id: 'x/1', type: 'channel.exploded', version: 1, data }
    expect(() => JSON.stringify(record)).toThrow(RangeError)
    const row = parkedRow({ record, projection: '*', reason: 'unknown type', parkedAtMs: 1 })
    expect(JSON.parse(String(row['record']))).toEqual({ ...record, data: null })
  })

  // of one of 15 MB that is full of quotes the statement was more than the server takes, and its projector tried it for ever
  it('leaves data in the log that is too large to be set aside', () => {
    const at = { stream: 'trunkline.switch', partition: 0, position: '1', key: 'pbx1', time: 1, version: 1 }
    const record = { ...at, id: 'x/1', type: 'channel.exploded', data: { list: Array(400_000).fill('"') } }
    const row = parkedRow({ record, projection: '*', reason: 'unknown type', parkedAtMs: 1 })
    expect(JSON.parse(String(row['record']))).toEqual({ ...record, data: null })
    const named = { ...record, id: 'i'.repeat(2_000_000), type: 't'.repeat(2_000_000), data: null }
    const bare = parkedRow({ record: named, projection: '*', reason: 'unknown type', parkedAtMs: 1 })
    expect(JSON.stringify(bare).length).toBeLessThan(2000)
    expect(JSON.parse(String(bare['record']))).toMatchObject({ stream: at.stream, partition: 0, position: '1' })
  })
})
