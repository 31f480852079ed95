import { describe, expect, it } from '@jest/globals'
import { specOf } from '../testing/given.js'
import { address, createQueue, known, tenant, uuid } from '../testing/samples.js'
import { callQueueDecider } from './call-queue.decider.js'
import { callQueueEvent, type QueueSettings } from './call-queue.events.js'

const given = specOf(callQueueDecider)
const of = { id: uuid(4), tenant, number: '7000' }
const to = address(4, 1001)
const update = (settings: Partial<QueueSettings>) => ({ type: 'UpdateCallQueue', ...to, settings, known }) as const
const put = (user: number, tier = 1, position = 1) =>
  ({ type: 'PutQueueAgent', ...to, agent: { userId: uuid(user), tier, position }, known }) as const
const dismiss = (user: number) => ({ type: 'RemoveQueueAgent', ...to, userId: uuid(user) }) as const
const remove = { type: 'RemoveCallQueue', ...to, usedBy: [] } as const
const { settings } = createQueue

describe('a call queue', () => {
  it('is created once', () => {
    given()
      .when(createQueue)
      .then(callQueueEvent('call_queue.created', { ...of, settings, claimId: uuid(1000) }))
    given(createQueue, put(1)).when(createQueue).thenNothing()
    given(createQueue)
      .when({ ...createQueue, number: '7001' })
      .thenRefused('ALREADY_EXISTS')
  })
  it('keeps what an update leaves out', () => {
    given(createQueue)
      .when(update({ strategy: 'ring-all', overflow: null }))
      .then(
        callQueueEvent('call_queue.updated', {
          ...of,
          settings: { ...settings, strategy: 'ring-all', overflow: null },
        }),
      )
    given(createQueue)
      .when(update({ strategy: 'longest-idle-agent' }))
      .thenNothing()
  })
  it('overflows to something else of the tenant', () => {
    given(createQueue)
      .when(update({ overflow: { kind: 'queue', id: uuid(4) } }))
      .thenRefused('INVALID', 'settings.overflow')
    given(createQueue)
      .when(update({ overflow: { kind: 'user', id: uuid(77) } }))
      .thenRefused('UNKNOWN_REFERENCE', 'settings.overflow.id')
    given()
      .when({ ...createQueue, known: [] })
      .thenRefused('UNKNOWN_REFERENCE', 'settings.overflow.id')
  })
  it.each<[string, Partial<QueueSettings>]>([
    ['name', { name: 'a\nb' }],
    ['strategy', { strategy: 'loudest' as 'ring-all' }],
    ['music', { music: '../moh' }],
    ['recording', { recording: 1 as unknown as boolean }],
    ['maxWaitSeconds', { maxWaitSeconds: 0 }],
    ['ringSeconds', { ringSeconds: null as unknown as number }],
    ['wrapUpSeconds', { wrapUpSeconds: -1 }],
  ])('refuses a wrong %s', (field, wrong) => {
    given(createQueue).when(update(wrong)).thenRefused('INVALID', `settings.${field}`)
  })
  it('is removed only when nothing leads to it, and then for good', () => {
    given(createQueue)
      .when({ ...remove, usedBy: ['number-1'] })
      .thenRefused('IN_USE', 'id')
    given(createQueue)
      .when(remove)
      .then(callQueueEvent('call_queue.removed', { ...of, claimId: uuid(1000) }))
    given(createQueue, remove).when(remove).thenNothing()
    for (const command of [createQueue, put(1), dismiss(1), update({})]) {
      given(createQueue, remove).when(command).thenRefused('REMOVED')
    }
    given().when(put(1)).thenRefused('NOT_FOUND')
  })
})

describe('agents of a queue', () => {
  it('are users of the tenant, each there once', () => {
    given(createQueue)
      .when(put(1))
      .then(callQueueEvent('call_queue.agent_added', { ...of, agent: put(1).agent }))
    given(createQueue, put(1)).when(put(1)).thenNothing()
    given(createQueue).when(put(77)).thenRefused('UNKNOWN_REFERENCE', 'agent.userId')
  })
  it('change their place', () => {
    given(createQueue, put(1))
      .when(put(1, 2))
      .then(callQueueEvent('call_queue.agent_changed', { ...of, agent: put(1, 2).agent }))
    expect(given(createQueue, put(1), put(2), put(1, 2)).state).toMatchObject({
      queue: { agents: [{ userId: uuid(2) }, { userId: uuid(1), tier: 2 }] },
    })
    given(createQueue).when(put(1, 0)).thenRefused('INVALID', 'agent.tier')
    given(createQueue)
      .when(put(1, 1, 1000))
      .thenRefused('INVALID', 'agent.position')
  })
  it('leave, once', () => {
    given(createQueue, put(1))
      .when(dismiss(1))
      .then(callQueueEvent('call_queue.agent_removed', { ...of, userId: uuid(1) }))
    given(createQueue).when(dismiss(1)).thenNothing()
  })
  it('are at most 500', () => {
    const users = Array.from({ length: 501 }, (_, i) => ({ kind: 'user' as const, id: uuid(5000 + i) }))
    const puts = users.map(({ id }) => ({ ...put(1), agent: { userId: id, tier: 1, position: 1 }, known: users }))
    given(createQueue, ...puts.slice(0, 500))
      .when(puts[500]!)
      .thenRefused('INVALID', 'agent')
  })
})
