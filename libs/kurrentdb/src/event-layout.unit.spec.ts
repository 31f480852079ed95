import { describe, expect, it } from '@jest/globals'
import type { ResolvedEvent } from '@kurrent/kurrentdb-client'
import { fromResolved, toEventData } from './event-layout.js'

const id = '6f1c2a7e-0b1d-4c7e-9a51-0f3c5d9b2e11'
const created = new Date(1_780_000_000_000)

function stored(more: object): ReturnType<typeof fromResolved> {
  const place = { streamId: 's', id, type: 't', revision: 7n, created, position: { commit: 12n, prepare: 11n } }
  return fromResolved({
    event: { ...place, isJson: true, data: { x: 1 }, metadata: undefined, ...more },
  } as ResolvedEvent)
}

describe('how events lie in KurrentDB', () => {
  it('is a flat object of strings beside the data', () => {
    const meta = { correlationId: 'k', causationId: 'z', actor: 'ann', $x: 'y' }
    const event = toEventData({ id, type: 't', version: 2, time: 1_780_000_000_123_456, data: { x: 1 }, meta })
    expect(event).toMatchObject({ id, type: 't', contentType: 'application/json', data: { x: 1 } })
    expect(event.metadata).toEqual({
      'trunkline.version': '2',
      'trunkline.time': '1780000000123456',
      $correlationId: 'k',
      $causationId: 'z',
      'meta.correlationId': 'k',
      'meta.causationId': 'z',
      'meta.actor': 'ann',
      'meta.$x': 'y',
    })
    expect(stored({ metadata: event.metadata })).toEqual({
      id,
      type: 't',
      version: 2,
      time: 1_780_000_000_123_456,
      data: { x: 1 },
      meta,
      stream: 's',
      revision: 7,
      position: '00000000000000000012/00000000000000000011',
    })
  })

  it.each([
    ['none', undefined],
    ['bytes', new Uint8Array([1, 2])],
    ['null', null],
    ['a list', [1]],
    ['a text', 'trunkline.version'],
    ['only a version', { 'trunkline.version': '1' }],
    ['version 0', { 'trunkline.version': '0', 'trunkline.time': '1' }],
    ['numbers', { 'trunkline.version': 1, 'trunkline.time': 1 }],
    ['a time too great', { 'trunkline.version': '1', 'trunkline.time': '9999999999999999' }],
  ])('passes an event of others on with version 0: metadata is %s', (_, metadata) => {
    expect(stored({ metadata })).toMatchObject({ version: 0, time: 1_780_000_000_000_000, data: { x: 1 } })
  })

  it('gives null for data that is not JSON', () => {
    expect(stored({ isJson: false, data: new Uint8Array([1]) })).toMatchObject({ version: 0, data: null })
  })

  it('has nothing to give when the record is gone', () => {
    expect(fromResolved({})).toBeUndefined()
  })

  it('refuses a server that does not tell positions', () => {
    const position = { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n }
    expect(() => stored({ position })).toThrow('EventStoreDB 22.10')
    expect(() => stored({ position: undefined })).toThrow('EventStoreDB 22.10')
  })

  it('copies what it is given', () => {
    const data = { x: 1 }
    const event = toEventData({ id, type: 't', version: 1, time: 1, data })
    data.x = 2
    expect(event.data).toEqual({ x: 1 })
  })
})
