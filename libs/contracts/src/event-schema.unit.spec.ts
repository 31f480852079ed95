/** The schemas against what really happens: captured traffic, translated and folded as in service. */
import { describe, expect, it } from '@jest/globals'
import { CallBook, callEvents, type CallEvent, type Fact } from '@trunkline/domain'
import { factsOf, scenarios } from '../../../test/support/capture.js'
import { eventSchema } from './event-schema.js'
import { publishedStreams, schemaId } from './published-events.js'
import { schemaFaults as faults } from './testing/schema-faults.js'

function eventsOf(facts: readonly Fact[]): CallEvent[] {
  const book = new CallBook()
  return facts.flatMap((fact) => {
    book.apply(fact)
    return book.drain().flatMap(({ before, after }) => (after === null ? [] : callEvents(before, after)))
  })
}

describe('schemas of events', () => {
  it('have an address of their own each, and name it themselves', () => {
    const declared = publishedStreams.flatMap(({ events }) => events)
    expect(new Set(declared.map(schemaId)).size).toBe(declared.length)
    expect(eventSchema(declared[0]!)).toMatchObject({ $id: 'urn:trunkline:event:channel.created:1' })
  })

  it.each(scenarios())('fit every fact and every call event of %s', (scenario) => {
    const facts = factsOf(scenario)
    expect(facts.length).toBeGreaterThan(0)
    expect(facts.flatMap(({ type, data }) => faults(type, data))).toEqual([])
    expect(eventsOf(facts).flatMap(({ type, data }) => faults(type, data))).toEqual([])
  })

  it.each(['o-attended-transfer', 'v-park-retrieve'])('never come with two contents under one id: %s', (scenario) => {
    const contents = new Map<string, string>()
    for (const { id, data } of eventsOf(factsOf(scenario))) {
      expect(contents.get(id) ?? JSON.stringify(data)).toBe(JSON.stringify(data))
      contents.set(id, JSON.stringify(data))
    }
    expect(contents.size).toBeGreaterThan(10)
  })

  it('refuse data that lacks a property, or has one of the wrong type', () => {
    const [fact] = factsOf('a-ext-ext-caller-hangup')
    const { core: _, ...rest } = fact!.data
    expect(faults(fact!.type, rest)).toEqual([`${fact!.type}  must have required property 'core'`])
    expect(faults(fact!.type, { ...fact!.data, seq: 'one' })).toEqual([`${fact!.type} /seq must be integer`])
    const [event] = eventsOf(factsOf('a-ext-ext-caller-hangup'))
    expect(faults('call.started', { ...event!.data, call: { ...event!.data.call, state: 'asleep' } })).toHaveLength(1)
    expect(faults('call.merged', event!.data)).toEqual(["call.merged  must have required property 'mergedInto'"])
  })
})
