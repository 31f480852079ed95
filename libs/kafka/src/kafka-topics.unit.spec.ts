import { describe, expect, it } from '@jest/globals'
import { STREAMS } from '@trunkline/ports'
import { specificationOf } from './kafka-topics.js'

describe('a topic that is made', () => {
  it.each([
    [STREAMS.switch, undefined, 12],
    [STREAMS.calls, undefined, 24],
    [STREAMS.presence, undefined, 24],
    [STREAMS.switch, 3, 3],
    ['anything', undefined, 12],
    // all of it in order
    [STREAMS.provisioning, undefined, 1],
    [STREAMS.provisioning, 3, 1],
  ])('for %s, with %p partitions asked for, has %i', (stream, partitions, has) => {
    const options = partitions === undefined ? {} : { partitions }
    expect(specificationOf(`p.${stream}`, stream, options).partitions).toBe(has)
  })
})
