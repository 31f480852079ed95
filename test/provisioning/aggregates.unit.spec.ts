/** What holds for every aggregate after any commands in any order. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  foldEvents,
  ProvisioningError,
  provisioningEventDeclarations,
  PROVISIONING_ERRORS,
  reservationEventDeclarations,
  routeResolver,
  type RouteRule,
} from '@trunkline/domain'
import { worlds, type StoredShape, type World } from './worlds.js'

const ajv = new Ajv2020({ strict: false })
const declarations = [...provisioningEventDeclarations, ...reservationEventDeclarations]
const validators = new Map(
  declarations.map(({ type, version, schema }) => [`${type}/${version}`, ajv.compile(schema.json)]),
)

const SECRET_NAMES = /pass(word|wd|phrase)?$|^ha1b?$|^pin$|secret(?!Ids?$)|^displayName$|^e?mail$|^phone$/i
const SEALED = ['displayName', 'email', 'phone']

interface Step {
  readonly command: { type: string }
  readonly before: { kind: string }
  readonly decided: StoredShape[] | ProvisioningError
  readonly after: { kind: string }
}

function play({ decider }: World, commands: readonly { type: string }[]): Step[] {
  let state = decider.initialState()
  return commands.map((command) => {
    const before = state
    const decided = decideOrRefuse(decider, command, before)
    if (!(decided instanceof ProvisioningError)) state = decided.reduce(decider.evolve, state)
    return { command, before, decided, after: state }
  })
}

function decideOrRefuse(decider: World['decider'], command: { type: string }, state: { kind: string }) {
  try {
    return decider.decide(command, state)
  } catch (error) {
    if (error instanceof ProvisioningError) return error
    throw error
  }
}

function eventsOf(steps: readonly Step[]): StoredShape[] {
  return steps.flatMap(({ decided }) => (decided instanceof ProvisioningError ? [] : decided))
}

function keysOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [[key, inner] as [string, unknown], ...keysOf(inner)])
}

describe.each(worlds)('$name', (world) => {
  const histories = fc.array(world.commands, { maxLength: 25 }).map((commands) => play(world, commands))
  const always = (holds: (steps: Step[]) => void) => fc.assert(fc.property(histories, holds), { numRuns: 150 })

  it('refuses with an error of the catalogue that tells fields and rules', () => {
    always((steps) => {
      for (const { decided } of steps) {
        if (!(decided instanceof ProvisioningError)) continue
        expect(Object.keys(PROVISIONING_ERRORS)).toContain(decided.code)
        expect(decided.status).toBe(PROVISIONING_ERRORS[decided.code].status)
        for (const { field, rule } of decided.faults) expect([field, rule]).not.toContain('')
      }
    })
  })
  it('has nothing to add when the same command comes again', () => {
    always((steps) => {
      for (const { command, decided, after } of steps) {
        if (!(decided instanceof ProvisioningError)) expect(world.decider.decide(command, after)).toEqual([])
      }
    })
  })
  it('changes nothing by deciding, and depends on nothing else', () => {
    always((steps) => {
      for (const { command, before, decided } of steps) {
        const [kept, asked] = [JSON.stringify(before), JSON.stringify(command)]
        expect(decideOrRefuse(world.decider, command, before)).toEqual(decided)
        expect([JSON.stringify(before), JSON.stringify(command)]).toEqual([kept, asked])
      }
    })
  })
  it('takes every event in any situation', () => {
    fc.assert(
      fc.property(histories, histories, (some, others) => {
        const events = [...eventsOf(others).reverse(), ...eventsOf(some)]
        expect(foldEvents(world.decider, events)).toHaveProperty('kind')
      }),
      { numRuns: 100 },
    )
  })
  it('comes to the same state from events that were stored', () => {
    always((steps) => {
      const events = eventsOf(steps)
      const stored = JSON.parse(JSON.stringify(events)) as StoredShape[]
      expect(stored).toEqual(events)
      expect(foldEvents(world.decider, stored)).toEqual(steps.at(-1)?.after ?? world.decider.initialState())
    })
  })
  it('tells events that fit their schemas, with nothing beside what these declare', () => {
    always((steps) => {
      for (const { type, version, data } of eventsOf(steps)) {
        const fits = validators.get(`${type}/${version}`)!
        expect([type, fits(data), fits.errors]).toEqual([type, true, null])
      }
    })
  })
  it('tells no secret, and of persons only sealed data', () => {
    always((steps) => {
      for (const [key, value] of keysOf(eventsOf(steps).map(({ data }) => data))) {
        if (SEALED.includes(key))
          expect(value === null || Object.keys(value as object).join() === 'keyId,text').toBe(true)
        else expect(key).not.toMatch(SECRET_NAMES)
      }
    })
  })
  it('is silent once it is removed', () => {
    always((steps) => {
      for (const { before, decided } of steps) {
        if (before.kind === 'removed' && !(decided instanceof ProvisioningError)) expect(decided).toEqual([])
      }
    })
  })
  it('is reached in all situations by these commands, so that the rules above are really tried', () => {
    const seen = new Set<string>()
    const types = new Set<string>()
    for (const steps of fc.sample(histories, { numRuns: 1_000, seed: 7 })) {
      for (const { after } of steps) seen.add(after.kind)
      for (const { type } of eventsOf(steps)) types.add(type)
    }
    const declared = declarations.map(({ type }) => type).filter((type) => type.startsWith(`${world.name}.`))
    expect([...types].sort()).toEqual([...declared].sort())
    expect(seen.size).toBeGreaterThan(1)
  })
})

describe('the routes of a tenant after any commands', () => {
  const world = worlds.find(({ name }) => name === 'route_set')!

  it('have weights that add up to 100 at every priority', () => {
    fc.assert(
      fc.property(fc.array(world.commands, { maxLength: 30 }), (commands) => {
        for (const { after } of play(world, commands)) {
          for (const rule of (after as { rules?: RouteRule[] }).rules ?? []) {
            if (rule.kind !== 'external') continue
            const sums = new Map<number, number>()
            for (const { priority, weight } of rule.trunks) sums.set(priority, (sums.get(priority) ?? 0) + weight)
            expect([...new Set(sums.values())]).toEqual([100])
          }
        }
      }),
      { numRuns: 200 },
    )
  })
  it('never send a dialled name round in circles', () => {
    fc.assert(
      fc.property(fc.array(world.commands, { maxLength: 30 }), (commands) => {
        const { rules = [] } = (play(world, commands).at(-1)?.after ?? {}) as { rules?: RouteRule[] }
        for (const start of ['a', 'b', 'c']) {
          let dialled: string | undefined = start
          for (let hops = 0; dialled !== undefined; hops++) {
            expect(hops).toBeLessThanOrEqual(rules.length)
            const [rule]: RouteRule[] = routeResolver(rules).resolve(dialled, false)
            dialled = rule?.kind === 'alias' && rule.target.kind === 'dial' ? rule.target.name : undefined
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
