import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { address, createMenu, known, tenant, uuid } from '../testing/samples.js'
import { ivrMenuDecider } from './ivr-menu.decider.js'
import { ivrMenuEvent, type MenuAction, type MenuSettings } from './ivr-menu.events.js'
import { leadsToMenu, type MenuEdge } from './menu-loop.js'

const given = specOf(ivrMenuDecider)
const of = { id: uuid(5), tenant, number: '6000' }
const to = address(5, 1001)
const update = (settings: Partial<MenuSettings>, menuEdges: readonly MenuEdge[] = []) =>
  ({ type: 'UpdateIvrMenu', ...to, settings, known, menuEdges }) as const
const remove = { type: 'RemoveIvrMenu', ...to, usedBy: [] } as const
const { settings } = createMenu
const entry = (digits: string, action: MenuAction) => ({ digits, action })
const edge = (from: number, next: number): MenuEdge => ({ from: uuid(from), to: uuid(next) })

describe('a voice menu', () => {
  it('is created once', () => {
    given()
      .when(createMenu)
      .then(ivrMenuEvent('ivr_menu.created', { ...of, settings, claimId: uuid(1000) }))
    given(createMenu, update({ maxInvalid: 1 }))
      .when(createMenu)
      .thenNothing()
    given(createMenu)
      .when({ ...createMenu, number: '6001' })
      .thenRefused('ALREADY_EXISTS')
  })
  it('keeps what an update leaves out', () => {
    given(createMenu)
      .when(update({ timeoutSeconds: 9 }))
      .then(ivrMenuEvent('ivr_menu.updated', { ...of, settings: { ...settings, timeoutSeconds: 9 } }))
    given(createMenu)
      .when(update({ timeoutSeconds: 5 }))
      .thenNothing()
  })
  it('leads only to what the tenant has', () => {
    given(createMenu)
      .when(update({ entries: [entry('1', { kind: 'room', id: uuid(77) })] }))
      .thenRefused('UNKNOWN_REFERENCE', 'settings.entries[0].action.id')
    expect(given(createMenu).when(update({ onInvalid: { kind: 'dial', name: '0' } })).types).toEqual([
      'ivr_menu.updated',
    ])
  })
  it('never leads in a circle of menus', () => {
    given(createMenu)
      .when(update({ entries: [entry('1', { kind: 'menu', id: uuid(5) })] }))
      .thenRefused('LOOP', 'settings.entries[0].action')
    given()
      .when({ ...createMenu, menuEdges: [edge(6, 7), edge(7, 5)] })
      .thenRefused('LOOP', 'settings.entries[1].action')
    given(createMenu)
      .when(update({ onTimeout: { kind: 'menu', id: uuid(6) } }, [edge(6, 5)]))
      .thenRefused('LOOP', 'settings.entries[1].action', 'settings.onTimeout')
    expect(given().when({ ...createMenu, menuEdges: [edge(6, 7), edge(7, 6)] }).types).toEqual(['ivr_menu.created'])
  })
  it('does not count what it led to before as a circle', () => {
    expect(given(createMenu).when(update({ entries: [entry('1', { kind: 'top' })] }, [edge(5, 5)])).types).toHaveLength(
      1,
    )
  })
  it('lets a caller out after the last wrong input', () => {
    given(createMenu)
      .when(update({ onInvalid: { kind: 'repeat' } }))
      .thenRefused('INVALID', 'settings.onInvalid')
    given(createMenu)
      .when(update({ onTimeout: { kind: 'repeat' } }))
      .thenRefused('INVALID', 'settings.onTimeout')
  })
  it.each<[string, Partial<MenuSettings>]>([
    ['name', { name: '' }],
    ['greeting', { greeting: '../../etc/passwd' }],
    ['greeting', { greeting: 'say:hello' }],
    ['shortGreeting', { shortGreeting: 'a/b.wav' }],
    ['entries', { entries: [] }],
    ['entries[0].digits', { entries: [entry('A', { kind: 'top' })] }],
    ['entries[1]', { entries: [entry('1', { kind: 'top' }), entry('1', { kind: 'back' })] }],
    ['entries[0].action.kind', { entries: [entry('1', { kind: 'shell' } as unknown as MenuAction)] }],
    ['entries[0].action.id', { entries: [entry('1', { kind: 'user', id: 'alice' })] }],
    ['timeoutSeconds', { timeoutSeconds: 0 }],
    ['interDigitMs', { interDigitMs: 1 }],
    ['maxInvalid', { maxInvalid: 11 }],
    ['maxTimeouts', { maxTimeouts: 0 }],
  ])('refuses a wrong %s', (field, wrong) => {
    given(createMenu).when(update(wrong)).thenRefused('INVALID', `settings.${field}`)
  })
  it('is removed only when nothing leads to it, and then for good', () => {
    given(createMenu)
      .when({ ...remove, usedBy: ['number-1'] })
      .thenRefused('IN_USE', 'id')
    given(createMenu)
      .when(remove)
      .then(ivrMenuEvent('ivr_menu.removed', { ...of, claimId: uuid(1000) }))
    given(createMenu, remove).when(remove).thenNothing()
    given(createMenu, remove).when(createMenu).thenRefused('REMOVED')
    given(createMenu, remove).when(update({})).thenRefused('REMOVED')
    given().when(remove).thenRefused('NOT_FOUND')
  })
})

describe('the search for circles among menus', () => {
  it('ends on any graph', () => {
    const edges = [edge(1, 2), edge(2, 3), edge(3, 1), edge(3, 4)]
    expect(leadsToMenu(uuid(1), uuid(4), edges)).toBe(true)
    expect(leadsToMenu(uuid(4), uuid(1), edges)).toBe(false)
    expect(leadsToMenu(uuid(1), uuid(1), [])).toBe(true)
  })
})
