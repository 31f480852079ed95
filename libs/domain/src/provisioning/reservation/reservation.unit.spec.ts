import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ALL_TENANTS, reservationStream, RESERVATION_KINDS, type ReservationKey } from './reservation-key.js'
import { specOf } from '../testing/given.js'
import { reservationDecider } from './reservation.decider.js'
import { reservationEvent } from './reservation.events.js'

const given = specOf(reservationDecider)
const mine = { tenant: 'example.org', kind: 'name', value: 'alice', owner: 'sip_user-1', claimId: 'c1' } as const
const claim = { type: 'ClaimReservation', ...mine } as const
const release = { type: 'ReleaseReservation', ...mine } as const

describe('a reservation', () => {
  it('belongs to the first who claims it', () => {
    given().when(claim).then(reservationEvent('reservation.claimed', mine))
    given(claim).when(claim).thenNothing()
    given(claim)
      .when({ ...claim, owner: 'sip_user-2' })
      .thenRefused('TAKEN', 'name')
  })
  it('is released by its owner, once, and then free for all', () => {
    given(claim).when(release).then(reservationEvent('reservation.released', mine))
    given(claim, release).when(release).thenNothing()
    expect(given(claim, release).when({ ...claim, owner: 'sip_user-2' }).types).toEqual(['reservation.claimed'])
  })
  it('is not released by anybody else', () => {
    given(claim)
      .when({ ...release, owner: 'sip_user-2' })
      .thenNothing()
  })
  it('stays when an earlier command of the owner releases it late', () => {
    // An alias was removed (release still to come), and added again by a command that claimed it anew.
    const anew = { ...claim, claimId: 'c2' }
    given(claim)
      .when(anew)
      .then(reservationEvent('reservation.claimed', { ...mine, claimId: 'c2' }))
    given(claim, anew).when(release).thenNothing()
    expect(given(claim, anew).when({ ...release, claimId: 'c2' }).types).toEqual(['reservation.released'])
  })
})

describe('the stream of a reservation', () => {
  it('can be read by people, and keeps each part in its place', () => {
    expect(reservationStream(mine)).toBe('reservation-example.org/name/alice')
    expect(reservationStream({ tenant: ALL_TENANTS, kind: 'did', value: '+4930' })).toBe('reservation-*/did/+4930')
    expect(reservationStream({ tenant: '*x', kind: 'name', value: 'a/b' })).toBe('reservation-~002ax/name/a~002fb')
  })
  it('is another one for another key', () => {
    const part = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', '/', '*', '~', '-', '0', '2', 'f') }))
    const key = fc.record<ReservationKey>({
      tenant: part.filter((one) => one !== ALL_TENANTS),
      kind: fc.constantFrom(...RESERVATION_KINDS),
      value: part,
    })
    fc.assert(
      fc.property(key, key, (a, b) => {
        const same = a.tenant === b.tenant && a.kind === b.kind && a.value === b.value
        expect(reservationStream(a) === reservationStream(b)).toBe(same)
        expect(reservationStream(a)).toMatch(/^reservation-[a-z0-9.+_~-]*\/[a-z]+\/[a-z0-9.+_~-]*$/)
      }),
    )
  })
})
