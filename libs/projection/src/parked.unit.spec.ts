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
})
