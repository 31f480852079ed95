/**
 * Events as they were stored once, and the states they led to. These files are never rewritten: code that no longer
 * comes to the same state would decide differently about what customers have today. A new version of an event gets a
 * new file.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { foldEvents, provisioningEventDeclarations, reservationEventDeclarations } from '@trunkline/domain'
import { worlds, type StoredShape } from './worlds.js'

interface Golden {
  readonly aggregate: string
  readonly events: readonly StoredShape[]
  /** The state after each event. */
  readonly states: readonly unknown[]
}

const folder = new URL('./golden/', import.meta.url)
const goldens = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Golden)

describe.each(goldens)('the golden history of $aggregate', ({ aggregate, events, states }) => {
  const { decider } = worlds.find(({ name }) => name === aggregate)!

  it('leads to the states that it always led to', () => {
    const reached = events.map((_, i) => foldEvents(decider, events.slice(0, i + 1)))
    expect(JSON.parse(JSON.stringify(reached))).toEqual(states)
  })
})

describe('golden histories', () => {
  it('hold every declared event in every version', () => {
    const declared = [...provisioningEventDeclarations, ...reservationEventDeclarations]
    const held = new Set(goldens.flatMap(({ events }) => events.map(({ type, version }) => `${type}/${version}`)))
    expect(declared.map(({ type, version }) => `${type}/${version}`).filter((one) => !held.has(one))).toEqual([])
  })
})
