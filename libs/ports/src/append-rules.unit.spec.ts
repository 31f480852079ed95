import { describe, expect, it } from '@jest/globals'
import { checkAppend, checkStreamName } from './append-rules.js'

const event = { id: '6f1c2a7e-0b1d-4c7e-9a51-0f3c5d9b2e11', type: 'trunk-added', version: 1, time: 1, data: null }

describe('what no event store takes', () => {
  it.each(['', '$all', '$$meta', 'a\nb', 'a\0', 'half \ud800 pair'])('refuses the stream name %j', (name) => {
    expect(() => checkStreamName(name)).toThrow(TypeError)
  })

  it.each(['sipUser-alice@example.org', 'a $ within', 'ünï 日本 𝕏', "'; --"])('takes the stream name %j', (name) => {
    expect(() => checkStreamName(name)).not.toThrow()
  })

  it.each([
    [{ id: 'one' }],
    [{ id: event.id.toUpperCase() }],
    [{ type: '' }],
    [{ type: '$system' }],
    [{ version: 0 }],
    [{ version: 1.5 }],
    [{ time: -1 }],
    [{ time: 2 ** 53 }],
    [{ time: Number.NaN }],
  ])('refuses the event %j', (wrong) => {
    expect(() => checkAppend('s', 'none', [event, { ...event, ...wrong }])).toThrow(TypeError)
  })

  it.each([-1, 0.5, Number.NaN])('refuses the revision %d', (expected) => {
    expect(() => checkAppend('s', expected, [event])).toThrow(TypeError)
  })

  it('takes what is right', () => {
    expect(() => checkAppend('s', 'none', [event])).not.toThrow()
    expect(() => checkAppend('s', 0, [])).not.toThrow()
  })
})
