import { describe, expect, it } from '@jest/globals'
import type { LogRecord } from '@trunkline/ports'
import { decodeFact, UnknownFactError } from './fact-codec.js'

const record: LogRecord = {
  id: 'core/1',
  type: 'switch.stopped',
  version: 1,
  key: 'pbx1',
  time: 5,
  data: { core: 'core' },
  stream: 'trunkline.switch',
  partition: 0,
  position: '1',
}

describe('the codec of the switch stream', () => {
  it('gives the fact of a record', () => {
    expect(decodeFact(record)).toEqual({
      id: 'core/1',
      type: 'switch.stopped',
      version: 1,
      key: 'pbx1',
      time: 5,
      data: { core: 'core' },
    })
  })

  it.each([
    ['a type that nobody declared', { type: 'switch.exploded' }],
    ['a version that is newer than the code', { version: 2 }],
    ['a version that never was', { version: 0 }],
    ['a version that is no whole number', { version: 1.5 }],
    ['no data', { data: null }],
    ['data without what every fact of the type has', { data: {} }],
    ['data that is something else', { data: { core: 17 } }],
  ])('refuses %s loudly', (_, wrong) => {
    expect(() => decodeFact({ ...record, ...wrong })).toThrow(UnknownFactError)
  })
})
