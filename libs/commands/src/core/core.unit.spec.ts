import { describe, expect, it } from '@jest/globals'
import type { Viewer } from '@trunkline/access'
import { conferenceRoomEvent, isUuid, sipUserEvent } from '@trunkline/domain'
import fc from 'fast-check'
import { z } from 'zod'
import { target } from '../declarations/fields.js'
import { checkInput } from './check-input.js'
import { derivedId } from './derived-id.js'
import { formerSecretsOf } from './former-secrets.js'
import { checkKey, mayUse } from './sender.js'
import { requiredTenant, tenantOf } from './tenant.js'

const codeOf = (run: () => unknown) => {
  try {
    return run()
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}

describe('an id that is derived', () => {
  it('is a UUID that its parts alone decide, wherever one ends and the next begins', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.string(), { minLength: 1 }), (a, b) => {
        expect(isUuid(derivedId(...a))).toBe(true)
        expect(derivedId(...a) === derivedId(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
    // the ids of things that stand in event stores: these may never change
    expect(derivedId('a', 1)).toBe('1d48e495-8ca5-8ea7-ac85-02862be0c1db')
  })
})

describe('the tenant of a command', () => {
  const viewer = (tenant: string): Viewer => ({ role: 'admin', tenant, user: 'x', expiresAt: 0 })
  it.each([
    ['a.example', undefined, 'a.example'],
    ['a.example', 'A.Example', 'a.example'],
    ['a.example', 'b.example', 'FORBIDDEN'],
    ['a.example', '*', 'FORBIDDEN'],
    ['*', 'B.example', 'b.example'],
    ['*', '*', '*'],
    ['*', undefined, undefined],
  ])('of a viewer of %s that names %s is %s', (own, named, expected) => {
    expect(codeOf(() => tenantOf(viewer(own), named))).toBe(expected)
  })

  it('must be named by those who act for all, where there must be one', () => {
    expect(codeOf(() => requiredTenant(undefined))).toBe('INVALID')
  })
})

describe('who sends a command', () => {
  it('is an admin, or has a role that it is for', () => {
    const viewer = (role: Viewer['role']): Viewer => ({ role, tenant: 'a.example', user: 'x', expiresAt: 0 })
    const may = (['admin', 'operator', 'analyst', 'user'] as const).filter((role) => mayUse(viewer(role), ['operator']))
    expect(may).toEqual(['admin', 'operator'])
  })

  it.each(['', ' a', 'a ', 'a\nb', 'ä', 'a'.repeat(129)])('may not give the key %j', (key) => {
    expect(codeOf(() => checkKey(key))).toBe('KEY_INVALID')
  })

  it.each(['a', 'a b', '7f0c-1', 'a'.repeat(128)])('may give the key %j', (key) => {
    expect(codeOf(() => checkKey(key))).toBeUndefined()
  })
})

describe('faults of an input', () => {
  const schema = z.strictObject({ name: z.string(), list: z.array(z.strictObject({ target })).optional() })
  const faults = (input: unknown) => {
    try {
      checkInput(schema, input)
      return []
    } catch (error) {
      return (error as { faults: unknown[] }).faults
    }
  }

  it.each([
    [{}, { field: 'name', rule: 'must be given (string)' }],
    [undefined, { field: 'name', rule: 'must be given (string)' }],
    [{ name: 7 }, { field: 'name', rule: 'must be of type string' }],
    [
      { name: '', list: [{}, 1] },
      { field: 'list[0].target', rule: 'must be given (object)' },
    ],
    [
      { name: '', list: [{ target: { kind: 'secret-kind' } }] },
      { field: 'list[0].target.kind', rule: 'must be one of the known kinds' },
    ],
    [
      { name: '', list: [{ target: { kind: 'user', id: 'Secret-Id' } }] },
      { field: 'list[0].target.id', rule: 'must be a UUID in lower case' },
    ],
    [
      { name: '', 'to\nken': 1 },
      { field: 'to?ken', rule: 'is not known here' },
    ],
  ])('%j', (input, first) => {
    expect(faults(input)[0]).toEqual(first)
  })

  it('never hold a value', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const secret = 'Recognisable-Value'
        const told = JSON.stringify(faults({ name: { secret, value }, list: [{ target: { kind: secret } }, secret] }))
        expect(told).not.toContain(secret)
      }),
    )
  })
})

describe('secrets out of use', () => {
  it('are read from whatever event names them', () => {
    const user = { id: '', tenant: '', username: '' }
    const room = { id: '', tenant: '', number: '', claimId: '' }
    const events = [
      sipUserEvent('sip_user.resumed', user),
      sipUserEvent('sip_user.removed', { ...user, names: [], formerSecretId: 'a' }),
      sipUserEvent('sip_user.removed', { ...user, names: [], formerSecretId: null }),
      conferenceRoomEvent('conference_room.removed', { ...room, formerSecretIds: ['b', 'c'] }),
    ]
    expect(formerSecretsOf(events)).toEqual(['a', 'b', 'c'])
  })
})
