import { describe, expect, it } from '@jest/globals'
import { ALL_TENANTS } from '../reservation/reservation-key.js'
import { specOf } from '../testing/given.js'
import { tenant, uuid } from '../testing/samples.js'
import type { BlockCaller } from './blocked-caller.commands.js'
import { blockedCallerDecider, isBlockedBy } from './blocked-caller.decider.js'
import { blockedCallerEvent } from './blocked-caller.events.js'

const given = specOf(blockedCallerDecider)
const NOW = 1_700_000_000_000_000
const of = { tenant, match: 'exact', value: '+4915112345678' } as const
const block: BlockCaller = { type: 'BlockCaller', ...of, commandId: uuid(1), reason: 'spam', expiresAt: null, at: NOW }
const unblock = { type: 'UnblockCaller', ...of, commandId: uuid(2) } as const
const expireAt = (at: number) => ({ type: 'ExpireBlockedCaller', ...of, commandId: uuid(3), at }) as const

describe('a blocked caller', () => {
  it('is blocked and unblocked, each once, as often as needed', () => {
    given()
      .when(block)
      .then(blockedCallerEvent('blocked_caller.blocked', { ...of, reason: 'spam', expiresAt: null }))
    given(block).when(block).thenNothing()
    given(block)
      .when(unblock)
      .then(blockedCallerEvent('blocked_caller.unblocked', { ...of, because: 'command' }))
    given(block, unblock).when(unblock).thenNothing()
    given().when(unblock).thenNothing()
    expect(given(block, unblock).when(block).types).toEqual(['blocked_caller.blocked'])
  })
  it('may be blocked for another time or reason', () => {
    expect(given(block).when({ ...block, expiresAt: NOW + 1 }).types).toEqual(['blocked_caller.blocked'])
    expect(given(block).when({ ...block, reason: 'fraud' }).types).toEqual(['blocked_caller.blocked'])
  })
  it('is let through when its time is over, and not before', () => {
    const forAnHour = { ...block, expiresAt: NOW + 3_600_000_000 }
    given(forAnHour)
      .when(expireAt(NOW + 3_599_999_999))
      .thenNothing()
    given(forAnHour)
      .when(expireAt(NOW + 3_600_000_000))
      .then(blockedCallerEvent('blocked_caller.unblocked', { ...of, because: 'expired' }))
    given(block)
      .when(expireAt(NOW * 2))
      .thenNothing()
  })
  it('is blocked until a time that lies ahead', () => {
    given()
      .when({ ...block, expiresAt: NOW })
      .thenRefused('INVALID', 'expiresAt')
  })
  it('may be blocked for all tenants', () => {
    expect(given().when({ ...block, tenant: ALL_TENANTS }).types).toHaveLength(1)
    given()
      .when({ ...block, tenant: 'not a domain' })
      .thenRefused('INVALID', 'tenant')
  })
  it('is a number or a name, and the reason is of a list, so that no text about a person gets in', () => {
    given()
      .when({ ...block, value: '' })
      .thenRefused('INVALID', 'value')
    given()
      .when({ ...block, value: 'a;b' })
      .thenRefused('INVALID', 'value')
    given()
      .when({ ...block, reason: 'he shouts' as 'spam' })
      .thenRefused('INVALID', 'reason')
    given()
      .when({ ...block, match: 'regex' as 'exact' })
      .thenRefused('INVALID', 'match')
  })
  it('is meant exactly or by its beginning, whatever the case', () => {
    expect(isBlockedBy(of, '+4915112345678')).toBe(true)
    expect(isBlockedBy(of, '+49151123456789')).toBe(false)
    expect(isBlockedBy({ match: 'prefix', value: '+4915' }, '+49151123456789')).toBe(true)
    expect(isBlockedBy({ match: 'prefix', value: 'Spam' }, 'spammer')).toBe(true)
    expect(isBlockedBy({ match: 'prefix', value: '+4915' }, '004915')).toBe(false)
  })
})
