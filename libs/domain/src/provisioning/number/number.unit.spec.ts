import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { addNumber, address, known, tenant, uuid } from '../testing/samples.js'
import type { Target } from '../core/target.js'
import { numberDecider } from './number.decider.js'
import { numberEvent } from './number.events.js'

const given = specOf(numberDecider)
const of = { id: uuid(30), tenant, number: '+493012345678' }
const to = address(30, 1001)
const assign = (target: Target) => ({ type: 'AssignNumber', ...to, target, known }) as const
const toAlice = assign({ kind: 'user', id: uuid(1) })
const release = { type: 'ReleaseNumber', ...to } as const
const remove = { type: 'RemoveNumber', ...to } as const

describe('a telephone number', () => {
  it('is added once', () => {
    given()
      .when(addNumber)
      .then(numberEvent('number.added', { ...of, claimId: uuid(1000) }))
    given(addNumber, toAlice).when(addNumber).thenNothing()
    given(addNumber)
      .when({ ...addNumber, number: '+493012345679' })
      .thenRefused('ALREADY_EXISTS')
  })
  it.each(['493012345678', '+0301234567', '+49', '+1234567890123456', '+49 30 123456', ''])(
    'is E.164, not %j',
    (number) => {
      given()
        .when({ ...addNumber, number })
        .thenRefused('INVALID', 'number')
    },
  )
  it.each<Target>([
    { kind: 'user', id: uuid(1) },
    { kind: 'queue', id: uuid(4) },
    { kind: 'room', id: uuid(3) },
    { kind: 'menu', id: uuid(5) },
    { kind: 'dial', name: 'care4w-1000001' },
  ])('leads to a $kind', (target) => {
    given(addNumber)
      .when(assign(target))
      .then(numberEvent('number.assigned', { ...of, target }))
    given(addNumber, assign(target)).when(assign(target)).thenNothing()
  })
  it('is never on two users', () => {
    given(addNumber, toAlice)
      .when(assign({ kind: 'user', id: uuid(2) }))
      .thenRefused('IN_USE', 'target')
    given(addNumber, toAlice)
      .when(release)
      .then(numberEvent('number.released', { ...of, formerTarget: toAlice.target }))
    given(addNumber).when(release).thenNothing()
    expect(given(addNumber, toAlice, release).when(assign({ kind: 'user', id: uuid(2) })).types).toEqual([
      'number.assigned',
    ])
  })
  it('leads to nothing that the tenant does not have', () => {
    given(addNumber)
      .when(assign({ kind: 'user', id: uuid(77) }))
      .thenRefused('UNKNOWN_REFERENCE', 'target.id')
    given(addNumber)
      .when(assign({ kind: 'queue', id: uuid(1) }))
      .thenRefused('UNKNOWN_REFERENCE', 'target.id')
    given(addNumber)
      .when(assign({ kind: 'moon', id: uuid(1) } as unknown as Target))
      .thenRefused('INVALID', 'target.kind')
    given(addNumber)
      .when(assign({ kind: 'dial', name: 'a b' }))
      .thenRefused('INVALID', 'target.name')
  })
  it('is given up only when it leads nowhere, and then for good', () => {
    given(addNumber, toAlice).when(remove).thenRefused('IN_USE', 'id')
    given(addNumber)
      .when(remove)
      .then(numberEvent('number.removed', { ...of, claimId: uuid(1000) }))
    given(addNumber, remove).when(remove).thenNothing()
    for (const command of [addNumber, toAlice, release]) given(addNumber, remove).when(command).thenRefused('REMOVED')
    for (const command of [toAlice, release, remove]) given().when(command).thenRefused('NOT_FOUND')
  })
})
