import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { address, createRoom, known, tenant, uuid } from '../testing/samples.js'
import { conferenceRoomDecider } from './conference-room.decider.js'
import { conferenceRoomEvent, type ConferenceSettings } from './conference-room.events.js'

const given = specOf(conferenceRoomDecider)
const of = { id: uuid(3), tenant, number: '8000' }
const to = address(3, 1001)
const update = (settings: Partial<ConferenceSettings>) =>
  ({ type: 'UpdateConferenceRoom', ...to, settings, known }) as const
const remove = { type: 'RemoveConferenceRoom', ...to, usedBy: [] } as const
const { settings } = createRoom

describe('a conference room', () => {
  it('is created once', () => {
    given()
      .when(createRoom)
      .then(conferenceRoomEvent('conference_room.created', { ...of, settings, claimId: uuid(1000) }))
    given(createRoom, update({ maxMembers: 5 }))
      .when(createRoom)
      .thenNothing()
    given(createRoom)
      .when({ ...createRoom, number: '8001' })
      .thenRefused('ALREADY_EXISTS')
  })
  it('names the PINs that an update puts out of use', () => {
    given(createRoom)
      .when(update({ pinSecretId: uuid(904) }))
      .then(
        conferenceRoomEvent('conference_room.updated', {
          ...of,
          settings: { ...settings, pinSecretId: uuid(904) },
          formerSecretIds: [uuid(902)],
        }),
      )
    given(createRoom)
      .when(update({ pinSecretId: uuid(902) }))
      .thenNothing()
    expect(given(createRoom).when(update({ pinSecretId: null })).events).toMatchObject([
      { data: { settings: { pinSecretId: null, moderatorPinSecretId: uuid(903) }, formerSecretIds: [uuid(902)] } },
    ])
  })
  it('has moderators who are users of the tenant', () => {
    given(createRoom)
      .when(update({ moderators: [uuid(1), uuid(77)] }))
      .thenRefused('UNKNOWN_REFERENCE', 'settings.moderators[1]')
    given()
      .when({ ...createRoom, known: [] })
      .thenRefused('UNKNOWN_REFERENCE', 'settings.moderators[0]')
    // Who moderates already is not asked about again: the user may have been removed since.
    expect(given(createRoom).when({ ...update({ maxMembers: 9 }), known: [] }).types).toEqual([
      'conference_room.updated',
    ])
  })
  it('never waits for a moderator who cannot come', () => {
    given(createRoom)
      .when(update({ moderators: [], moderatorPinSecretId: null }))
      .thenRefused('INVALID', 'settings.waitForModerator')
  })
  it('has different PINs for members and moderators', () => {
    given(createRoom)
      .when(update({ pinSecretId: uuid(903) }))
      .thenRefused('INVALID', 'settings.moderatorPinSecretId')
  })
  it.each<[string, Partial<ConferenceSettings>]>([
    ['name', { name: ' ' }],
    ['maxMembers', { maxMembers: 1 }],
    ['recording', { recording: 'sometimes' as 'never' }],
    ['pinSecretId', { pinSecretId: '1234' }],
    ['moderatorPinSecretId', { moderatorPinSecretId: '4321' }],
    ['moderators[1]', { moderators: [uuid(1), uuid(1)] }],
    ['waitForModerator', { waitForModerator: 'yes' as unknown as boolean }],
  ])('refuses a wrong %s', (field, wrong) => {
    given(createRoom).when(update(wrong)).thenRefused('INVALID', `settings.${field}`)
  })
  it('refuses a wrong number', () => {
    given()
      .when({ ...createRoom, number: 'board' })
      .thenRefused('INVALID', 'number')
  })
  it('gives number and PINs back when it is removed, for good', () => {
    given(createRoom)
      .when(remove)
      .then(
        conferenceRoomEvent('conference_room.removed', {
          ...of,
          formerSecretIds: [uuid(902), uuid(903)],
          claimId: uuid(1000),
        }),
      )
    given(createRoom, remove).when(remove).thenNothing()
    given(createRoom)
      .when({ ...remove, usedBy: ['number-1'] })
      .thenRefused('IN_USE', 'id')
    given(createRoom, remove).when(createRoom).thenRefused('REMOVED')
    given(createRoom, remove)
      .when(update({ maxMembers: 3 }))
      .thenRefused('REMOVED')
    given().when(remove).thenRefused('NOT_FOUND')
  })
})
