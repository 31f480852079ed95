/** What the views make of events is what the deciders make of them, after every event of any history. */
import { describe, expect, it } from '@jest/globals'
import type { ProvisioningEvent } from '@trunkline/domain'
import { evolveThing, type AnyThing } from '@trunkline/provisioning-views'
import fc from 'fast-check'
import { worlds, type StoredShape, type World } from '../provisioning/worlds.js'

type Any = Readonly<Record<string, unknown>>

/** A decider's state in the words of the views: status, and what the document must hold. */
const SHOWN: Readonly<Record<string, (state: Any) => readonly [string, unknown]>> = {
  sip_user: (state) => {
    if (state['kind'] === 'removed') return ['removed', { credential: null }]
    const { username, person, credential, limits, names } = state['user'] as Any
    const aliases = (names as { name: string }[]).slice(1).map(({ name }) => name)
    const suspended = state['kind'] === 'suspended' ? state['reason'] : null
    return [state['kind'] as string, { username, person, credential, limits, aliases, suspended }]
  },
  trunk: (state) => {
    if (state['kind'] === 'removed') return ['removed', { active: false, auth: null }]
    const { name, settings, auth } = state['trunk'] as Any
    const active = state['kind'] === 'active'
    return [active ? 'active' : 'suspended', { name, settings, auth, active }]
  },
  number: (state) => {
    if (state['kind'] === 'removed') return ['removed', { target: null }]
    return ['active', { number: (state['number'] as Any)['number'], target: state['target'] ?? null }]
  },
  route_set: (state) => ['active', { rules: state['rules'] }],
  blocked_caller: (state) =>
    state['kind'] === 'open' ? ['removed', {}] : ['active', { reason: state['reason'], expiresAt: state['expiresAt'] }],
  conference_room: (state) => whole(state, 'room'),
  call_queue: (state) => whole(state, 'queue'),
  ivr_menu: (state) => whole(state, 'menu'),
}

function whole(state: Any, part: string): readonly [string, unknown] {
  if (state['kind'] === 'removed') return ['removed', {}]
  const { number, settings, agents } = state[part] as Any
  return ['active', { number, settings, ...(agents === undefined ? {} : { agents }) }]
}

function eventsOf({ decider }: World, commands: readonly { type: string }[]): StoredShape[] {
  let state = decider.initialState()
  return commands.flatMap((command) => {
    try {
      const events = decider.decide(command, state)
      state = events.reduce(decider.evolve, state)
      return events
    } catch {
      return []
    }
  })
}

describe.each(worlds.filter(({ name }) => name !== 'reservation'))('the view of a $name', (world) => {
  const histories = fc.array(world.commands, { maxLength: 30 }).map((commands) => eventsOf(world, commands))
  const play = (events: readonly StoredShape[], each: (thing: AnyThing, state: Any) => void) => {
    let thing: AnyThing | undefined
    let state = world.decider.initialState()
    for (const event of events) {
      thing = evolveThing(thing, event as ProvisioningEvent) as AnyThing
      state = world.decider.evolve(state, event)
      each(thing, state)
    }
  }

  it('is what its decider knows', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(histories, (events) =>
        play(events, (thing, state) => {
          const [status, document] = SHOWN[world.name]!(state)
          expect(thing.kind).toBe(world.name)
          expect(thing.status).toBe(status)
          expect(thing.document).toMatchObject(document as object)
          expect(thing.name).toBe(thing.name.toLowerCase())
          seen.add(status)
        }),
      ),
      { numRuns: 200 },
    )
    expect(seen.size).toBeGreaterThan(world.name === 'route_set' ? 0 : 1)
  })

  it('is made without changing what was there', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const before = JSON.stringify(events)
        let kept: [AnyThing, string] | undefined
        play(events, (thing) => {
          if (kept !== undefined) expect(JSON.stringify(kept[0])).toBe(kept[1])
          kept = [thing, JSON.stringify(thing)]
        })
        expect(JSON.stringify(events)).toBe(before)
      }),
      { numRuns: 100 },
    )
  })
})
